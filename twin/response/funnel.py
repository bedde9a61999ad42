"""The tube that tolerances draw around a reference trace: a funnel.

The tube is what a rectangle sweeps whose centre follows the reference: half as wide as time may be
off, half as high as the value may be. So `upper(t)` is the largest `y(s) + height(s)` of all `s`
with `|s - t| <= width(s)`; edges belong to the tube. Where the reference repeats a time it jumps,
and the rectangle climbs the jump.

Tolerances, tube and error are those of LBNL's funnel (README and behaviour of release 2.1.1,
https://github.com/lbl-srg/funnel); only the least half size, which is 1e-10 there, is 0 here.
"""

from dataclasses import dataclass, fields
from math import isfinite, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import refuse

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Tolerance:
    """How far off in time and value: of the three in a direction, the largest counts.

    `atol` is absolute [s], [SI]; `rtol` a share of the range of the reference [-], or of its
    magnitude if it is constant and nothing else is given; `ltol` a share of the magnitude of each
    point [-]. Between points the tolerance is a straight line.
    """

    atol_s: float = 0.0
    atol_y: float = 0.0
    rtol_s: float = 0.0
    rtol_y: float = 0.0
    ltol_s: float = 0.0
    ltol_y: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (isfinite(value) and value >= 0.0):
                raise refuse(f"tolerance.{field.name}", value, "must be finite and not negative")
        if self.ltol_s >= 1.0:  # rectangles would overtake one another
            raise refuse("tolerance.ltol_s", self.ltol_s, "must be less than 1")


@dataclass(frozen=True)
class Tube:
    """Bounds [SI] over time [s], straight between rows; at a jump, one row before and one after."""

    t: Floats
    lower: Floats
    upper: Floats


def funnel(reference_t: ArrayLike, reference_y: ArrayLike, tolerance: Tolerance) -> Tube:
    """The tube around a reference [s], [SI], with every corner a row."""
    return tube_of(sweep_of(reference_t, reference_y, tolerance))


def bounds(
    reference_t: ArrayLike, reference_y: ArrayLike, tolerance: Tolerance, t: ArrayLike
) -> tuple[Floats, Floats]:
    """Lower and upper bound [SI] at times [s], the wider of both at a jump, NaN outside of it."""
    return sweep_of(reference_t, reference_y, tolerance).bounds(np.asarray(t, np.float64))


@dataclass(frozen=True)
class Sweep:
    """A point of the reference is in the window of a time from `begin` to `end`, both included.

    `tops` are its upper edge and, upside down, its lower one.
    """

    t: Floats
    begin: Floats
    end: Floats
    tops: tuple[Floats, Floats]

    def bounds(self, t: Floats) -> tuple[Floats, Floats]:
        """Lower and upper bound [SI] at times `t` [s]."""
        lo, hi = np.searchsorted(self.end, t, "left"), np.searchsorted(self.begin, t, "right")
        there = (t >= self.begin[0]) & (t <= self.end[-1])
        up, low = (np.where(there, self.pieces(top, lo, hi, t)[0].max(0), nan) for top in self.tops)
        return -low, up

    def pieces(self, top: Floats, lo: Whole, hi: Whole, *times: Floats) -> Floats:
        """float64[times, 3, windows], `top` where windows begin, end and at points `lo:hi` in them.

        The highest is the bound; each is a straight line while `lo` and `hi` stay.
        """
        points = _highest(top, lo, hi)
        found = []
        for t in times:
            left = np.where(lo > 0, on_line(self.end, top, lo - 1, t), points)
            right = np.where(hi < len(top), on_line(self.begin, top, hi - 1, t), points)
            found.append([left, right, np.where(hi > lo, points, left)])
        return np.array(found)


def sweep_of(reference_t: ArrayLike, reference_y: ArrayLike, tolerance: Tolerance) -> Sweep:
    """The reference [s], [SI] with the half sizes of the rectangle at each of its points."""
    t, y = trace_of("reference", reference_t, reference_y)
    if np.isnan(y).any():
        raise refuse("reference_y", nan, "must have a value at every time")
    if t[0] == t[-1]:
        raise refuse("reference_t", float(t[0]), "must end later than it begins")
    width = _half(t, tolerance.atol_s, tolerance.rtol_s, tolerance.ltol_s)
    height = _half(y, tolerance.atol_y, tolerance.rtol_y, tolerance.ltol_y)
    return Sweep(t, t - width, t + width, (y + height, height - y))


