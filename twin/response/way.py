"""When a share of a step is done: crossings of the way from 0 to 1, by lines between samples.

Times [s] are from the step on and the first sample is that of the step itself; shares are [-].
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import median_filter

from twin.response.trace import Floats, Noise

_CLEAN = 0.002
"""Noise that need not be taken out: it moves no figure by 1 % of the step [-] (assumed)."""


class Way(NamedTuple):
    """Time since the step [s], the share of it that is done, and noise of that share [-]."""

    t: Floats
    done: Floats
    noise: float


def way(t: Floats, y: Floats, at_s: float, start: float, end: float, noise: Noise) -> Way:
    """The way of `y` [SI] from level `start` to `end` [SI], with `noise` taken out.

    By a running median that is no longer than a quarter of the rise: it lowers the top of a sine of
    the same rise by less than 1 % of its height.
    """
    step = abs(end - start)
    raw = _way(t, y, at_s, start, end, noise.sigma / step)
    if raw.noise < _CLEAN:
        return raw
    rise_s = between(raw, 0.1, 0.9)
    if rise_s is None:
        return raw
    first = np.searchsorted(t, at_s)
    width = int(0.25 * rise_s / float(np.median(np.diff(t[first:])))) // 2 * 2 + 1
    if width < 3:
        return raw
    smooth = median_filter(y, width, mode="reflect")
    return _way(t, smooth, at_s, start, end, noise.median(width) / step)


def _way(t: Floats, y: Floats, at_s: float, start: float, end: float, noise: float) -> Way:
    first = int(np.searchsorted(t, at_s))
    since, done = t[first:] - at_s, (y[first:] - start) / (end - start)
    if since[0] > 0.0:
        since, done = np.append(0.0, since), np.append(0.0, done)
    return Way(since, done, noise)


def reaches(path: Way, share: float) -> float | None:
    """Time [s] at which `share` [-] is first done, None if it never is."""
    there = np.flatnonzero(path.done >= share)
    return _crossing(path, int(there[0]) - 1, share) if len(there) else None


def between(path: Way, low: float, high: float) -> float | None:
    """Time [s] from the last sight of share `low` to the first of `high` [-], None without."""
    end = reaches(path, high)
    if end is None:
        return None
    top = int(np.argmax(path.done >= high))
    below = np.flatnonzero(path.done[:top] < low)
    return end - (_crossing(path, int(below[-1]), low) if len(below) else 0.0)


def stays(path: Way, half: float) -> float | None:
    """Time [s] from which on the way is never more than `half` [-] from 1, None without."""
    outside = np.flatnonzero(np.abs(path.done - 1.0) > half)
    if len(outside) == 0:
        return 0.0
    last = int(outside[-1])
    if last == len(path.t) - 1:
        return None
    return _crossing(path, last, 1.0 + np.copysign(half, path.done[last] - 1.0))


def _crossing(path: Way, i: int, share: float) -> float:
    """Where the line from sample `i` to the next is at `share`."""
    if i < 0:
        return float(path.t[0])
    part = (share - path.done[i]) / (path.done[i + 1] - path.done[i])
    return float(path.t[i] + part * (path.t[i + 1] - path.t[i]))
