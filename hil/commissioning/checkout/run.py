"""A checkout of a site: every controller looked at, tried and judged."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from firmware_sim import make_controller
from hil.bench.hosted import Play
from hil.commissioning import branch
from hil.commissioning.checkout.direction import Direction, direction_of, held_by
from hil.commissioning.checkout.form import Form
from hil.commissioning.checkout.judge import Seen, in_unit, judged
from hil.commissioning.checkout.look import Shown, look
from hil.commissioning.checkout.plan import plan_of
from hil.commissioning.checkout.row import Checked, Row
from hil.commissioning.checkout.trial import Trial, Try, acted_of, shown_of_json
from hil.commissioning.in_step import TcpInStep
from hil.commissioning.lines import own_lines
from hil.commissioning.points import PointBook
from hil.commissioning.rig import Rig, RigOptions
from twin.signals import conversion
from twin.site import Site


@dataclass(frozen=True)
class Checkout:
    """What is checked and how."""

    site: Site
    forms: Sequence[Form]
    options: RigOptions
    transport: str = "loopback"
    play: Play = make_controller
    done: Callable[[Form], None] = lambda form: None
    """Hears of each controller that is through."""


def check_points(checkout: Checkout) -> list[Row]:
    """The rows of all controllers, judged.

    Raises:
        BadInput: the site or its FMUs do not allow it.
        PlantLost: the plant crashed.
    """
    rows: list[Row] = []
    with ExitStack() as stack:
        rig = Rig(checkout.site, checkout.options, stack, checkout.play)
        rig.warm_up()
        book = PointBook(checkout.site, rig.layout)
        for form in checkout.forms:
            rows += judged(form, _seen(checkout, rig, form, book), book)
            checkout.done(form)
    return rows


def _seen(checkout: Checkout, rig: Rig, form: Form, book: PointBook) -> Seen:
    def apart(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """In a copy of the plant, whose controllers are reached as was ordered."""

        def there(tell: Callable[[float], None]) -> Any:  # noqa: ANN401 - JSON
            with ExitStack() as stack:
                _reach(checkout.transport, rig, stack)
                return work()

        return branch.apart(there)

    plan = plan_of(checkout.site, rig.layout, form)
    normal = apart(lambda: _normal(rig, form))
    tries = apart(lambda: [t.plain() for t in Trial(rig, form, plan).run()])
    held = held_by(rig, form, book)
    directions: dict[str, Direction] = {}
    for one in held:
        others = [other for other in held if other is not one]
        directions[one.command] = direction_of(rig, one, others, apart)
    return Seen(
        shown_of_json(normal["normal"]),
        shown_of_json(normal["later"]),
        normal["readings"],
        normal["acted"],
        [Try.of(t) for t in tries],
        directions,
    )


def _reach(transport: str, rig: Rig, stack: ExitStack) -> None:
    """Links as a run of procedures has them."""
    if transport == "tcp":
        rig.connect(TcpInStep(stack))
    elif transport == "rtu":
        wiring, lines = own_lines(rig.wiring, (), rig.seed)
        rig.connect(wiring=wiring, lines=lines)


def _normal(rig: Rig, form: Form) -> dict[str, Any]:
    """What is shown in normal operation, and what went in and came out meanwhile."""
    points = list(form.points.points.values())
    normal: dict[str, Shown] = look(rig, form.name, points) if form.serves else {}
    readings = {}
    for name, target in form.told.sensors.items():
        signal = rig.site.signals[target]
        factor, offset = conversion(signal.si_unit, form.points.point(name).unit)
        value = rig.signal(rig.layout.signal(target))
        readings[name] = None if value is None else factor * value + offset
    rig.cycle()
    acted = {n: in_unit(form.points.point(n), v) for n, v in acted_of(rig, form).items()}
    later: dict[str, Shown] = look(rig, form.name, points) if form.serves else {}
    return {"normal": normal, "later": later, "readings": readings, "acted": acted}


def failed(rows: Sequence[Row]) -> list[str]:
    """Points that failed, as CONTROLLER:POINT."""
    return [":".join(row.key) for row in rows if row.verdict is Checked.FAIL]
