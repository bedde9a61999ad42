"""What was seen while a block ran, from its CSV file, in units that people read."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hil.historian.decimate import envelope
from hil.report.commission_data import Block, Step
from twin.errors import BadInput
from twin.signals import conversion
from twin.site.amounts import Scale, scale_for

POINTS = 600
"""Most points of a line in a picture [-]."""
_HEAD = re.compile(r"(.*) \[([^\[\]]*)\]")
_PREDICTED = " predicted"

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A point of a block: times [s], values [shown unit], NaN where there was none."""

    name: str
    scale: Scale
    is_state: bool
    """Whether it takes whole numbers only: a bit, an enumeration."""
    words: Mapping[int, str]
    """What its numbers are called, as far as the record says it."""
    t_s: Numbers
    values: Numbers
    rows: int
    """How many there are in the file [-]."""
    predicted_t_s: Numbers
    predicted: Numbers
    """Of the twin; empty where it does not watch the point."""

    def shown(self, si: float) -> float:
        """A value [SI] in the unit that is shown."""
        return self.scale.factor * si + self.scale.offset


@dataclass(frozen=True)
class Seen:
    """The points of a block by name; `why` says why there is nothing to see, if so."""

    why: str
    curves: Mapping[str, Curve]


def read_trace(folder: Path, block: Block) -> Seen:
    """What was seen while `block` ran."""
    if not block.trace:
        return Seen("it took no time, so there is nothing to draw", {})
    path = folder / block.trace
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return Seen(f"{block.trace} is not in the folder of the run", {})
        with path.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        cells = [[float(cell) if cell else np.nan for cell in row] for row in rows]
        table = np.array(cells, dtype=float).reshape(len(rows), len(head))
        names, units = zip(*(_named(cell) for cell in head), strict=True)
    except FileNotFoundError:
        return Seen(f"{block.trace} is missing", {})
    except (OSError, ValueError, csv.Error) as error:
        return Seen(f"{block.trace} cannot be read: {error}", {})
    if not len(rows):
        return Seen(f"{block.trace} holds no values", {})
    column = {name: table[:, i] for i, name in enumerate(names)}
    unit = dict(zip(names, units, strict=True))
    t_s = table[:, 0]
    found = {
        name: _curve(block, name, unit[name], t_s, column[name], column.get(name + _PREDICTED))
        for name in names[1:]
        if not name.endswith(_PREDICTED)
    }
    return Seen("" if found else f"{block.trace} holds no points", found)


def same_words(every: Mapping[str, Seen], blocks: Sequence[Block]) -> dict[str, Seen]:
    """By key of the block: what one block says of an enumeration holds for the others too."""
    known: dict[str, dict[int, str]] = {}
    place = {block.key: block.controller for block in blocks}

    def whose(key: str, name: str) -> str:
        return name if ":" in name or "." in name else f"{place[key]}:{name}"

    for key, seen in every.items():
        for name, curve in seen.curves.items():
            known.setdefault(whose(key, name), {}).update(curve.words)
    return {
        key: replace(
            seen,
            curves={n: replace(c, words=known[whose(key, n)]) for n, c in seen.curves.items()},
        )
        for key, seen in every.items()
    }


def few(t_s: Numbers, values: Numbers, *, steps: bool, most: int = POINTS) -> tuple[Numbers, ...]:
    """Times [s] and values of at most `most` [-] points; the lowest and the highest are kept.

    Of `steps` those before and after a change are enough, if they are not too many.
    """
    if steps and t_s.size > 2:
        kept = np.ones(t_s.size, dtype=bool)
        both_missing = np.isnan(values[1:]) & np.isnan(values[:-1])
        kept[1:-1] = ((values[1:] != values[:-1]) & ~both_missing)[:-1]
        if kept.sum() <= most:
            return t_s[kept], values[kept]
    t_ns, points = envelope(np.rint(t_s * 1e9).astype(np.int64), values[:, None], most)
    return t_ns / 1e9, points[:, 0]


def _curve(
    block: Block, name: str, unit: str, t_s: Numbers, values: Numbers, predicted: Numbers | None
) -> Curve:
    steps = [step for step in block.steps if step.point == name]
    share = _is_share(name, steps, unit, values)
    known = values[np.isfinite(values)]
    whole = bool(known.size) and bool((known == np.rint(known)).all())
    is_state = unit == "-" and whole and not share
    difference = unit == "K" and _is_difference(name, block)
    scale = _percent() if share else Scale("K", "K", 1.0, 0.0) if difference else _scale(unit)
    words = _words(name, steps, t_s, values) if is_state else {}
    few_t, few_values = few(t_s, scale.factor * values + scale.offset, steps=is_state)
    foreseen = np.zeros((2, 0))
    if predicted is not None and np.isfinite(predicted).any():
        foreseen = np.array(few(t_s, scale.factor * predicted + scale.offset, steps=False))
    return Curve(
        name, scale, is_state, words, few_t, few_values, t_s.size, foreseen[0], foreseen[1]
    )


def _is_share(name: str, steps: Sequence[Step], unit: str, values: Numbers) -> bool:
    """Whether it is shown in %: a ratio of which the record says so, or that looks like one."""
    if unit != "-":
        return False
    if any(re.search(rf"\b{re.escape(name)} is \S+ %", step.why) for step in steps):
        return True
    ends = [end for step in steps for end in (step.low, step.high) if end is not None]
    known = np.append(values[np.isfinite(values)], ends)
    inside = bool(known.size) and bool(((known >= 0.0) & (known <= 1.0)).all())
    return inside and bool((known != np.rint(known)).any())


def _is_difference(name: str, block: Block) -> bool:
    """Whether a point in K is a difference: the record says it in K, and temperatures in degC."""
    said = rf"(?<![\w.:]){re.escape(name)} (?:is|=) \S+ K\b"
    own = name.replace(":", ".").rpartition(".")[2]
    return own.startswith("dT") or any(re.search(said, step.why) for step in block.steps)


def _words(name: str, steps: Sequence[Step], t_s: Numbers, values: Numbers) -> dict[int, str]:
    """What the numbers of an enumeration are called: a step says what it wants and what it saw."""
    found: dict[int, str] = {}
    for step in steps:
        wanted = re.match(rf"{re.escape(name)} is ([A-Z]\w*)(?: to ([A-Z]\w*))?\b", step.text)
        if wanted is not None:
            ends = zip((step.low, step.high), wanted.groups(), strict=True)
            found |= {round(end): word for end, word in ends if end is not None and word}
        said = re.search(rf"\b{re.escape(name)} is ([A-Za-z]\w*)$", step.why)
        if said is None:
            continue
        rows = np.flatnonzero(t_s <= step.end_s)
        if rows.size and np.isfinite(values[rows[-1]]):
            found[int(values[rows[-1]])] = said.group(1)
    return found


def _named(cell: str) -> tuple[str, str]:
    found = _HEAD.fullmatch(cell)
    return (found.group(1), found.group(2)) if found else (cell, "-")


def _scale(unit: str) -> Scale:
    """As on other pages, but powers are always in kW."""
    try:
        return scale_for(unit)
    except BadInput:
        return Scale(unit, unit, 1.0, 0.0)


def _percent() -> Scale:
    factor, offset = conversion("-", "%")
    return Scale("%", "%", factor, offset)
