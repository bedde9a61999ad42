"""Correlation of traces with themselves and one another, over whatever samples there are.

Lags are whole steps of a regular grid; NaN marks cells that nobody measured.
"""

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from twin.response.trace import Floats

_SPARSE = 10.0
"""Cells for each sample from which correlations are not worth their memory [-] (assumed)."""


class Grid(NamedTuple):
    """A trace on regular times: the first [s], the step [s], and columns with NaN in gaps."""

    start_s: float
    step_s: float
    columns: tuple[Floats, ...]


def is_sparse(t: Floats) -> bool:
    """Whether most of a regular grid over these times [s] would be gaps."""
    return bool(t[-1] - t[0] > _SPARSE * len(t) * np.median(np.diff(t)))


def regular(t: Floats, *columns: Floats) -> Grid:
    """A trace on a grid of the median interval, by lines between samples that are not far apart.

    Further apart than two intervals is a gap.
    """
    step_s = float(np.median(np.diff(t)))
    at = t[0] + step_s * np.arange(int((t[-1] - t[0]) / step_s + 1e-6) + 1)
    right = np.clip(np.searchsorted(t, at), 1, len(t) - 1)
    gap = (t[right] - t[right - 1] > 2.0 * step_s * (1.0 + 1e-6)) & (at > t[right - 1])
    gap &= at < t[right]
    filled = (np.where(gap, np.nan, np.interp(at, t, column)) for column in columns)
    return Grid(float(t[0]), step_s, tuple(filled))


def correlate(a: Floats, b: Floats, longest: int) -> Floats:
    """Correlation [-] of `a` with a `b` that comes later, at lags from `-longest` to `longest`.

    Both about their means. Each lag by the mean product of the pairs that it has, so that neither
    gaps nor the ends make it smaller; 0 where there are no pairs.
    """
    here, there = ~np.isnan(a), ~np.isnan(b)
    x = np.where(here, a - np.nanmean(a), 0.0)
    y = np.where(there, b - np.nanmean(b), 0.0)
    size = next_fast_len(len(a) + longest + 1, real=True)
    products = irfft(np.conj(rfft(x, size)) * rfft(y, size), size)
    pairs = np.rint(irfft(np.conj(rfft(here * 1.0, size)) * rfft(there * 1.0, size), size))
    scale = np.sqrt(np.mean(x[here] ** 2) * np.mean(y[there] ** 2))
    lags = np.arange(-longest, longest + 1)
    if scale == 0.0:
        return np.zeros(len(lags))
    found: Floats = products[lags] / (np.maximum(pairs[lags], 1.0) * scale)
    return np.where(pairs[lags] > 0.5, found, 0.0)
