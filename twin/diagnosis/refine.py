"""Secant signatures: what a fault of the size that it has does, instead of size times little.

A signature says how innovations move with a small fault. Of a large one the models are asked what
they would have found had they known it (`WhatIf`): with r0 the innovations as they are and r1
those with a fault of size theta in the model, s = (r0 - r1) / theta is the signature that is exact
at that size, and the size that it gives agrees with theta where theta is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import BLOCK_NS, Settings

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Shift:
    """By how much innovations would be less if a fault were in the models."""

    t_ns: Times
    """int64[n], ends of the observer's windows [ns]."""
    shift: Floats
    """float64[n, m], r0 - r1 [SI]; NaN where a signal was not judged."""
    known_ns: int
    """The fault is in the models from here on [ns]: its onset, or what is left to run again."""


class WhatIf(Protocol):
    """Runs models again over what was measured."""

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift | None:
        """With hypothesis `name` of `size` [its unit] from `onset_ns` [ns] on, up to `end_ns` [ns].

        None if that cannot be run.
        """
        ...


def blocked(shift: Shift, share: float) -> tuple[Times, Floats]:
    """Means over blocks, by the rule of `Blocks`: ends int64[b] and float64[b, m], NaN for none."""
    of = -(-shift.t_ns // BLOCK_NS)
    ends, begin = np.unique(of, return_index=True)
    there = np.isfinite(shift.shift)
    count = np.add.reduceat(there.astype(np.float64), begin, axis=0)
    total = np.add.reduceat(np.where(there, shift.shift, 0.0), begin, axis=0)
    steps = np.diff([*begin, len(of)])[:, None]
    enough = (count > 0.0) & (count >= share * np.maximum(steps, 1))
    return ends * BLOCK_NS, np.where(enough, total / np.maximum(count, 1.0), np.nan)


def window_mean(ends: Times, value: Floats, until_ns: Times, blocks: int, whole: bool) -> Floats:
    """float64[m], mean of each signal's last `blocks` blocks up to `until_ns[m]`.

    `whole`: what is not among `value` was before the fault, and 0; otherwise it was like the rest.
    """
    mean = np.zeros(value.shape[1])
    for i, until in enumerate(until_ns):
        own = value[ends <= until, i]
        own = own[np.isfinite(own)][-blocks:]
        if len(own):
            mean[i] = own.sum() / (blocks if whole else len(own))
    return mean


REMEMBERED_NS = 48 * 3_600_000_000_000
"""Longer than models can be run again [ns]."""


class Counted:
    """Which blocks of each signal the bank has taken: a window's mean is over these and no others.

    Where a model is less sure than usual the bank leaves a signal out, and that may be at the same
    hours each day, in which a fault does more or less than in the others.
    """

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._rows: dict[int, NDArray[np.bool_]] = {}

    def note(self, t_ns: int) -> None:
        """Remember the block that the bank has just taken, which ended at `t_ns` [ns]."""
        self._rows[t_ns] = self._bank.rings[0].last_ns == t_ns
        while t_ns - next(iter(self._rows)) > REMEMBERED_NS:
            del self._rows[next(iter(self._rows))]

    def only(self, ends: Times, value: Floats) -> Floats:
        """float64[b, m] without what was left out; of a block that is forgotten all counts."""
        everything = np.ones(value.shape[1], np.bool_)
        taken = [self._rows.get(int(t), everything) for t in ends]
        return np.where(np.array(taken).reshape(value.shape), value, np.nan)


def seen_in(
    fit: Fit,
    shift: Shift,
    onset_ns: int,
    bank: Bank,
    counted: Counted,
    learned: Learned,
    settings: Settings,
) -> Floats:
    """float64[rows], the shift as the window of `fit` sees it, scaled."""
    ends, value = blocked(shift, settings.block_share)
    value = counted.only(ends, value)
    whole = shift.known_ns <= onset_ns
    ring, long = bank.looks[fit.window]

    def over(ring_until: Times, blocks: int) -> Floats:
        until = np.minimum(ring_until, fit.t_ns)
        return window_mean(ends, value, until, blocks, whole) / learned.scale

    mean = over(ring.until_ns, ring.window.blocks)
    if long is not None:
        mean = mean - learned.keep[fit.window] * over(long.until_ns, long.window.blocks)
    return mean[fit.signals]


@dataclass(frozen=True)
class Secant:
    """A hypothesis at the size that it has."""

    size: float
    """At which `signature` is exact."""
    signature: Floats
    """float64[rows], scaled, per unit of size."""


def secant(
    fit: Fit,
    j: int,
    seen: Callable[[float], Floats | None],
    first: float,
    rounds: int,
    until: float,
) -> Secant | None:
    """The secant signature of hypothesis j whose size agrees with itself, by the secant method.

    Where none does, that of the likeliest size that was tried.

    Args:
        fit: with straight signatures.
        j: column of the hypothesis.
        seen: what a fault of a size does in the window, float64[rows]; None if it cannot be run.
        first: size to begin with, within the hypothesis' bounds.
        rounds: how often to try at most.
        until: relative change of the size that is small enough [-].
    """
    low, high = float(fit.of.low[j]), float(fit.of.high[j])
    best: tuple[float, Secant] | None = None
    size, before, lacking_before = first, 0.0, first
    for _ in range(rounds):
        effect = seen(size)
        if effect is None:
            size = 0.5 * size
            continue
        solved = np.linalg.solve(fit.covariance, effect)
        b, a = float(fit.r @ solved), float(effect @ solved)
        if best is None or 2.0 * b - a > best[0]:
            best = 2.0 * b - a, Secant(size, effect / size)
        wanted = min(max(size * b / a, low), high) if a > UNSEEN else 0.0
        if abs(wanted - size) <= until * abs(size) or wanted == 0.0:
            break
        if wanted * size < 0.0:
            step = wanted - size  # a straight line knows nothing of the other sign
        else:
            slope = (wanted - size - lacking_before) / (size - before)
            step = (size - wanted) / min(slope, SHALLOW)
        before, lacking_before = size, wanted - size
        size = _bounded(size + step, size, low, high)
        if size in (0.0, before):
            break
    return None if best is None else best[1]


SHALLOW = -0.5
"""A size that is off by one changes the next by this much at least [-]."""
UNSEEN = 1e-6
"""An effect of less information than this is none [-]."""


def _bounded(wanted: float, size: float, low: float, high: float) -> float:
    """At most a third or three times the last size of the same sign, and within bounds."""
    if wanted * size > 0.0:
        least, most = sorted((size / 3.0, 3.0 * size))
        wanted = min(max(wanted, least), most)
    return min(max(wanted, low), high)


def with_secants(fit: Fit, secants: dict[int, Secant]) -> Fit:
    """The fit in which some hypotheses have their secant signatures."""
    rows = fit.rows.copy()
    for j, known in secants.items():
        rows[:, 1 + j] = known.signature
    return replace(fit, rows=rows, secants=frozenset(secants))


@dataclass(frozen=True)
class Refiner:
    """Everything that refining a fit needs."""

    plant: Plant
    learned: Learned
    settings: Settings
    bank: Bank
    what_if: WhatIf
    counted: Counted

    def secants(
        self, fit: Fit, onsets: Mapping[int, int], begin: dict[int, float]
    ) -> dict[int, Secant]:
        """Secant signatures of hypotheses since their `onsets` [ns], each as if it were alone.

        `begin` are sizes to begin with; of the others it is what the straight signature gives.
        """
        told = self.settings
        found = {}
        for j, onset_ns in onsets.items():
            first = begin.get(j, self._first(fit, j, onset_ns))
            if abs(first) < told.refine_least * float(fit.of.threshold[j]):
                continue
            linear = self.plant.hypotheses[j].kind == "sensor"
            known = secant(
                fit,
                j,
                partial(self._seen, fit, j, onset_ns),
                first,
                told.refine_rounds_sensor if linear else told.refine_rounds,
                told.refine_until,
            )
            if known is not None:
                found[j] = known
        return found

    def _first(self, fit: Fit, j: int, onset_ns: int) -> float:
        """Size by the straight signature, which takes it to have been there all the window."""
        length_ns = self.settings.windows[fit.window].length_ns
        there = min(max(fit.t_ns - onset_ns, BLOCK_NS) / length_ns, 1.0)
        size = float(fit.score.size[j]) / there
        return min(max(size, float(fit.of.low[j])), float(fit.of.high[j]))

    def at(self, fit: Fit, onsets: Mapping[int, int], sizes: dict[int, float]) -> dict[int, Secant]:
        """Secant signatures at given sizes."""
        found = {}
        for j, size in sizes.items():
            effect = self._seen(fit, j, onsets[j], size) if size else None
            if effect is not None:
                found[j] = Secant(size, effect / size)
        return found

    def _seen(self, fit: Fit, j: int, onset_ns: int, size: float) -> Floats | None:
        name = self.plant.hypotheses[j].name
        shift = self.what_if.shift(name, size, onset_ns, fit.t_ns)
        if shift is None:
            return None
        return seen_in(fit, shift, onset_ns, self.bank, self.counted, self.learned, self.settings)
