"""Whether an actuator moves so that what it holds comes back: the plant itself says which way.

The controller is shown the reading above and below its set point. On a copy of the plant, whose
actuators all stand still, the same actuator is moved by hand; nothing but the reading can follow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from firmware_sim import make_controller
from hil.commissioning.checkout.form import Form
from hil.commissioning.checkout.row import Checked
from hil.commissioning.points import PointBook
from hil.commissioning.rig import Rig
from hil.commissioning.steering import Move
from twin.errors import BadInput
from twin.signals import conversion

Apart = Callable[[Callable[[], Any]], Any]
"""Does something with a copy of the plant and gives back what came of it, as JSON types."""

SIZES = (0.005, 0.01, 0.02, 0.04, 0.08)
"""How far a reading is forced from its set point: parts of the sensor's span [-] (assumed)."""
WATCH_S = 60.0
"""How long a command may take to answer [s] (assumed)."""
MOVED = 0.02
"""A command has answered when it stands so far apart [-] (assumed)."""
STEPS = (0.2, 0.1, 0.05)
"""By how much an actuator is moved by hand, twice; less where more upsets it [-] (assumed)."""
ANSWER_S = 300.0
"""How long the plant may take to answer [s] (assumed)."""
HALF = 0.5
"""Where the controller's other actuators stand when none of them may be shut [-]."""


@dataclass(frozen=True)
class Held:
    """A command, the reading that it holds, and the set point [SI], None where nobody knows it."""

    command: str
    column: int
    reading: str
    signal: int
    unit: str
    setpoint: float | None
    span: float
    resolution: float
    label: str
    """Unit of differences, for people."""
    beside: tuple[int, ...]
    """Columns of what else the controller reads."""


@dataclass(frozen=True)
class Direction:
    """What came of it for one command."""

    command: str
    verdict: Checked
    text: str


class Answer(NamedTuple):
    """By how much [-] an actuator was moved, and the reading then changed [SI]."""

    by: float
    change: float


def held_by(rig: Rig, form: Form, book: PointBook) -> list[Held]:
    """The commands of a controller that hold a reading."""
    found = []
    for command, reading in form.told.holds.items():
        signal = rig.site.signals[form.told.sensors[reading]]
        low, high = signal.range_si
        span = high - low if abs(high - low) < float("inf") else 100.0
        label = "K" if signal.si_unit == "K" else signal.unit
        own = form.told.sensors[reading]
        beside = tuple(rig.layout.signal(s) for s in form.told.sensors.values() if s != own)
        found.append(
            Held(
                command, rig.layout.command(form.told.commands[command]),
                reading, rig.layout.signal(own),
                signal.si_unit, _setpoint(form, book, command, signal.si_unit), span,
                signal.resolution_si, label, beside,
            )
        )  # fmt: skip
    return found


def direction_of(
    rig: Rig, held: Held, others: Sequence[Held], there: Apart, alone: Apart
) -> Direction:
    """Which way a command moves, asked `there`, and which way the plant answers it `alone`."""
    moved = there(lambda: _controller(rig, held, others))
    if moved["by"] is None:
        return _still(held, moved)
    answers, said = _plant(rig, held, others, alone), _said(held, moved)
    if not answers:
        why = f"the plant's {held.reading} does not answer {held.command} here"
        return Direction(held.command, Checked.NOT, f"{said}; {why}")
    plant = f"at the plant {_followed(held, answers[0])}"
    if answers[0].change * answers[-1].change < 0.0:
        why = f"with its other actuators half open {_followed(held, answers[-1])}"
        return Direction(held.command, Checked.NOT, f"{said}; {plant}, {why}: either way here")
    good = moved["by"] * answers[0].change < 0.0
    end = "it is brought back" if good else "it is driven away: wrong way round"
    return Direction(
        held.command, Checked.PASS if good else Checked.FAIL, f"{said}; {plant}: {end}"
    )


def _setpoint(form: Form, book: PointBook, command: str, unit: str) -> float | None:
    try:
        point = make_controller(form.told.type, {}).setpoint(command)
    except BadInput:
        return None
    value = book.configured(book.find(f"design.{point.name}", form.name))
    if value is None:
        return None
    factor, offset = conversion(point.unit, unit)
    return factor * value + offset


