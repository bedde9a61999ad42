"""A checkout of a site: every controller looked at, tried and judged."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.commissioning.checkout.direction import Direction, direction_of, held_by
from hil.commissioning.checkout.form import Form
from hil.commissioning.checkout.judge import Seen, in_unit, judged
from hil.commissioning.checkout.look import Shown, look
from hil.commissioning.checkout.plan import plan_of
from hil.commissioning.checkout.row import Checked, Row
from hil.commissioning.checkout.trial import ON_THE_WAY, Trial, Try, acted_of, shown_of_json
from hil.commissioning.host import Host
from hil.commissioning.points import PointBook
from hil.commissioning.reach import Reach
from hil.commissioning.rig import Rig, RigOptions
from hil.crew.apart import Tell, apart
from twin.signals import conversion
from twin.site import Site


@dataclass(frozen=True)
class Checkout:
    """What is checked and how."""

    site: Site
    forms: Sequence[Form]
    options: RigOptions
    reach: Reach
    settle_ns: int = 0
    """Time before a controller is looked at [ns], in real time."""
    unconfined: str | None = None
    """Why the code of FMUs is not shut in; None: it is."""
    say: Callable[[str], None] = lambda text: None
    """Hears what came of that."""
    write: Sequence[Path] = ()
    """Folders of the pseudo terminals of its lines."""


def check_points(checkout: Checkout) -> list[Row]:
    """The rows of all controllers, judged.

    Raises:
        BadInput: the site or its FMUs do not allow it.
        PlantLost: the plant crashed.
    """

    def answer(rig: Rig, number: int) -> list[dict[str, Any]]:
        form, book = checkout.forms[number], PointBook(checkout.site, rig.layout)
        return [row.plain() for row in judged(form, _seen(checkout, rig, form, book), book)]

    with Host(
        checkout.options, checkout.reach, answer,
        unconfined=checkout.unconfined, write=checkout.write,
    ) as host:  # fmt: skip
        checkout.say(f"FMUs: {host.confined}")
        return [Row.of(row) for i in range(len(checkout.forms)) for row in host.ask(i)]


def _seen(checkout: Checkout, rig: Rig, form: Form, book: PointBook) -> Seen:
    def there(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """In a copy of the plant, whose controllers are reached as was ordered."""

        def reached(tell: Tell) -> Any:  # noqa: ANN401 - JSON
            with ExitStack() as stack:
                rig.tell = tell
                checkout.reach.connect(rig, stack)
                until_ns = rig.t_ns + checkout.settle_ns
                while rig.t_ns < until_ns:
                    rig.cycle()
                return work()

        return apart(reached)

    def alone(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """In a copy of the plant that nobody controls but us."""
        return apart(lambda tell: work())

    plan = plan_of(checkout.site, rig.layout, form)
    normal = there(lambda: _normal(rig, form))
    tries = there(lambda: [t.plain() for t in Trial(rig, form, plan).run()])
    held = held_by(rig, form, book)
    directions: dict[str, Direction] = {}
    for one in held:
        others = [other for other in held if other is not one]
        directions[one.command] = direction_of(rig, one, others, there, alone)
    return Seen(
        shown_of_json(normal["normal"]),
        shown_of_json(normal["later"]),
        normal["readings"],
        normal["acted"],
        [Try.of(t) for t in tries],
        directions,
    )


def _normal(rig: Rig, form: Form) -> dict[str, Any]:
    """What is shown in normal operation, and what went in and came out meanwhile."""
    points = list(form.points.points.values())
    if rig.real_time:  # what is read now is shown some cycles later: it must be the same then
        for target in form.told.sensors.values():
            column = rig.layout.signal(target)
            if (now := rig.signal(column)) is not None:
                rig.force(column, now)
        for _ in range(ON_THE_WAY):
            rig.cycle()
    normal: dict[str, Shown] = look(rig, form.name, points) if form.serves else {}
    readings = {}
    for name, target in form.told.sensors.items():
        signal = rig.site.signals[target]
        factor, offset = conversion(signal.si_unit, form.points.point(name).unit)
        value = rig.signal(rig.layout.signal(target))
        readings[name] = None if value is None else factor * value + offset
    commands = acted_of(rig, form, normal)
    acted = {n: in_unit(form.points.point(n), v) for n, v in commands.items()}
    later: dict[str, Shown] = look(rig, form.name, points) if form.serves else {}
    return {"normal": normal, "later": later, "readings": readings, "acted": acted}


def failed(rows: Sequence[Row]) -> list[str]:
    """Points that failed, as CONTROLLER:POINT."""
    return [":".join(row.key) for row in rows if row.verdict is Checked.FAIL]
