"""How far window means of a healthy plant stray: measured to a day, by a model beyond.

What the regression leaves is coloured over hours and days, and 28 days hold four independent
weeks. So the variance of window means is measured directly where there are many windows (up to
24 h), and a sum of white noise and Ornstein-Uhlenbeck processes of fixed time constants is fitted
to it by non-negative least squares. The slowest process is set by the means of the weeks: their
ratio to the means of the days, pooled over signals, at its upper 80 % confidence limit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import gammaincinv

from twin.diagnosis.settings import DAY_BLOCKS, Window

Floats = NDArray[np.float64]

WEEK_BLOCKS = 7 * DAY_BLOCKS
TAUS = (12.0, 72.0, 288.0, 1152.0)
"""Time constants of the mismatch [blocks]: 1 h, 6 h, 1 d, 4 d."""
SLOW = 14.0 * DAY_BLOCKS
"""Time constant of what only the weeks show [blocks] (assumed: 28 days cannot tell)."""
LENGTHS = (1, 3, 12, 72, 288)
"""Window lengths at which the variance is measured [blocks]."""
HALF = 0.5
"""Share of a window that must be usable for its mean to be counted [-]."""
UPPER = 0.2
"""Probability that the variance of the weeks is above what is taken for it [-]."""


@dataclass(frozen=True)
class Mismatch:
    """Variance of each process, float64[1 + len(TAUS) + 1, m]: white, OU..., slow OU."""

    parts: Floats

    def autocovariance(self, lags: Floats) -> Floats:
        """float64[lags, m] at lags in blocks; the white part is at lag 0."""
        taus = np.array([*TAUS, SLOW])
        decays = np.exp(-np.abs(lags)[:, None] / taus)
        return np.hstack([(lags == 0.0)[:, None] * 1.0, decays]) @ self.parts

    def variance(self, weights: Floats) -> Floats:
        """float64[m], variance of the sum of consecutive blocks with these weights."""
        # sum_ij w_i w_j c(i - j): the weights' own correlation against the autocovariance
        n = len(weights)
        spectrum = np.abs(np.fft.rfft(weights, 2 * n)) ** 2
        own = np.fft.irfft(spectrum, 2 * n)[:n]
        own[1:] *= 2.0
        result: Floats = own @ self.autocovariance(np.arange(n, dtype=np.float64))
        return np.maximum(result, 0.0)


def window_means(left: Floats, usable: NDArray[np.bool_], blocks: int) -> Floats:
    """float64[n - blocks + 1, m] moving means of what is usable; NaN where less than half is."""
    sums = np.cumsum(np.vstack([np.zeros(left.shape[1]), np.where(usable, left, 0.0)]), axis=0)
    counts = np.cumsum(np.vstack([np.zeros(left.shape[1]), usable]), axis=0)
    total = sums[blocks:] - sums[:-blocks]
    count = counts[blocks:] - counts[:-blocks]
    return np.where(count >= HALF * blocks, total / np.maximum(count, 1.0), np.nan)


def mean_square(values: Floats) -> Floats:
    """float64[m], mean square of what is not NaN; 0 of a signal without any value."""
    finite = np.isfinite(values)
    squares = np.where(finite, values, 0.0) ** 2
    result: Floats = squares.sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
    return result


def correlation(means: Floats, independent: float) -> Floats:
    """Correlation of window means, shrunk to none by m / (m + independent windows) [-]."""
    m = means.shape[1]
    finite = np.isfinite(means)
    x = np.where(finite, means, 0.0)
    x = x / np.sqrt(np.maximum(mean_square(means), 1e-300))
    both = finite.T.astype(np.float64) @ finite.astype(np.float64)
    raw = (x.T @ x) / np.maximum(both, 1.0)
    shrink = m / (m + max(independent, 1.0))
    shrunk = (1.0 - shrink) * raw
    np.fill_diagonal(shrunk, 1.0)
    return _positive(shrunk)


def _positive(correlations: Floats) -> Floats:
    """The nearest that has no direction of less than 1 % of the mean variance."""
    values, vectors = np.linalg.eigh(0.5 * (correlations + correlations.T))
    fixed = (vectors * np.maximum(values, 0.01)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diag(fixed))
    result: Floats = fixed * scale[:, None] * scale[None, :]
    return result


def mismatch(left: Floats, usable: NDArray[np.bool_]) -> Mismatch:
    """Processes that give the variances of window means of the remainders float64[n, m]."""
    lengths = [n for n in LENGTHS if n <= len(left)]
    measured = np.array([mean_square(window_means(left, usable, n)) for n in lengths])
    shapes = np.array([_shape(n) for n in lengths])
    parts = np.zeros((len(TAUS) + 2, left.shape[1]))
    for i in range(left.shape[1]):
        weight = 1.0 / np.maximum(measured[:, i], 1e-300)
        parts[:-1, i], _ = nnls(shapes[:, :-1] * weight[:, None], measured[:, i] * weight)
    lacking = _weeks(left, usable, measured[-1]) - _shape(WEEK_BLOCKS)[:-1] @ parts[:-1]
    parts[-1] = np.maximum(lacking, 0.0) / _shape(WEEK_BLOCKS)[-1]
    return Mismatch(parts)


def _shape(blocks: int) -> Floats:
    """Variance of the mean of so many blocks, of each process with variance 1."""
    unit = Mismatch(np.eye(len(TAUS) + 2))
    return unit.variance(np.full(blocks, 1.0 / blocks))


def _weeks(left: Floats, usable: NDArray[np.bool_], of_days: Floats) -> Floats:
    """float64[m], variance of week means: own and pooled ratio to that of days, upper limit."""
    weeks = window_means(left, usable, WEEK_BLOCKS)[::WEEK_BLOCKS]
    own = mean_square(weeks)
    seen = (own > 0.0) & (of_days > 0.0)
    if not seen.any():
        return of_days
    pooled = of_days * float(np.exp(np.mean(np.log(own[seen] / of_days[seen]))))
    days = window_means(left, usable, DAY_BLOCKS)[::DAY_BLOCKS]
    free = len(weeks) * effective_number(correlation(days, len(days)))
    upper = free / (2.0 * float(gammaincinv(free / 2.0, UPPER)))  # chi2 with `free` degrees
    result: Floats = upper * np.sqrt(np.where(seen, own, pooled) * pooled)
    return result


def effective_number(correlations: Floats) -> float:
    """How many independent signals tell as much as these [-]: (tr R)^2 / tr R^2."""
    return float(np.trace(correlations) ** 2 / np.sum(correlations**2))


def slope_weights(window: Window) -> Floats:
    """float64[panes], weights of the panes, oldest first, that sum up a change; they sum to 0."""
    middle = (np.arange(window.panes) + 0.5) / window.panes - 0.5
    weights: Floats = middle / window.panes
    return weights


def memory(blocks: int, against: int, model: Mismatch) -> Floats:
    """float64[m], how much of the mean of the longer window the shorter at its end keeps [-].

    It is the covariance of the two means over the variance of the longer.
    """
    short, long = np.zeros(against), np.full(against, 1.0 / against)
    short[-blocks:] = 1.0 / blocks
    both = model.variance(short + long) - model.variance(short) - model.variance(long)
    result: Floats = 0.5 * both / np.maximum(model.variance(long), 1e-300)
    within: Floats = np.minimum(np.maximum(result, 0.0), 1.0)
    return within


def step_covariance(
    left: Floats, usable: NDArray[np.bool_], blocks: int, against: int, keep: Floats
) -> Floats:
    """Covariance float64[m, m] of what the memory does not predict of a window's mean."""
    long = window_means(left, usable, against)
    means = window_means(left, usable, blocks)[-len(long) :] - keep * long
    sd = np.sqrt(np.maximum(mean_square(means), 1e-4))
    result: Floats = correlation(means, len(left) / blocks) * np.outer(sd, sd)
    return result


def of_window(
    window: Window, left: Floats, usable: NDArray[np.bool_], model: Mismatch
) -> tuple[Floats, Floats | None]:
    """Covariances float64[m, m] of the window's mean and of its slope sum (if it has one)."""
    blocks = min(window.blocks, DAY_BLOCKS)
    means = window_means(left, usable, blocks)
    alike = correlation(means, len(left) / blocks)
    modelled = model.variance(np.full(window.blocks, 1.0 / window.blocks))
    variance = np.maximum(modelled, mean_square(means)) if blocks == window.blocks else modelled
    floor = 1e-4 * np.median(variance[variance > 0.0]) if (variance > 0.0).any() else 1.0
    sd = np.sqrt(np.maximum(variance, floor))
    if not window.slope:
        return alike * np.outer(sd, sd), None
    steps = np.repeat(slope_weights(window), window.pane_blocks) / window.pane_blocks
    slope_sd = np.sqrt(np.maximum(model.variance(steps), 1e-4 * np.median(sd) ** 2))
    return alike * np.outer(sd, sd), alike * np.outer(slope_sd, slope_sd)
