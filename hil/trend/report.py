"""What was found in measured data: one object for people, for `--json` and for who goes on."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hil.trend.columns import Target
from hil.trend.trend import Seen, Trend
from twin.errors import BadInput
from twin.site.model import Site
from twin.trend.checks import accepted, check_all
from twin.trend.columns import Facts, Span
from twin.trend.finding import Finding, Weight
from twin.trend.hypotheses import Suspect
from twin.trend.survey import NS
from twin.trend.units import Scale

_MANY = 0.05
"""A larger share of lost rows must be mended [-] (assumed)."""


@dataclass(frozen=True)
class Line:
    """A used column: what it is, and how it was logged."""

    column: str
    target: str
    unit: str
    values: int
    bad: int
    step_s: float
    """Usual time between two values [s]."""
    hold_s: float
    """Age beyond which a value is no longer believed [s]."""
    low: float | None
    """Least good value, in `unit`."""
    high: float | None


@dataclass(frozen=True)
class Report:
    """The first look at a data file, before the twin sees a row of it."""

    site: str
    data: str
    what: str
    first: str
    last: str
    rows: int
    lost: dict[str, int]
    """Rows that were not used, by why."""
    columns: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """What must be mended, or accepted in the map, before the data are used."""
        return tuple(f for f in self.findings if f.weight is Weight.MEND)

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "to_mend": len(self.to_mend)}

    def refuse_unmended(self) -> None:
        """Nothing, if the data can be used.

        Raises:
            BadInput: what must be mended first, a line each.
        """
        if self.to_mend:
            lines = [f"{self.data}: {f.place}{f.text}" for f in self.to_mend]
            raise BadInput("\n".join(lines))


def report_of(trend: Trend) -> Report:
    """Reads the data once, if that was not done yet, and checks every column.

    Raises:
        BadInput: the data cannot be read to their end.
    """
    seen = trend.seen
    span = _span(trend, seen)
    site, means = trend.site, seen.bins.means()
    begin = seen.bins.index_of(span.first_ns)
    means = means[:, begin : seen.bins.index_of(span.last_ns) + 1]
    facts = [_facts(trend, seen, j, means[j]) for j in range(len(trend.targets))]
    facts = [_with_machine(site, f, facts) for f in facts]
    suspects = [
        Suspect(t.name, t.unit, t.si, t.factor, t.offset, u.column.density)
        for t, u in zip(trend.targets, trend.used, strict=True)
        if t.signal is not None
    ]
    findings = [*_of_file(trend, seen), *check_all(site, facts, suspects, span,
                                                   seen.bins.width_ns / NS)]  # fmt: skip
    accept = {u.name: u.column.accept for u in trend.used}
    kept = [f for f in accepted(findings, accept) if f.columns or f.kind not in trend.map.accept]
    order = {Weight.MEND: 0, Weight.LOOK: 1, Weight.OPEN: 2}
    return Report(
        site.site,
        trend.file,
        trend.source.what,
        span.moment(span.first_ns),
        span.moment(span.last_ns),
        seen.reading.rows,
        dict(seen.reading.lost.rows),
        tuple(_line(t, seen, j) for j, t in enumerate(trend.targets)),
        tuple(sorted(kept, key=lambda f: order[f.weight])),
    )


def _span(trend: Trend, seen: Seen) -> Span:
    first = min(s.first_ns for s in seen.surveys if s.first_ns is not None)
    last = max(s.last_ns for s in seen.surveys if s.last_ns is not None)
    return Span(first, last, trend.map.time.tz, trend.relative)


def _facts(trend: Trend, seen: Seen, j: int, means: np.ndarray[Any, np.dtype[np.float64]]) -> Facts:
    target, used = trend.targets[j], trend.used[j]
    signal = trend.site.signals.get(target.name)
    return Facts(
        used.name,
        target.name,
        target.si,
        seen.surveys[j],
        means,
        target.low,
        target.high,
        0.0 if signal is None else signal.resolution_si,
        signal is not None and (signal.noise > 0.0 or signal.resolution > 0.0),
        seen.limits_ns[j] / NS,
        used.column.hold is not None,
        None,
    )


def _with_machine(site: Site, facts: Facts, everything: list[Facts]) -> Facts:
    """With whether the machine of a reading stood all the time, as its command says."""
    part = site.twin.get(facts.name.partition(".")[0])
    if part is None or part.settle is None:
        return facts
    switch = next((f for f in everything if f.name == part.settle.switch), None)
    if switch is None or switch.survey.events == 0:
        return facts
    return Facts(**{**facts.__dict__, "off": bool(switch.survey.high < 0.5)})


def _of_file(trend: Trend, seen: Seen) -> Iterator[Finding]:
    yield from trend.guesses
    reading, all_rows = seen.reading, seen.reading.rows + seen.reading.lost.rows.total()
    for why, count in reading.lost.rows.items():
        ignored = why == "points that the map does not name"
        weight = Weight.MEND if count > _MANY * all_rows and not ignored else Weight.LOOK
        mend = ""
        if why == "local time that never was":
            weight = Weight.MEND
            mend = "the clock does not follow daylight saving: say its time.zone as UTC+HH:MM"
        text = f"{count} of {all_rows} rows are not used: {why}, first at {reading.lost.first[why]}"
        yield Finding("times" if "time" in why else "missing", weight, (), text, mend)
    if reading.told.repeated:
        text = f"{reading.told.repeated} rows are in an hour that comes twice, told apart by order"
        yield Finding("times", Weight.LOOK, (), text)
    if reading.late:
        text = f"{reading.late} rows come after a newer one, by up to {trend.map.time.reorder:g} s"
        yield Finding("times", Weight.LOOK, (), text + "; put in order")
    doubles = [s.doubles for s in seen.surveys]
    if same := max(d.same for d in doubles):
        yield Finding(
            "times", Weight.LOOK, (), f"{same} rows say a time again, and the same values"
        )
    for used, d in zip(trend.used, doubles, strict=True):
        if d.other:
            text = f"{d.other} times have two values; the later row is taken"
            yield Finding("times", Weight.LOOK, (used.name,), text)
    for name, words in reading.lost.words.items():
        said = ", ".join(f"{w!r} {n} times" for w, n in words.most_common(4))
        text = f"{words.total()} cells are neither a number nor a known word: {said}"
        yield Finding("words", Weight.LOOK, (name,), text, "words: {WORD: number}")
    yield from _in_doubt(trend, seen)
    yield from _other_units(trend)
    if missing := trend.absent:
        shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if missing[6:] else "")
        text = f"{len(missing)} signals and commands of the site have no column: {shown}"
        yield Finding("missing", Weight.OPEN, (), text, "a column, or a value under constants")


def _in_doubt(trend: Trend, seen: Seen) -> Iterator[Finding]:
    """What was read in one of two ways; the map can say which."""
    for doubt in trend.source.doubts:
        yield Finding("words", Weight.LOOK, (), doubt)
    if trend.map.decimal is not None:
        return
    for name, texts in seen.reading.lost.grouped.items():
        text, _ = texts.most_common(1)[0]
        mark = next(c for c in text if c in ".,")
        said = f"{texts.total()} cells such as {text!r}: {mark!r} is taken to part thousands"
        mend = "" if trend.source.what == "Parquet" else f"decimal: {mark!r} if it does not"
        yield Finding("words", Weight.LOOK, (name,), said, mend)


def _other_units(trend: Trend) -> Iterator[Finding]:
    """Columns whose name says another unit than the one that they are read in."""
    for used in trend.used if trend.map.long is None else ():
        said = trend.source.units[used.index]
        if used.column.unit is not None or said is None:
            continue
        scale = used.unit.scale_from(said)
        if scale is not None and scale != Scale(1.0, 0.0):
            text = f"is in {said} by its name, and read in {used.unit.name}: the map says no unit"
            yield Finding("unit", Weight.LOOK, (used.name,), text, f"unit: {said}")


def _line(target: Target, seen: Seen, j: int) -> Line:
    survey = seen.surveys[j]

    def shown(value: float) -> float | None:
        return (value - target.offset) / target.factor if np.isfinite(value) else None

    ends = sorted(v for v in (shown(survey.low), shown(survey.high)) if v is not None)
    return Line(
        target.file_name,
        target.name,
        target.unit,
        survey.events,
        survey.bad,
        survey.step_s(),
        seen.limits_ns[j] / NS,
        ends[0] if ends else None,
        ends[-1] if ends else None,
    )
