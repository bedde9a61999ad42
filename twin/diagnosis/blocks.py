"""Steps to blocks of five minutes: means of what was usable, on a grid of absolute time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import BLOCK_NS, BLOCK_STEPS
from twin.estimation.scatter import together
from twin.estimation.step import Readings, Step


@dataclass(frozen=True)
class Block:
    """Five minutes of m signals under k hypotheses; where `usable` is false the rest is 0."""

    t_ns: int
    """End of the block [ns]."""
    innovation: NDArray[np.float64]
    """float64[m], SI."""
    variance: NDArray[np.float64]
    """float64[m], mean of the predicted variances [SI^2]."""
    signature: NDArray[np.float64]
    """float64[m, k], innovation per unit of size."""
    usable: NDArray[np.bool_]
    """bool[m], whether enough Steps of the signal were usable."""
    operating: NDArray[np.float64]
    """float64[q], mean operating point [-]; NaN where nothing of it was known."""
    readings: Readings | None = None
    """Of the site's channels, where the Steps have them."""


class Blocks:
    """Gathers Steps; every Step belongs to the block of its own time, whatever came before."""

    def __init__(self, m: int, k: int, q: int, share: float) -> None:
        self._least = share * BLOCK_STEPS
        self._innovation = np.zeros(m)
        self._variance = np.zeros(m)
        self._signature = np.zeros((m, k))
        self._count = np.zeros(m)
        self._operating, self._known = np.zeros((2, q))
        self._readings: list[Readings] = []
        self._steps = 0
        self._end_ns: int | None = None
        self._last_ns: int | None = None

    def take(self, step: Step) -> list[Block]:
        """The blocks that are complete with `step`: none, one, or after a gap two."""
        if self._last_ns is not None and step.t_ns <= self._last_ns:
            raise ValueError(f"step at {step.t_ns} ns is not after the one at {self._last_ns} ns")
        self._last_ns = step.t_ns
        end_ns = -(-step.t_ns // BLOCK_NS) * BLOCK_NS
        done = []
        begun = self._steps or self._readings
        if self._end_ns is not None and end_ns != self._end_ns and begun:
            done.append(self._finish())
        self._end_ns = end_ns
        self._add(step)
        if step.t_ns == end_ns:
            done.append(self._finish())
        return done

    def _add(self, step: Step) -> None:
        use = step.usable & np.isfinite(step.innovation) & np.isfinite(step.variance)
        if use.all():
            self._innovation += step.innovation
            self._variance += step.variance
            self._signature += step.signature
        else:
            self._innovation[use] += step.innovation[use]
            self._variance[use] += step.variance[use]
            self._signature[use] += step.signature[use]
        self._count += use
        if step.readings is not None:
            self._readings.append(step.readings)
        known = np.isfinite(step.operating)  # a part without an input leaves the others alone
        self._operating[known] += step.operating[known]
        self._known += known
        self._steps += 1

    def _finish(self) -> Block:
        assert self._end_ns is not None
        usable = self._count >= self._least
        per = np.where(usable, 1.0 / np.maximum(self._count, 1.0), 0.0)
        signature = self._signature * per[:, None]
        usable &= np.isfinite(signature.sum(axis=1))  # a sensitivity that overflowed knows nothing
        block = Block(
            t_ns=self._end_ns,
            innovation=np.where(usable, self._innovation * per, 0.0),
            variance=np.where(usable, self._variance * per, 0.0),
            signature=signature if usable.all() else np.where(usable[:, None], signature, 0.0),
            usable=usable,
            operating=np.where(self._known > 0.0, self._operating, np.nan)
            / np.maximum(self._known, 1.0),
            readings=together(self._readings) if self._readings else None,
        )
        for sums in (self._innovation, self._variance, self._signature, self._count):
            sums[:] = 0.0
        self._operating[:] = self._known[:] = 0.0
        self._readings = []
        self._steps = 0
        return block
