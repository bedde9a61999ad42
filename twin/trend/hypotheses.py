"""What may be wrong with a column as a whole, and which of it the data speak for.

Each hypothesis mends one column (or two, swapped); the one after which most of what must hold does
hold is the explanation. Where two are as good, both are named and none is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from twin.trend.relations import Readings, Relation, Values
from twin.trend.units import Scale, scale_of, units_for

SAME: Final = Scale(1.0, 0.0)
"""Changes nothing."""
OFFSETS_K: Final = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 50.0,
                    70.0)  # fmt: skip
"""Sizes of shifts that are tried [K]."""
CLEARER: Final = 0.1
"""One explanation is taken before another if its strain is less by so much [-] (assumed)."""
CLEARER_ALONE: Final = 0.4
"""The same where a single thing that must hold speaks for it [-] (assumed)."""
_ALIKE: Final = 0.03
_RARE: Final = 0.4
_STRAIN: Final = {"sign": 0.0, "unit": 0.0, "swapped": 0.1, "shifted": 0.2}
"""Strain of an explanation for being less common than another [-] (assumed)."""
_COMMON: Final = frozenset(
    ["degC", "degF", "K", "W", "kW", "MW", "Pa", "kPa", "bar", "kg/s", "l/s", "m3/h", "-", "%"]
)


@dataclass(frozen=True)
class Suspect:
    """A column as the map reads it: SI = factor * number + offset."""

    name: str
    unit: str
    si: str
    factor: float
    offset: float
    density: float


@dataclass(frozen=True)
class Hypothesis:
    """What may be wrong: with which columns, how it is mended, in words."""

    kind: str
    columns: tuple[str, ...]
    text: str
    mend: str
    scale: Scale = SAME
    """What makes the column's SI values right; not for swapped ones."""
    strain: float = 0.0
    """For being less common than others [-]."""

    def mended(self, readings: Readings) -> dict[str, Values]:
        """The columns as they would be."""
        if self.kind == "swapped":
            a, b = self.columns
            return {a: readings[b], b: readings[a]}
        name = self.columns[0]
        return {name: readings[name] * self.scale.factor + self.scale.offset}


@dataclass(frozen=True)
class Verdict:
    """Explanations that are equally good, best first; `told` says whether the first is taken."""

    explanations: tuple[Hypothesis, ...]
    told: bool
    """Whether the columns are known: the first explanation is taken."""
    broken: tuple[Relation, ...]
    """What does not hold as the columns are, and does with the first explanation."""


def explain(
    suspects: Sequence[Suspect], relations: Sequence[Relation], readings: Readings
) -> tuple[list[Verdict], list[Relation]]:
    """Explanations of what does not hold, one fault after another, and what is left unexplained."""
    found: list[Verdict] = []
    now = dict(readings)
    known = [s for s in suspects if s.name in now]
    open_: set[int] = set()
    while True:
        numbers = [r.number(now) for r in relations]
        broken = {i for i, r in enumerate(relations) if not r.holds(numbers[i])} - open_
        if not broken:
            break
        verdict = _best(known, relations, now, numbers, broken)
        if verdict is None:
            break
        found.append(verdict)
        if verdict.told:
            now.update(verdict.explanations[0].mended(now))
            done = {c for v in found if v.told for c in v.explanations[0].columns}
            known = [s for s in known if s.name not in done]
        else:
            open_ |= {i for i in broken if relations[i] in verdict.broken}
    told = {id(r) for v in found for r in v.broken}
    left = [r for r in relations if not r.holds(r.number(now)) and id(r) not in told]
    return found, left