def _controller(rig: Rig, held: Held, others: Sequence[Held]) -> dict[str, Any]:
    """Force the reading ever farther.

    At first all else that is read stands still, and what is held is at its set point; then, for
    what an interlock keeps shut, that is too high or too low as well.
    """
    centre = held.setpoint if held.setpoint is not None else rig.signal(held.signal)
    if centre is None:
        return {"by": None, "why": f"{held.reading} has no value"}
    for column in held.beside:
        if (now := rig.signal(column)) is not None:
            rig.force(column, now)
    above: dict[str, float | None] = {}
    for side in (0, 1, -1):
        for share in SIZES:
            for other in others:
                if other.setpoint is not None:
                    rig.force(other.signal, other.setpoint + side * share * other.span)
            size = share * held.span
            rig.force(held.signal, centre + size)
            above = _after(rig, (held, *others))
            rig.force(held.signal, centre - size)
            below = _after(rig, (held, *others))
            moved = {name: _apart(above[name], below[name]) for name in above}
            by = moved.pop(held.command)
            farther = [n for n, x in moved.items() if abs(x) >= max(MOVED, abs(by))]
            if farther and not side:
                return {"by": None, "instead": farther}
            if abs(by) >= MOVED:
                pair = above[held.command], below[held.command]
                return {"by": by, "size": size, "ends": pair, "side": side}
    return {"by": None, "at": above[held.command]}


def _after(rig: Rig, held: Sequence[Held]) -> dict[str, float | None]:
    """Where commands stand once the controller has had its time."""
    until_ns = rig.t_ns + round(WATCH_S * 1e9)
    while rig.t_ns < until_ns:
        rig.cycle()
    return {h.command: rig.command(h.column) for h in held}


def _apart(above: float | None, below: float | None) -> float:
    return 0.0 if above is None or below is None else above - below


def _plant(rig: Rig, held: Held, others: Sequence[Held], apart: Apart) -> list[Answer]:
    """How the reading follows the actuator: as the plant stands, and with the others half open."""
    stand = rig.command(held.column) or 0.0
    found = [_answer(rig, held, {}, stand, apart)]
    if others:
        half = {other.column: HALF for other in others}
        found.append(_answer(rig, held, half, HALF, apart))
    return [answer for answer in found if answer is not None]


def _answer(
    rig: Rig, held: Held, given: Mapping[int, float], middle: float, apart: Apart
) -> Answer | None:
    """The answer to two steps of one size, if the plant answers both of them alike."""
    for step in STEPS:
        first = min(max(middle - step, 0.0), 1.0 - 2.0 * step)
        ends = []
        for i in range(3):
            stand = {**given, held.column: first + i * step}
            ends.append(apart(partial(_reading, rig, held, stand)))
        if None in ends:
            continue
        one, other = ends[1] - ends[0], ends[2] - ends[1]
        if one * other > 0.0 and min(abs(one), abs(other)) > 3.0 * held.resolution:
            return Answer(2.0 * step, one + other)
    return None


def _reading(rig: Rig, held: Held, given: Mapping[int, float]) -> float | None:
    """Mean of the reading [SI] over the later half of the time, while all actuators stand still."""
    outside = len(rig.boundary.names)
    for column in range(len(rig.layout.commands)):
        now = given.get(column, rig.command(column))
        if now is not None:
            rig.plant.moves[outside + column] = Move(now, now)
    total, n = 0.0, 0
    begin_ns, lasts_ns = rig.t_ns, round(ANSWER_S * 1e9)
    while rig.t_ns < begin_ns + lasts_ns:
        rig.cycle()
        value = rig.signal(held.signal)
        if value is not None and rig.t_ns > begin_ns + lasts_ns // 2:
            total, n = total + value, n + 1
    return total / n if n else None


def _still(held: Held, moved: Mapping[str, Any]) -> Direction:
    """A command that did not move: where another did instead, somebody has swapped the two."""
    if "instead" in moved:
        text = f"{held.reading} is forced and {', '.join(moved['instead'])} moves instead"
        return Direction(held.command, Checked.FAIL, text)
    if "why" in moved:
        return Direction(held.command, Checked.NOT, moved["why"])
    at = moved["at"]
    where = "is not heard" if at is None else f"stays at {100.0 * at:.3g} %"
    return Direction(held.command, Checked.NOT, f"it {where} whatever {held.reading} is")


def _said(held: Held, moved: Mapping[str, Any]) -> str:
    above, below = moved["ends"]
    size = _difference(held, moved["size"])
    also = {0: "", 1: ", the others' readings too high", -1: ", the others' readings too low"}
    return (
        f"{held.reading} {size} too high: {100.0 * above:.3g} %, "
        f"{size} too low: {100.0 * below:.3g} %{also[moved['side']]}"
    )


def _followed(held: Held, answer: Answer) -> str:
    way = "raises" if answer.change > 0.0 else "lowers"
    return f"{100.0 * answer.by:.0f} % more {way} it by {_difference(held, answer.change)}"


def _difference(held: Held, value: float) -> str:
    factor, _ = conversion(held.unit, held.label)
    return f"{abs(factor * value):.2g} {held.label}"
