"""What is said of each point, from what was seen of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hil.commissioning.checkout.direction import Direction
from hil.commissioning.checkout.form import Form, Item
from hil.commissioning.checkout.look import Shown, hex_of
from hil.commissioning.checkout.row import Checked, Kind, Row, rounded
from hil.commissioning.checkout.sensors import judge_reading, marks_move
from hil.commissioning.checkout.trial import FAULT, MARKS, Try, near
from hil.commissioning.points import PointBook
from twin.registers import Point
from twin.registers.codec import BadValue, encode
from twin.registers.readings import word_of
from twin.signals import conversion

CLIENT = "a client shows no registers; a person can say what its display shows"


@dataclass(frozen=True)
class Seen:
    """All that was seen of one controller.

    `normal` and `later` are two looks in normal operation, `readings` and `acted` what went to it
    and what acted on the plant meanwhile [point.unit].
    """

    normal: Mapping[str, Shown]
    later: Mapping[str, Shown]
    readings: Mapping[str, float | None]
    acted: Mapping[str, float | None]
    tries: Sequence[Try] = ()
    directions: Mapping[str, Direction] = field(default_factory=dict)


def judged(form: Form, seen: Seen, book: PointBook) -> list[Row]:
    """The rows of a controller with their verdicts."""
    return [_row(form, item, seen, book) for item in form.items]


def _row(form: Form, item: Item, seen: Seen, book: PointBook) -> Row:
    row, point = item.row, item.point
    if not item.served:
        return replace(row, verdict=Checked.NOT, why=CLIENT)
    shown = seen.normal.get(point.name)
    if form.serves:
        assert shown is not None
        row = replace(row, raw=hex_of(point, shown.words), scaled=spoken(point, shown))
        if not shown.words:
            return replace(row, verdict=Checked.FAIL, why=f"not to be read: {shown.why}")
    match row.kind:
        case Kind.READING:
            return _reading(form, item, row, seen)
        case Kind.COMMAND:
            return _command(form, point, row, seen)
        case Kind.SETTING | Kind.LIMIT:
            assert shown is not None
            return _setting(form, point, row, shown, book)
        case Kind.HEARTBEAT:
            return _heartbeat(form, point, row, seen)
        case Kind.IDENTITY:
            return _identity(point, row)
    assert shown is not None
    return _state(form, point, row, shown, seen)


def _reading(form: Form, item: Item, row: Row, seen: Seen) -> Row:
    name, point = item.point.name, item.point
    if name not in form.told.sensors:
        return replace(row, verdict=Checked.NOT, why="the site has no sensor for it")
    row = replace(row, reference=_round(seen.readings.get(name)))
    if not form.serves:
        value = seen.readings.get(name)
        row = replace(row, raw=_put_out(point, value), scaled=_round(value))
        followers = [
            d.command
            for d in seen.directions.values()
            if form.told.holds[d.command] == name and d.verdict is not Checked.NOT
        ]
        why = f"{', '.join(followers)} answers it; {CLIENT}" if followers else CLIENT
        return replace(row, verdict=Checked.NOT, why=f"as its remote I/O has it; {why}")
    return judge_reading(item, row, seen.readings.get(name), seen.tries)


def _command(form: Form, point: Point, row: Row, seen: Seen) -> Row:
    direction = seen.directions.get(point.name)
    if point.name not in form.told.commands:
        return replace(row, verdict=Checked.NOT, why="the site has no actuator for it")
    row = replace(row, direction=_direction(form, point, direction))
    acted = seen.acted.get(point.name)
    row = replace(row, reference=_round(acted))
    if acted is None:
        return replace(row, verdict=Checked.FAIL, why="the plant does not hear it")
    if not form.serves:  # the bench's own register, which the controller has written
        row = replace(row, raw=_put_out(point, acted), scaled=_round(acted))
        pairs = [(acted, acted), *((a, a) for a in _acted(seen.tries, point))]
    else:
        shown = [(seen.normal[point.name].value, acted)]
        pairs = shown + [
            (t.shown[point.name].value, a)
            for t, a in zip(seen.tries, _acted(seen.tries, point), strict=True)
        ]
    tolerance = row.tolerance or 0.0
    values = sorted({v for v, _ in pairs if v is not None})
    row = replace(row, tried=", ".join(f"{v:g}" for v in values[:8]) + f" {point.unit}")
    wrong = [(v, a) for v, a in pairs if not near(v, a, tolerance)]
    far = [v for v in values if not _within(point, v)]
    row = replace(row, deviation=rounded(_worst(pairs), row.tolerance))
    if wrong:
        value, by = wrong[0]
        why = f"it shows {_said(value)} {point.unit}, {_said(by)} acts on the plant"
        return replace(row, verdict=Checked.FAIL, why=why)
    if far:
        why = f"{far[0]:g} {point.unit} is no {row.min:g} to {row.max:g}: order or scale?"
        return replace(row, verdict=Checked.FAIL, why=why)
    if direction is not None and direction.verdict is Checked.FAIL:
        return replace(row, verdict=Checked.FAIL, why=direction.text)
    why = "" if form.serves else "as its remote I/O has it"
    return replace(row, verdict=Checked.PASS, why=why)


def _direction(form: Form, point: Point, direction: Direction | None) -> str:
    if point.name not in form.told.holds:
        return "not checked: nothing is held by it"
    if direction is None:
        return "not checked"
    return f"{direction.verdict.value}: {direction.text}"


def _setting(form: Form, point: Point, row: Row, shown: Shown, book: PointBook) -> Row:
    wanted = book.configured(book.find(f"design.{point.name}", form.name))
    value = shown.value
    deviation = None if wanted is None or value is None else value - wanted
    row = replace(
        row, reference=spoken(point, Shown((), wanted)), deviation=rounded(deviation, row.tolerance)
    )
    if value is None:
        return replace(row, verdict=Checked.FAIL, why="it has no value")
    if not _within(point, value):
        return replace(row, verdict=Checked.FAIL, why=f"beyond {row.min:g} to {row.max:g}")
    if wanted is None:
        return replace(row, verdict=Checked.NOT, why="the site says nothing of it")
    if not near(value, wanted, row.tolerance or 0.0):
        return replace(row, verdict=Checked.FAIL, why="not the site's design value")
    return replace(row, verdict=Checked.PASS)


def _heartbeat(form: Form, point: Point, row: Row, seen: Seen) -> Row:
    if not form.serves:
        return replace(row, verdict=Checked.NOT, why="of the bench's own remote I/O")
    before, after = seen.normal[point.name].value, seen.later[point.name].value
    if before == after:
        return replace(row, verdict=Checked.FAIL, why="it does not move")
    return replace(row, verdict=Checked.PASS, tried=f"{_said(before)}, then {_said(after)}")


def _identity(point: Point, row: Row) -> Row:
    if point.default is None:
        return replace(row, verdict=Checked.NOT, why="its map says nothing of it")
    good = row.scaled == point.default
    why = "" if good else "another device than its map is of"
    verdict = Checked.PASS if good else Checked.FAIL
    return replace(row, reference=point.default, verdict=verdict, why=why)


def _state(form: Form, point: Point, row: Row, shown: Shown, seen: Seen) -> Row:
    if shown.value is None:
        return replace(row, verdict=Checked.FAIL, why="it has no value")
    if point.enum and shown.value not in point.enum:
        return replace(row, verdict=Checked.FAIL, why="a number that its map has no word for")
    if not _within(point, shown.value):
        return replace(row, verdict=Checked.FAIL, why=f"beyond {row.min:g} to {row.max:g}")
    if point.name in (MARKS, FAULT) and seen.tries:
        moves = marks_move(seen.tries, point.name)
        why = "" if moves else "it does not follow when wires of sensors are broken"
        return replace(row, verdict=Checked.PASS if moves else Checked.FAIL, why=why)
    why = "state now; procedures provoke it" if row.kind is Kind.ALARM else "state now"
    return replace(row, verdict=Checked.NOT, why=why)


def spoken(point: Point, shown: Shown) -> float | str | None:
    """A value as people say it: a word, on or off, text, else a number [point.unit]."""
    if point.is_text:
        return shown.text or None
    if shown.value is None:
        return None
    if point.is_bit:
        return "on" if shown.value else "off"
    return word_of(point, shown.value) if point.enum else _round(shown.value)


def _acted(tries: Iterable[Try], point: Point) -> list[float | None]:
    """What acted on the plant in each try [point.unit]."""
    return [in_unit(point, t.acted.get(point.name)) for t in tries]


def in_unit(point: Point, si: float | None) -> float | None:
    """A command of the plant [-] in the unit of its register [point.unit]."""
    factor, offset = conversion("-", point.unit)
    return None if si is None else factor * si + offset


def _put_out(point: Point, value: float | None) -> str:
    try:
        return hex_of(point, encode(point, value))
    except BadValue:
        return ""


def _worst(pairs: Iterable[tuple[float | None, float | None]]) -> float | None:
    found = [v - a for v, a in pairs if v is not None and a is not None]
    return max(found, key=abs, default=None)


def _within(point: Point, value: float) -> bool:
    low = point.min is None or value >= point.min - abs(point.min) * 1e-6
    return low and (point.max is None or value <= point.max + abs(point.max) * 1e-6)


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.7g}")


def _said(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"