def _best(
    suspects: Sequence[Suspect], relations: Sequence[Relation], now: Readings,
    numbers: Sequence[float], broken: set[int],
) -> Verdict | None:  # fmt: skip
    involved = {s for i in broken for s in relations[i].signals}
    by_signal = {
        s.name: [i for i, r in enumerate(relations) if s.name in (*r.signals, r.running)]
        for s in suspects
    }
    ranked: list[tuple[int, float, Hypothesis]] = []
    for hypothesis in _hypotheses([s for s in suspects if s.name in involved], suspects):
        touched = {i for c in hypothesis.columns for i in by_signal.get(c, ())}
        trial = {**now, **hypothesis.mended(now)}
        after = {i: relations[i].number(trial) for i in touched}
        bad = {i for i in touched if not relations[i].holds(after[i])}
        gain = len(broken & touched) - len(bad & broken) - len(bad - broken)
        if gain <= 0:
            continue
        strain = sum(relations[i].strain(after[i]) for i in touched)
        strain -= sum(relations[i].strain(numbers[i]) for i in touched)
        ranked.append((-gain, strain + hypothesis.strain, hypothesis))
    if not ranked:
        return None
    ranked.sort(key=lambda r: (*r[:2], r[2].text))
    gain, strain, first = ranked[0]
    margin = CLEARER if gain <= -2 else CLEARER_ALONE
    rivals = [
        h for g, s, h in ranked[1:] if g == gain and s < strain + margin and not _same(h, first)
    ]
    trial = {**now, **first.mended(now)}
    mended = tuple(
        relations[i] for i in sorted(broken) if relations[i].holds(relations[i].number(trial))
    )
    told = all(set(h.columns) == set(first.columns) for h in rivals)
    return Verdict((first, *_one_each(rivals)), told, mended)


def _one_each(rivals: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The best of each kind and column."""
    found: dict[tuple[str, tuple[str, ...]], Hypothesis] = {}
    for hypothesis in rivals:
        found.setdefault((hypothesis.kind, hypothesis.columns), hypothesis)
    return list(found.values())[:4]


def _same(a: Hypothesis, b: Hypothesis) -> bool:
    """Whether two mend the same column nearly alike: l/s and kg/s, 10 and 15 K."""
    if a.columns != b.columns or a.kind == "swapped":
        return False
    if a.kind == b.kind == "shifted":
        return True
    return abs(a.scale.factor / b.scale.factor - 1.0) < _ALIKE and a.scale.offset == b.scale.offset


def _hypotheses(involved: Sequence[Suspect], suspects: Sequence[Suspect]) -> Iterator[Hypothesis]:
    for suspect in involved:
        yield from _reversed(suspect)
        yield from _units(suspect)
        if suspect.si == "K":
            yield from _shifts(suspect)
    for i, a in enumerate(involved):
        for b in suspects:
            if b.si == a.si and b.name != a.name and (b not in involved or b in involved[i:]):
                text = f"{a.name} and {b.name} are swapped"
                yield Hypothesis("swapped", (a.name, b.name), text, "swap the two in the map",
                                 strain=_STRAIN["swapped"])  # fmt: skip


def _reversed(suspect: Suspect) -> Iterator[Hypothesis]:
    """The number in the file has the wrong sign; its unit's zero stays."""
    zero = _zero(suspect)
    scale = Scale(-1.0, 2.0 * zero)
    yield Hypothesis("sign", (suspect.name,), "has its sign reversed", "scale: -1", scale)


def _units(suspect: Suspect) -> Iterator[Hypothesis]:
    for unit in units_for(suspect.si):
        right = scale_of(unit, suspect.si, suspect.density)
        factor = right.factor / suspect.factor
        offset = right.offset - factor * suspect.offset
        if abs(factor - 1.0) < _ALIKE and abs(offset) < 0.5:
            continue
        said = "" if suspect.unit == unit else f", not {suspect.unit}"
        text = f"looks like {unit}{said}"
        strain = _STRAIN["unit"] if unit in _COMMON else _RARE
        scale = Scale(factor, offset)
        yield Hypothesis("unit", (suspect.name,), text, f"unit: {unit}", scale, strain)


def _shifts(suspect: Suspect) -> Iterator[Hypothesis]:
    for size in OFFSETS_K:
        for shift in (-size, size):
            text = f"is shifted by about {-shift:+g} K"
            mend = f"offset: {shift:g}" if suspect.unit in ("K", "degC") else "correct its offset"
            strain = _STRAIN["shifted"]
            yield Hypothesis("shifted", (suspect.name,), text, mend, Scale(1.0, shift), strain)


def _zero(suspect: Suspect) -> float:
    """SI value of the number 0 in the file."""
    return scale_of(suspect.unit, suspect.si, suspect.density).offset
