"""What is said of a reading: that it came back, and that its controller takes it for what it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hil.commissioning.checkout.form import Item
from hil.commissioning.checkout.look import hex_of
from hil.commissioning.checkout.row import Checked, Row, rounded
from hil.commissioning.checkout.suspect import suspect
from hil.commissioning.checkout.trial import FAULT, Try, near

ECHO_ONLY = "what is made of it is not shown by this controller"


def judge_reading(item: Item, row: Row, now: float | None, tries: Sequence[Try]) -> Row:
    """A row with its verdict; `now` is what went to it in normal operation [point.unit]."""
    name, tolerance = item.point.name, row.tolerance or 0.0
    mine = [t for t in tries if name in t.given]
    shown_now = row.scaled if isinstance(row.scaled, float) else None
    pairs = [(shown_now, now), *((t.shown[name].value, t.given[name]) for t in mine)]
    known = [(v, g) for v, g in pairs if v is not None and g is not None]
    worst = max((v - g for v, g in known), key=abs, default=None)
    row = replace(row, deviation=rounded(worst, tolerance), tried=_tried(item, mine))
    for try_ in mine:
        if why := _not_back(item, try_, tolerance):
            return replace(row, verdict=Checked.FAIL, why=why)
    if not near(shown_now, now, tolerance):
        why = f"it got {_said(now)} {item.point.unit} and shows {_said(shown_now)}"
        return replace(row, verdict=Checked.FAIL, why=why)
    if not any(value is not None for t in mine for value in [t.given[name]]):
        return replace(row, verdict=Checked.NOT, why="nobody says its range")
    if marks_move(tries):
        if why := _not_believed(item, tries):
            return replace(row, verdict=Checked.FAIL, why=why)
        return replace(row, verdict=Checked.PASS, why=_half_shown(item, tries))
    return replace(row, verdict=Checked.PASS, why=ECHO_ONLY)


def marks_move(tries: Iterable[Try], point: str = "") -> bool:
    """Whether the controller ever says that it does not believe a reading, in `point` too."""
    if point == FAULT:
        return all(t.fault for t in tries if t.marked) and any(t.fault for t in tries)
    return any(t.marked for t in tries)


def _half_shown(item: Item, tries: Iterable[Try]) -> str:
    """What the limits of belief leave open; empty where no other scale or offset would fit them."""
    name = item.point.name
    beyond = [g for t in tries if name in t.expected and (g := t.given[name]) is not None]
    if len(beyond) < 2:
        return "its registers end where belief does: what scale is taken for it is not shown"
    if abs(sum(beyond)) <= 2.0 * (item.row.tolerance or 0.0):
        return "its limits are alike on both sides: what sign is taken for it is not shown"
    return ""


def _not_back(item: Item, try_: Try, tolerance: float) -> str:
    """Why a value that was given is not the one that is shown; empty where it is."""
    name, unit = item.point.name, item.point.unit
    given, shown = try_.given[name], try_.shown[name]
    if near(shown.value, given, tolerance):
        return ""
    if not shown.words:
        return f"not to be read: {shown.why}"
    if given is None:
        return f"its wire was broken and it shows {_said(shown.value)} {unit}"
    why = f"it got {given:g} {unit} and shows {_said(shown.value)}"
    others = {n: v for n, v in try_.given.items() if n != name and v is not None}
    guess = suspect(item.point, shown.words, given, tolerance, others)
    return f"{why}: {guess}" if guess else why


def _not_believed(item: Item, tries: Iterable[Try]) -> str:
    """Why the controller takes the reading for another one; empty where it does not."""
    name, unit = item.point.name, item.point.unit
    for try_ in tries:
        if try_.marked is None:
            return "the controller did not say what it believes"
        if name not in try_.given or (name in try_.expected) == (name in try_.marked):
            continue
        given = try_.given[name]
        if name in try_.marked:
            return f"{_said(given)} {unit} is not believed: scale, offset, sign or order?"
        if given is None:
            seen = ", ".join(sorted(set(try_.marked) - set(try_.expected))) or "nothing"
            return f"its wire was broken and {seen} is marked: swapped or shifted addresses?"
        return f"{given:g} {unit} is believed, and is beyond its limits: scale or offset?"
    return ""


def _tried(item: Item, mine: Sequence[Try]) -> str:
    name, point = item.point.name, item.point
    parts = []
    for try_ in mine:
        shown, given = try_.shown[name], try_.given[name]
        marked = "" if try_.marked is None or name not in try_.marked else ", marked"
        put = "broken wire" if given is None else f"{given:.7g}"
        parts.append(f"{put}: {hex_of(point, shown.words) or 'nothing'}{marked}")
    return "; ".join(dict.fromkeys(parts))


def _said(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.9g}"