def tube_of(sweep: Sweep) -> Tube:
    """Between two events, where a point comes or goes, a bound is the highest of three lines."""
    event = np.unique(np.concatenate([sweep.begin, sweep.end]))
    p, q = event[:-1], event[1:]
    lo, hi = np.searchsorted(sweep.end, q, "left"), np.searchsorted(sweep.begin, p, "right")
    sides = [sweep.pieces(top, lo, hi, p, q) for top in sweep.tops]
    corner = np.sort(p + np.concatenate([_crossings(*side) for side in sides]) * (q - p), axis=0)
    corner[(corner <= p) | (corner >= q)] = nan
    t = np.concatenate([p[None], corner, q[None]])
    up, low = (
        _line(side[0, :, None], side[1, :, None], (t - p) / (q - p)).max(0) for side in sides
    )
    rows = np.stack([t.T.ravel(), -low.T.ravel(), up.T.ravel()])
    rows = rows[:, ~np.isnan(rows[0])]
    return Tube(*rows[:, np.append(True, (np.diff(rows) != 0.0).any(0))])


def _crossings(begin: Floats, end: Floats) -> Floats:
    """Where each two of three lines cross, as a share of the way, NaN where they do not [-]."""
    gap, then = begin - np.roll(begin, 1, 0), end - np.roll(end, 1, 0)
    cross = np.sign(gap) * np.sign(then) < 0.0
    return np.divide(gap, gap - then, out=np.full_like(gap, nan), where=cross)


def _highest(top: Floats, lo: Whole, hi: Whole) -> Floats:
    """Maximum of each `top[lo:hi]`, minus infinity of none: windows of doubling size, two each."""
    count, found, size = hi - lo, np.full(len(lo), -np.inf), 1
    while size <= count.max(initial=0):
        fits = (count >= size) & (count < 2 * size)
        found[fits] = np.maximum(top[lo[fits]], top[hi[fits] - size])
        top, size = np.maximum(top[:-size], top[size:]), 2 * size
    return found


def on_line(t: Floats, y: Floats, i: Whole, at: Floats) -> Floats:
    """The line from point `i` to the next at some time between them."""
    i = np.clip(i, 0, len(t) - 2)
    length = t[i + 1] - t[i]
    way = np.clip(at, t[i], t[i + 1]) - t[i]
    return _line(y[i], y[i + 1], np.divide(way, length, out=np.ones_like(at), where=length > 0.0))


def _line(a: Floats, b: Floats, w: Floats) -> Floats:
    """Exactly `a` at 0 and `b` at 1."""
    return np.where(w == 1.0, b, a + w * (b - a))


def _half(x: Floats, atol: float, rtol: float, ltol: float) -> Floats:
    half = np.maximum(max(atol, rtol * float(np.ptp(x))), ltol * np.abs(x))
    return np.where(half > 0.0, half, rtol * np.abs(x).max())


def trace_of(place: str, t: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Times `t` [s] and values `y` [SI] of a trace, checked; BadInput names the `place`."""
    times, values = np.asarray(t, np.float64), np.asarray(y, np.float64)
    if times.ndim != 1 or times.shape != values.shape:
        raise refuse(place, (times.shape, values.shape), "must be as many values as times")
    if len(times) < 2:
        raise refuse(place, len(times), "must have 2 points at least")
    if not np.isfinite(times).all():
        raise refuse(f"{place}_t", float(times[~np.isfinite(times)][0]), "must be finite")
    if np.isinf(values).any():
        raise refuse(f"{place}_y", float(values[np.isinf(values)][0]), "must be finite")
    back = np.flatnonzero(np.diff(times) < 0.0)
    if len(back):
        raise refuse(f"{place}_t[{back[0] + 1}]", float(times[back[0] + 1]), "must not go back")
    return times, values
