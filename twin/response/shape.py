"""Whether half cycles are rather triangles or rather sines.

He, Wang, Pottmann, Qin: A curve fitting method for detecting valve stiction in oscillating control
loops, Industrial & Engineering Chemistry Research 46 (2007) 4549-4560. Both shapes may lean: their
tops are where they fit best, so neither has more freedom than the other.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from twin.response.trace import Floats, noise

_TOPS: Final = np.linspace(0.15, 0.85, 15)
"""Where in a half cycle its top may be [-] (assumed)."""
_CLEAR: Final = 0.5
"""Share of the standard deviation beyond which a value is on one side [-] (assumed)."""
_SAMPLES: Final = 8
"""Samples from which a half cycle has a shape [-] (assumed)."""
_SURE: Final = 3.0
"""Standard errors by which the distances differ from those of noise [-]."""


class Shape(NamedTuple):
    """`triangular` [-]: 0 a sine, 1 a triangle, 1/2 neither; of how many `halves` of cycles [-].

    None without halves, or where noise hides the difference.
    """

    triangular: float | None
    halves: int


def shape(t: Floats, off: Floats, period_s: float) -> Shape:
    """Shape of `off` [SI], which goes to and fro about 0 over `t` [s] with a period [s].

    The sine's share of the squared distances from both, less those that noise between samples makes
    (in the paper noise draws the share to 1/2). Of halves that are half as long as half a period at
    least, and half as long again at most.
    """
    sine, triangle, halves, samples = 0.0, 0.0, 0, 0
    for start, end in pairwise(_crossings(t, off)):
        i, j = np.searchsorted(t, [start, end])
        if abs(end - start - 0.5 * period_s) > 0.25 * period_s or j - i < _SAMPLES:
            continue
        way = (t[i:j] - start) / (end - start)
        leaning = np.minimum(way / _TOPS[:, None], (1.0 - way) / (1.0 - _TOPS[:, None]))
        sine += _distance(off[i:j], np.sin(0.5 * np.pi * leaning))
        triangle += _distance(off[i:j], leaning)
        halves, samples = halves + 1, samples + int(j - i)
    variance = noise(t, off) ** 2
    # a height and a top are fitted to each half
    sine, triangle = (max(x - (samples - 2 * halves) * variance, 0.0) for x in (sine, triangle))
    if sine + triangle <= _SURE * variance * np.sqrt(2.0 * samples):
        return Shape(None, halves)
    return Shape(sine / (sine + triangle), halves)


def _distance(off: Floats, shapes: Floats) -> float:
    """Least sum of squares [SI²] between a half cycle and one of `shapes`, as high as fits."""
    height = shapes @ off / np.sum(shapes * shapes, axis=1)
    return float(np.sum((off - height[:, None] * shapes) ** 2, axis=1).min())


def _crossings(t: Floats, off: Floats) -> Floats:
    """Times [s] at which it goes clearly from one side of 0 to the other."""
    clear = np.flatnonzero(np.abs(off) > _CLEAR * np.std(off))
    turns = np.flatnonzero(np.diff(np.sign(off[clear])) != 0.0)
    found = []
    for first, last in zip(clear[turns], clear[turns + 1], strict=True):
        part, times = off[first : last + 1], t[first : last + 1]
        at = np.flatnonzero(np.signbit(part[1:]) != np.signbit(part[:-1]))
        share = part[at] / (part[at] - part[at + 1])
        zeros = times[at] + share * (times[at + 1] - times[at])
        found.append(0.5 * (zeros[0] + zeros[-1]))
    return np.array(found)
