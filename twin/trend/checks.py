"""All checks of measured data, before anything is estimated from them."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from twin.site.model import Site
from twin.trend.clock_shift import clock_shifts
from twin.trend.columns import Facts, Span, check_column, outside
from twin.trend.finding import Finding, Weight
from twin.trend.hypotheses import Suspect, Verdict, explain
from twin.trend.relations import Readings, Relation, Values, in_range, relations

MOST_SPANS: Final = 2000
"""Spans of time on which balances are looked at [-]; more say nothing new."""


def check_all(
    site: Site, facts: Sequence[Facts], suspects: Sequence[Suspect], span: Span, width_s: float
) -> list[Finding]:
    """Everything that is found in the columns of a data file.

    `facts` of all used columns; `suspects` those of them that are signals, by the same names;
    `width_s` is the length of a span of the means [s].
    """
    found = [f for fact in facts for f in check_column(fact, span)]
    dead = {c for f in found if f.weight is Weight.MEND for c in f.columns}
    file_name = {f.name: f.file_name for f in facts}
    held = {f.name: _held(f, width_s) for f in facts if f.file_name not in dead}
    thin = {name: values[:: max(1, len(values) // MOST_SPANS)] for name, values in held.items()}
    alive = [s for s in suspects if s.name in held]
    must = [*relations(site), *in_range(site, [s.name for s in alive])]
    verdicts, left = explain(alive, must, thin)
    found += [_finding(verdict, thin, file_name) for verdict in verdicts]
    found += [_contradiction(relation, thin, file_name) for relation in left]
    wrong = {c for f in found if f.weight is Weight.MEND for c in f.columns}
    sound = {n: v for n, v in held.items() if file_name[n] not in wrong}
    for shift in clock_shifts(site, sound, width_s):
        columns = tuple(file_name[c] for c in shift.columns)
        how = "later" if shift.later_s > 0 else "earlier"
        text = (
            f"{' or '.join(shift.columns)}: the clock stands {abs(shift.later_s) / 3600.0:g} h"
            f" {how} than that of {shift.partner}: changes agree by {shift.correlation:.2f} with"
            f" that shift, by {shift.without:.2f} without"
        )
        found.append(Finding("clock", Weight.MEND, columns, text, "mend the export's time zone"))
    return found + _blind(alive, must, thin, file_name, wrong)


def _held(facts: Facts, width_s: float) -> Values:
    """Means with values that stand for as long as they are believed, within the sensor's range."""
    known = np.isfinite(facts.means) & ~outside(facts)
    at = np.arange(len(known))
    last = np.maximum.accumulate(np.where(known, at, -1))
    reach = int(facts.limit_s // width_s)
    believed = (last >= 0) & (at - last <= reach)
    return np.where(believed, facts.means[last.clip(0)], np.nan)


def _finding(verdict: Verdict, readings: Readings, file_name: Mapping[str, str]) -> Finding:
    first, *others = verdict.explanations
    evidence = "; ".join(_said(r, readings) for r in verdict.broken[:2])
    if len(verdict.broken) > 2:
        evidence += f"; and {len(verdict.broken) - 2} more"
    subject = "" if first.kind == "swapped" else f"{first.columns[0]} "
    names = {c for h in verdict.explanations for c in h.columns}
    columns = tuple(file_name[c] for c in sorted(names) if c in file_name)
    if verdict.told:
        also = [h for h in others if h.text != first.text]
        text = f"{subject}{first.text}"
        if also:
            text += f" (or {' or '.join(h.text for h in also[:2])})"
        columns = tuple(file_name[c] for c in first.columns)
        return Finding(first.kind, Weight.MEND, columns, f"{text}: {evidence}", first.mend)
    words = [
        h.text if h.kind == "swapped" else f"{h.columns[0]} {h.text}" for h in verdict.explanations
    ]
    text = f"cannot be told which: {', or '.join(words)}: {evidence}"
    return Finding("contradiction", Weight.MEND, columns, text)


def _contradiction(relation: Relation, readings: Readings, file_name: Mapping[str, str]) -> Finding:
    columns = tuple(file_name[c] for c in relation.signals if c in file_name)
    said = _said(relation, readings)
    text = f"no single unit, sign, shift or swap makes these fit together: {said}"
    return Finding("contradiction", Weight.MEND, columns, text)


def _said(relation: Relation, readings: Readings) -> str:
    number = relation.number(readings)
    return f"{relation.text.format(number)} (should be {relation.low:g} to {relation.high:g})"


def _blind(
    suspects: Sequence[Suspect], must: Sequence[Relation], readings: Readings,
    file_name: Mapping[str, str], wrong: set[str],
) -> list[Finding]:  # fmt: skip
    """Columns of which these data would not show a reversed sign or a wrong unit."""
    found = []
    for suspect in suspects:
        if file_name[suspect.name] in wrong:
            continue
        mine = [r for r in must if suspect.name in r.signals]
        blind = [
            what
            for what, values in _spoilt(suspect, readings[suspect.name])
            if all(r.holds(r.number({**readings, suspect.name: values})) for r in mine)
        ]
        if blind:
            text = f"{suspect.name}: {' and '.join(blind)} would not show in these data"
            column = (file_name[suspect.name],)
            found.append(Finding("unit", Weight.OPEN, column, text))
    return found


def _spoilt(suspect: Suspect, values: Values) -> list[tuple[str, Values]]:
    """A column as it would be with usual mistakes of an export."""
    if suspect.si == "K":
        return [
            ("a reversed sign", 2.0 * 273.15 - values),
            ("degF for degC", (values - 273.15) * 1.8 + 32.0 + 273.15),
        ]
    factor = {"W": ("kW for MW", 1e-3), "Pa": ("bar for kPa", 1e-2), "kg/s": ("m3/h for kg/s", 3.6)}
    if suspect.si not in factor:
        return []
    what, times = factor[suspect.si]
    return [("a reversed sign", -values), (what, values * times)]


def accepted(findings: Sequence[Finding], accept: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Findings without those that the map accepts of every column that they name."""
    return [
        f
        for f in findings
        if not f.columns or not all(f.kind in accept.get(c, ()) for c in f.columns)
    ]
