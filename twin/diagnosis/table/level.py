"""A channel as a level that wanders and noise on top: what its head says of both.

    reading  y = μ + e,     e ~ (0, R)
    level    μ' = μ + w,    w ~ (0, Q)

In steady state its Kalman filter is one gain K: m' = m + K (y - m), with Q = R K²/(1 - K) and
the variance of m equal to K R (Muth 1960, Harvey 1989 ch. 2.4 and 4.1). A steady channel has a
gain near none and its baseline is the mean of the head; a channel that drifts has a large one, and
only what is faster than its own drift is news. Nothing is extrapolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SETTLING = 10
"""Rows of a head that only set the level [row]."""
NEARLY, JUMPING = 0.15, 0.6
"""More than the second share of the steps of a jumping channel are whole multiples of one size, to
the first share of it [-]; of normal noise it would be three tenths."""
NO_WORSE = 0.1
"""Logs of squared misses that differ by less are alike in a head of a few hundred rows [-]."""


@dataclass(frozen=True)
class Levels:
    """One entry a channel: gain [-] and noise of a reading about its prediction [channel]."""

    gain: Array
    noise: Array

    @property
    def reading_variance(self) -> Array:
        """R in units of the noise squared [-]: innovations have the variance R/(1 - K)."""
        return 1.0 - self.gain

    @property
    def drift_variance(self) -> Array:
        """Q, per row, in units of the noise squared [-]."""
        return self.gain**2

    def mean_variance(self, rows: float | Array, ahead: float | Array = 0.0) -> Array:
        """Variance of the mean of `rows` [row] readings about the filter's level `ahead` [row].

        In units of the noise squared [-]: of the level when the filter stopped, of its walk up to
        the first of the readings and between them, and of the readings.
        """
        n = np.asarray(rows, dtype=float)
        walk = ahead + (n + 1.0) * (2.0 * n + 1.0) / (6.0 * n)
        R, Q = self.reading_variance, self.drift_variance
        return np.asarray(self.gain * R + Q * walk + R / n)


def first_noise(head: Array) -> Array:
    """Noise of neighbouring readings, float64[channels], without the largest hundredth of steps.

    Zero where a channel never changes. Where most steps are none, the others say the resolution,
    and noise is at least what rounding to it makes (0.3 of it): a head that happens to round to one
    number must not make the next number a wonder.
    """
    noise = np.empty(head.shape[1])
    for c, column in enumerate(head.T):
        step = np.abs(np.diff(column[np.isfinite(column)]))
        kept = np.sort(step)[: max(1, int(0.99 * step.size))]
        whole = _rms(step)
        noise[c] = (_rms(kept) or whole) / np.sqrt(2.0)
        if whole and np.median(step) < 0.1 * whole:
            noise[c] = max(noise[c], 0.3 * float(np.median(step[step >= whole])))
    return noise


def coarse_step(head: Array, dwell: float) -> Array:
    """Step of each channel that has one value for a `dwell` [-] of the head, else 0; its own unit.

    Rounding hides what such a channel does within its step: two heads may round to one value.
    """
    step = np.zeros(head.shape[1])
    for c, column in enumerate(head.T):
        there = column[np.isfinite(column)]
        values, counts = np.unique(there, return_counts=True)
        if counts.max() >= dwell * there.size and values.size > 1:
            off = np.abs(there - values[np.argmax(counts)])
            step[c] = np.median(off[off >= _rms(off)])
    return step


def jumping(head: Array) -> Mask:
    """Channels that jump between few values, bool[channels].

    How often they do so depends on where their level lies between two.
    """
    found = np.zeros(head.shape[1], dtype=bool)
    for c, column in enumerate(head.T):
        step = np.abs(np.diff(column[np.isfinite(column)]))
        size = step / max(float(np.median(step[step >= 0.5 * _rms(step)])), 1e-300)
        found[c] = np.mean(np.abs(size - np.round(size)) < NEARLY) > JUMPING
    return found


def fit(head: Array, gains: Sequence[float], windows: Sequence[int], clip: float) -> Levels:
    """Levels of all channels of `head`, float64[rows, channels], NaN where nothing was read.

    Of `gains` [-] a channel takes the one whose level foretells best the mean of the next readings,
    over all `windows` [row] alike (mean log of the squared misses); the smallest of those that are
    as good, for a level that stands still also sees what creeps. One row ahead alone would take
    noise that lasts a few rows for a drift. Readings count with at most `clip` [-] noise levels.
    """
    scale = first_noise(head)
    grid = np.asarray(gains)[:, None]
    level, innovation = follow(head[:, None, :], grid, scale, clip)
    smooth = despiked(head, clip * scale)[:, None, :]
    miss = [np.nanmean(misses(smooth, level, w) ** 2, axis=0) for w in windows]
    score = np.mean(np.log(np.maximum(miss, 1e-300)), axis=0)
    best = np.argmax(score <= score.min(axis=0) + NO_WORSE, axis=0)
    power = np.nanmean(innovation[SETTLING:] ** 2, axis=0)
    noise = np.sqrt(np.take_along_axis(power, best[None], axis=0)[0])
    return Levels(grid[best, 0], np.maximum(noise, scale * 0.5))


def despiked(head: Array, most: Array) -> Array:
    """`head` with each reading within ± `most` of the median of five around it.

    One odd reading is no walk; a walk is no odd reading.
    """
    there = np.isfinite(head)
    rows = np.arange(len(head))[:, None]
    last = np.maximum.accumulate(np.where(there, rows, 0), axis=0)
    filled = np.take_along_axis(head, last, axis=0)
    filled = np.where(np.isfinite(filled), filled, np.nanmean(head, axis=0))
    around = np.pad(filled, ((2, 2), (0, 0)), mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(around, 5, axis=0), axis=-1)
    return np.where(there, np.clip(head, middle - most, middle + most), np.nan)


def misses(cleaned: Array, level: Array, rows: int, lag: int = 0) -> Array:
    """Mean of the next `rows` [row] readings less the level before them, at every place of a head.

    With `lag` [row], less the level so long before that. Both arrays are [rows, ..., channels] in
    the channels' units; missing readings are left out.
    """
    there = np.isfinite(cleaned)
    zero = np.zeros((1, *cleaned.shape[1:]))
    total = np.concatenate([zero, np.cumsum(np.where(there, cleaned, 0.0), axis=0)])
    count = np.concatenate([zero, np.cumsum(there, axis=0)])
    n = count[rows:] - count[:-rows]
    mean = np.where(n > 0, (total[rows:] - total[:-rows]) / np.maximum(n, 1.0), np.nan)
    return mean[SETTLING + lag + 1 :] - level[SETTLING : len(level) - rows - lag]


def follow(y: Array, gain: Array, noise: Array, clip: float) -> tuple[Array, Array]:
    """Level after each row and its clipped innovation, both of the shape of `y` and `gain`.

    The level starts at the first reading and is the mean of all readings until `gain` [-] is more
    than that; `noise` is the channels' own unit, `clip` [-] a multiple of it.
    """
    shape = np.broadcast_shapes(y.shape[1:], gain.shape)
    level = np.full((len(y), *shape), np.nan)
    innovation = np.full((len(y), *shape), np.nan)
    now, seen, odd = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, dtype=bool)
    for t, row in enumerate(y):
        row, odd = believed(row, now, odd, noise * clip)
        now, innovation[t], seen = step(now, seen, row, gain, noise * clip)
        level[t] = now
    return level, innovation


def believed(reading: Array, level: Array, odd: Mask, most: Array) -> tuple[Array, Mask]:
    """The `reading`s, NaN where one is more than `most` off a `level` and the one before was not.

    A swapped or wild row is over in the next one; what has happened is not. With which were odd
    this time; of a missing reading that stays as it was.
    """
    away = np.abs(reading - level) > most
    now = np.where(np.isfinite(reading), away, odd)
    return np.where(away & ~odd, np.nan, reading), now


def step(
    level: Array, seen: Array, reading: Array, gain: Array, most: Array
) -> tuple[Array, Array, Array]:
    """Level after a `reading`, the innovation within ± `most`, and how many were `seen` [row]."""
    there = np.isfinite(reading)
    off = np.clip(reading - level, -most, most)
    first = there & (seen == 0)
    off = np.where(first, 0.0, off)
    count = seen + there
    moved = level + np.maximum(gain, 1.0 / np.maximum(count, 1.0)) * off
    level = np.where(first, reading, np.where(there, moved, level))
    return level, np.where(there, off, np.nan), count


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x**2))) if x.size else 0.0
