"""Whether a trace oscillates: at which period, how strongly, and whether it dies away.

By the zero crossings of the autocorrelation, in which noise gathers at lag 0 and an oscillation
goes on: Thornhill, Huang, Zhang: Detection of multiple oscillations in control loops, Journal of
Process Control 13 (2003) 91-100. They call it regular where the intervals between crossings have a
mean of more than 3 standard deviations. Here the first peak has to stand out as well, of what noise
of the same slowness leaves (Bartlett's formula: Box, Jenkins: Time Series Analysis, 2.1.6) and of
what a quarter-amplitude decay would.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from twin.response.correlation import correlate, is_sparse, regular
from twin.response.trace import Floats, about_line, trace

MOST: Final = 11
"""Crossings that are looked at [-], as in the paper."""
LEAST: Final = 5
"""Crossings without which nothing is regular [-] (assumed)."""
_QUARTER: Final = 0.25
"""Decay of amplitude in one period from which a loop counts as damped [-]."""
_SURE: Final = 3.5
"""Standard errors by which a peak stands out of noise [-]; of 3, 1 % of slow noise would."""
_HARDLY: Final = 2.0
"""Standard errors of white noise below which no crossing counts [-]."""
_SAMPLES: Final = 50
"""Samples from which a trace is judged [-] (assumed)."""
_FITTED: Final = 8
"""Samples in the cycles that a sine is fitted to [-] (assumed)."""


@dataclass(frozen=True)
class Oscillation:
    """What a trace does around its level; None is what cannot be had, and `why` says so.

    `index` is the lesser of `regularity` and `strength` [-]: above 1 it oscillates. If it does,
    `period_s` [s], `amplitude` of the sine in a cycle, as the median of all [SI], `decay_ratio`
    of the amplitude from one cycle to the next [-] (1 goes on, below 1 dies away) and the number of
    `cycles` [-]. `missing` samples [-] were skipped.
    """

    index: float | None = None
    regularity: float | None = None
    strength: float | None = None
    period_s: float | None = None
    amplitude: float | None = None
    decay_ratio: float | None = None
    cycles: float | None = None
    missing: int = 0
    why: str = ""

    @property
    def oscillates(self) -> bool | None:
        """Whether it does, None where that cannot be said."""
        return None if self.index is None else self.index > 1.0


def oscillation(t: ArrayLike, y: ArrayLike) -> Oscillation:
    """Whether `y` [SI] oscillates over `t` [s], about the straight line through it.

    Hand it the control error where the set point moves. At least five periods are needed: what is
    slower cannot be told from drift.
    """
    times, (values,), missing = trace(t, y=y)
    known = Oscillation(missing=missing)
    if len(times) < _SAMPLES:
        return replace(known, why=f"only {len(times)} samples, less than {_SAMPLES}")
    off = about_line(times, values)
    if not off.any():
        return replace(known, index=0.0, why="does not move")
    if is_sparse(times):
        return replace(known, why="more gaps than samples")
    grid = regular(times, off)
    longest = len(grid.columns[0]) // 2
    r = correlate(grid.columns[0], grid.columns[0], longest)[longest:]
    crossings = _crossings(r, _HARDLY / np.sqrt(len(times)))[:MOST]
    if len(crossings) < LEAST:
        few = "moves too slowly, or dies away too soon, to show five periods"
        return replace(known, why=few)
    intervals = np.diff(crossings)
    scatter = float(np.std(intervals, ddof=1))
    regularity = float(np.mean(intervals)) / (3.0 * max(scatter, 1e-9))
    strength = _strength(r, crossings, len(times))
    index = min(regularity, strength)
    known = replace(known, index=index, regularity=regularity, strength=strength)
    if index <= 1.0:
        return replace(known, why="irregular" if regularity <= 1.0 else "weak, or well damped")
    return _measured(known, times, off, 2.0 * float(np.mean(intervals)) * grid.step_s)


def _crossings(r: Floats, hardly: float) -> Floats:
    """Lags [samples] at which `r` goes from more than `hardly` [-] to less than its negative."""
    clear = np.flatnonzero(np.abs(r) > hardly)
    turns = np.flatnonzero(np.diff(np.sign(r[clear])) != 0.0)
    found = []
    for first, last in zip(clear[turns], clear[turns + 1], strict=True):
        part = r[first : last + 1]
        at = np.flatnonzero(np.signbit(part[1:]) != np.signbit(part[:-1]))
        zeros = first + at + part[at] / (part[at] - part[at + 1])
        found.append(0.5 * (zeros[0] + zeros[-1]))
    return np.array(found)


def _strength(r: Floats, crossings: Floats, samples: int) -> float:
    """The peak after one period, to what slow noise or a damped loop would have [-]."""
    peak = float(r[int(crossings[1]) : int(crossings[2]) + 2].max())
    slow = 1.0 + 2.0 * float(np.sum(np.square(r[1 : int(crossings[0]) + 1])))
    return peak / max(_QUARTER, _SURE * float(np.sqrt(slow / samples)))


def _measured(known: Oscillation, t: Floats, off: Floats, period_s: float) -> Oscillation:
    """Amplitude and decay, by a sine through each cycle, or through several if they are short."""
    per_period = period_s / float(np.median(np.diff(t)))
    together = int(np.ceil(_FITTED / per_period))
    block = ((t - t[0]) / (together * period_s)).astype(np.intp)
    angle = 2.0 * np.pi * (t - t[0]) / period_s
    waves = np.column_stack([np.ones_like(t), np.cos(angle), np.sin(angle)])
    known = replace(known, period_s=period_s, cycles=float((t[-1] - t[0]) / period_s))
    sizes: list[float] = []
    places: list[int] = []
    for k in range(int(block[-1])):  # the last one is not whole
        inside = block == k
        if np.count_nonzero(inside) >= 0.75 * per_period * together:
            found = np.linalg.lstsq(waves[inside], off[inside], rcond=None)[0]
            sizes.append(float(np.hypot(found[1], found[2])))
            places.append(k)
    if len(sizes) < 3 or min(sizes) <= 0.0:
        return replace(known, why="too few whole cycles for an amplitude")
    # a small one has the larger error in its logarithm: weight by size
    slope = np.polyfit(np.array(places, np.float64), np.log(sizes), 1, w=np.array(sizes))[0]
    decay = float(np.exp(slope / together))
    return replace(known, amplitude=float(np.median(sizes)), decay_ratio=decay)
