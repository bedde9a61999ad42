"""Checks of one column by itself: is there anything in it, does it move, is it within its range."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.trend.finding import Finding, Weight
from twin.trend.relations import Values
from twin.trend.survey import NS, Survey

_HALF: Final = 0.5
_SOME: Final = 0.05
_STUCK_S: Final = 6 * 3600.0
"""A sensor that says exactly the same for longer is stuck (assumed) [s]."""
_LEAST_S: Final = 2 * 3600.0
"""Of shorter data nothing is said about what stands still [s]."""


@dataclass(frozen=True)
class Facts:
    """What is known of a column; all numbers in SI."""

    file_name: str
    name: str
    si: str
    survey: Survey
    means: Values
    """Over equal spans of time; NaN where nothing good was logged."""
    low: float
    high: float
    resolution: float
    moves: bool
    """Whether its sensor is never quite still: the site gives it noise or a resolution."""
    limit_s: float
    """Age beyond which a value is no longer believed [s]."""
    held_by_map: bool
    off: bool | None
    """Whether its machine stood all the time; None: not known, or it has none."""


@dataclass(frozen=True)
class Span:
    """The time of the data as a whole, and how to write an instant."""

    first_ns: int
    last_ns: int
    zone: tzinfo
    relative: bool

    @property
    def seconds(self) -> float:
        """Length [s]."""
        return (self.last_ns - self.first_ns) / NS

    def moment(self, t_ns: int) -> str:
        """An instant for people: local time, or seconds since the begin."""
        if self.relative:
            return f"{t_ns / NS:g} s"
        return (
            datetime.fromtimestamp(t_ns / NS, UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        )


def outside(facts: Facts) -> NDArray[np.bool_]:
    """Spans in which it is outside its sensor's range, if it is that for half of them at most.

    More is a wrong unit, see hypotheses.
    """
    found = (facts.means < facts.low) | (facts.means > facts.high)
    return found & bool(found.sum() <= _HALF * np.isfinite(facts.means).sum())


def check_column(facts: Facts, span: Span) -> Iterator[Finding]:
    """What is wrong with a column that can be seen in it alone."""
    missing = list(_missing(facts, span))
    yield from missing
    if any(f.weight is Weight.MEND for f in missing):
        return
    still = list(_still(facts, span))
    yield from still
    if not still:
        yield from _range(facts, span)
    yield from _held(facts)


def _missing(facts: Facts, span: Span) -> Iterator[Finding]:
    survey, column = facts.survey, (facts.file_name,)
    if survey.events == 0 or survey.bad == survey.events:
        text = f"{facts.name}: no good value at all"
        if survey.events:
            text += f" in {survey.events} that were logged"
        yield Finding("missing", Weight.MEND, column, text, "ignore: true, or another column")
        return
    share = 1.0 - _covered(facts, span)
    if share > _SOME:
        weight = Weight.MEND if share > _HALF else Weight.LOOK
        text = f"{facts.name}: no good value for {share:.0%} of the time"
        if survey.bad:
            text += f" ({survey.bad} of {survey.events} logged values are bad)"
        yield Finding("missing", weight, column, text, "", _where(facts, span))


def _covered(facts: Facts, span: Span) -> float:
    """Share of the time for which there is a value that is not too old [-]."""
    if span.seconds <= 0.0 or not len(facts.means):
        return 1.0
    known = np.isfinite(facts.means)
    # a value stands for its limit: with rare ones most spans of time have none of their own
    bin_s = span.seconds / len(known)
    reach = int(facts.limit_s // max(bin_s, 1e-9))
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), -(1 << 40)))
    return float((np.arange(len(known)) - last <= reach).mean())


def _where(facts: Facts, span: Span) -> str:
    """The longest time without a value."""
    known = np.flatnonzero(np.isfinite(facts.means))
    edges = np.concatenate([[-1], known, [len(facts.means)]])
    longest = int(np.argmax(np.diff(edges)))
    bin_ns = (span.last_ns - span.first_ns) / max(1, len(facts.means))
    begin = span.first_ns + int((edges[longest] + 1) * bin_ns)
    end = min(span.last_ns, span.first_ns + int(edges[longest + 1] * bin_ns))
    return f"{span.moment(begin)} to {span.moment(end)}"


def _still(facts: Facts, span: Span) -> Iterator[Finding]:
    survey = facts.survey
    if not facts.moves or span.seconds < _LEAST_S or survey.events - survey.bad < 3:
        return
    column = (facts.file_name,)
    if survey.high - survey.low <= 1e-9 * max(1.0, abs(survey.high)):
        text = f"{facts.name}: {survey.low:g} {facts.si} all the time, in {survey.events} values"
        if facts.off and survey.low == 0.0 and facts.si != "K":
            text += "; its machine stood, so that may be"
            yield Finding("constant", Weight.OPEN, column, text)
        else:
            yield Finding("constant", Weight.MEND, column, text, "ignore: true, or another column")
        return
    stuck_s = survey.longest_same_ns / NS
    if stuck_s < _STUCK_S or (facts.off and facts.si != "K"):
        return
    begin = survey.same_since_ns
    where = f"{span.moment(begin)} to {span.moment(begin + survey.longest_same_ns)}"
    weight = Weight.MEND if stuck_s > _HALF * span.seconds else Weight.LOOK
    text = f"{facts.name}: exactly the same value for {stuck_s / 3600.0:.1f} h"
    yield Finding("stuck", weight, column, text, "", where)


def _range(facts: Facts, span: Span) -> Iterator[Finding]:
    spans = int(outside(facts).sum())
    if spans > 2:
        share = spans / np.isfinite(facts.means).sum()
        text = (
            f"{facts.name}: outside its sensor's range {facts.low:g} to {facts.high:g} {facts.si}"
            f" for {share:.1%} of the time ({facts.survey.low:g} to"
            f" {facts.survey.high:g}); not used there"
        )
        yield Finding("range", Weight.LOOK, (facts.file_name,), text)


def _held(facts: Facts) -> Iterator[Finding]:
    step_s = facts.survey.step_s()
    if facts.held_by_map and step_s > 1.05 * facts.limit_s:
        text = (
            f"{facts.name}: values usually come {step_s:.3g} s apart, but are believed for"
            f" {facts.limit_s:g} s only"
        )
        yield Finding("hold", Weight.LOOK, (facts.file_name,), text, f"hold: {2.5 * step_s:.3g} s")
