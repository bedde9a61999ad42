"""A measured trace against a reference: is it inside the funnel around it?"""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import refuse
from twin.response.funnel import Floats, Tolerance, Tube, on_line, sweep_of, trace_of, tube_of

MAY_MISS = 0.1
"""Share of samples, or of the reference's time, that a trace may lack [-] (assumed)."""

_ROUNDING = 8.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Compared:
    """What can be said of a trace; `inside` is None where that cannot.

    `worst` is the largest distance of a sample from the tube [SI], `at_s` when, `share_outside` of
    the `judged` samples [-]; `missing` counts NaN, `beyond` samples where there is no tube.
    `between` is the largest distance of straight lines between neighbours [SI]: they leave a tube
    with steps although no sample does, and show what too few samples hide. `lacks_until_s` and
    `lacks_from_s` say where the reference goes on without the trace. NaN: nothing to judge.
    """

    inside: bool | None
    worst: float
    at_s: float | None
    share_outside: float
    judged: int
    missing: int
    beyond: int
    between: float
    lacks_until_s: float | None
    lacks_from_s: float | None

    @property
    def why(self) -> str:
        """The same in words."""
        said = [
            (self.judged == 0, "no sample to judge"),
            (self.judged > 0, f"{self.share_outside:.3g} of {self.judged} samples outside"),
            (self.worst > 0.0, f"worst by {self.worst:.4g} at {self.at_s} s"),
            (self.between > 0.0, f"lines between samples leave by {self.between:.4g}"),
            (self.missing > 0, f"{self.missing} samples missing"),
            (self.beyond > 0, f"{self.beyond} samples where there is no reference"),
            (self.lacks_until_s is not None, f"nothing until {self.lacks_until_s} s"),
            (self.lacks_from_s is not None, f"nothing from {self.lacks_from_s} s on"),
            (self.inside is None, "too little for a verdict"),
        ]
        return "; ".join(words for holds, words in said if holds)


def within(
    reference_t: ArrayLike,
    reference_y: ArrayLike,
    measured_t: ArrayLike,
    measured_y: ArrayLike,
    tolerance: Tolerance,
    *,
    may_miss: float = MAY_MISS,
    lines: bool = False,
) -> Compared:
    """Whether the samples of a trace [s], [SI] are in the tube; with `lines`, what joins them too.

    One violation refutes, whatever is missing. Without one, more than the share `may_miss` [-] of
    the samples or of the reference's time missing leaves it open.
    """
    if not 0.0 <= may_miss <= 1.0:
        raise refuse("may_miss", may_miss, "must be from 0 to 1")
    sweep = sweep_of(reference_t, reference_y, tolerance)
    t, y = trace_of("measured", measured_t, measured_y)
    lower, upper = sweep.bounds(t)
    missing, beyond = np.isnan(y), np.isnan(upper)
    judged = ~missing & ~beyond
    seen, excess = t[judged], _excess(y, lower, upper)[judged]
    count, outside = len(seen), int((excess > 0.0).sum())
    between = _between(tube_of(sweep), t, y)
    until = float(seen[0]) if count and seen[0] > sweep.end[0] else None
    since = float(seen[-1]) if count and seen[-1] < sweep.begin[-1] else None
    start, stop = float(sweep.t[0]), float(sweep.t[-1])
    lack_s = (0.0 if until is None else until - start) + (0.0 if since is None else stop - since)
    lacks = not count or max(float(missing.mean()), lack_s / (stop - start)) > may_miss
    refuted = outside > 0 or (lines and between > 0.0)
    return Compared(
        inside=False if refuted else None if lacks else True,
        worst=float(excess.max()) if count else nan,
        at_s=float(seen[excess.argmax()]) if outside else None,
        share_outside=outside / count if count else nan,
        judged=count,
        missing=int(missing.sum()),
        beyond=int((beyond & ~missing).sum()),
        between=between,
        lacks_until_s=until,
        lacks_from_s=since,
    )


def _between(tube: Tube, t: Floats, y: Floats) -> float:
    """Largest distance of lines between samples from the tube, NaN if there is none in its time."""
    at = np.unique(np.concatenate([tube.t, t]))
    at = at[(at >= max(tube.t[0], t[0])) & (at <= min(tube.t[-1], t[-1]))]
    row, sample = (np.searchsorted(times, at[:-1], "right") - 1 for times in (tube.t, t))
    polylines = [(t, y, sample), (tube.t, tube.lower, row), (tube.t, tube.upper, row)]
    found = [[on_line(x, v, i, ends) for ends in (at[:-1], at[1:])] for x, v, i in polylines]
    line, lower, upper = np.array(found)
    there = ~np.isnan(line)
    return float(_excess(line, lower, upper)[there].max()) if there.any() else nan


def _excess(y: Floats, lower: Floats, upper: Floats) -> Floats:
    """Distance from the tube, 0 inside and where something is NaN; rounding is no distance."""
    far = np.maximum(y - upper, lower - y)
    return np.where(far > _ROUNDING * (np.abs(y) + np.abs(lower) + np.abs(upper)), far, 0.0)
