"""Times and values of a recorded trace, checked, without what is missing; and its noise."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import refuse

Floats = NDArray[np.float64]

MAD: Final = 1.4826
"""Median distance from the median to standard deviation of normal noise [-]: 1 / Φ⁻¹(3/4)."""

_ROUNDING: Final = 1e-12


class Trace(NamedTuple):
    """Times [s] that increase, and what was read at each; `missing` samples [-] were dropped."""

    t: Floats
    columns: tuple[Floats, ...]
    missing: int


def trace(t: ArrayLike, **columns: ArrayLike) -> Trace:
    """The samples at which every column has a value; times [s] need not be regular."""
    times = np.asarray(t, np.float64)
    values = {name: np.asarray(column, np.float64) for name, column in columns.items()}
    for name, column in values.items():
        if times.ndim != 1 or times.shape != column.shape:
            raise refuse(name, column.shape, f"must be as many as the times, {times.shape}")
        if np.isinf(column).any():
            raise refuse(name, float(column[np.isinf(column)][0]), "must be finite or missing")
    if not np.isfinite(times).all():
        raise refuse("t", float(times[~np.isfinite(times)][0]), "must be finite")
    back = np.flatnonzero(np.diff(times) <= 0.0)
    if len(back):
        raise refuse(f"t[{back[0] + 1}]", float(times[back[0] + 1]), "must increase")
    there = np.ones(len(times), np.bool_)
    for column in values.values():
        there &= ~np.isnan(column)
    kept = tuple(column[there] for column in values.values())
    return Trace(times[there], kept, int((~there).sum()))


def level(y: Floats) -> float:
    """Median [SI]: half of the samples may be wild."""
    return float(np.median(y))


def spread(y: Floats) -> float:
    """Standard deviation [SI] of normal noise with the same median distance from the median."""
    return MAD * float(np.median(np.abs(y - np.median(y))))


def about_line(t: Floats, y: Floats) -> Floats:
    """What is left of `y` [SI] above the straight line through it, 0 if only rounding is."""
    off: Floats = y - np.polynomial.Polynomial.fit(t, y, 1)(t)
    return off if np.abs(off).max() > _ROUNDING * np.abs(y).max() else np.zeros_like(y)


def noise(t: Floats, y: Floats) -> float:
    """Standard deviation [SI] of what changes from sample to sample, 0 of less than 3 samples.

    By the distance of each sample from the line between its neighbours, whose variance is
    1 + w² + (1 - w)² of that of a sample. Neither noise that is slower than the sampling nor a
    resolution that hides it shows here.
    """
    if len(t) < 3:
        return 0.0
    w = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    off = y[1:-1] - (1.0 - w) * y[:-2] - w * y[2:]
    return MAD * float(np.median(np.abs(off) / np.sqrt(1.0 + w * w + (1.0 - w) * (1.0 - w))))


class Noise(NamedTuple):
    """Noise as of a first-order autoregression: standard deviation [SI], `memory` [-].

    `memory` is the correlation from sample to sample; 0 of white noise.
    """

    sigma: float
    memory: float

    def median(self, samples: int) -> float:
        """Standard error of the median of so many samples [SI]; that of one at most.

        sqrt(π / 2) of that of a mean; of samples with memory r, (1 - r) / (1 + r) count (Bayley,
        Hammersley: The "effective" number of independent observations in an autocorrelated time
        series, Supplement to the Journal of the Royal Statistical Society 8 (1946) 184-197).
        """
        count = max(samples * (1.0 - self.memory) / (1.0 + self.memory), 1.0)
        return min(self.sigma, self.sigma * float(np.sqrt(0.5 * np.pi / count)))


def slow_noise(sigma: float, between: float) -> Noise:
    """Noise with a standard deviation `sigma` of which only `between` is seen by `noise` [SI].

    Of memory r, that sees the share 1 - (4 r - r²) / 3 of the variance.
    """
    if sigma <= between or sigma == 0.0:
        return Noise(sigma, 0.0)
    return Noise(sigma, 2.0 - float(np.sqrt(1.0 + 3.0 * (between / sigma) ** 2)))
