"""What moves by itself beside every model: heat that no meter sees, a bypass not quite shut.

It enters the plant as a fault does, and only its size tells the two apart. So what a window would
show of it, by the fault's own signature now, is part of the healthy plant's covariance: in summer a
bypass of 1 % does what one of 10 % does in January.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import BLOCK_S, Window

Floats = NDArray[np.float64]

OF_SLOPE = 1.0 / 12.0
"""Variance of a slope sum over that of the mean, of what changes faster than the window [-]."""


@dataclass(frozen=True)
class Wander:
    """An Ornstein-Uhlenbeck process that adds to what a hypothesis stands for."""

    hypothesis: str
    """`cooling_loop.P_it.bias`, `district_network.bypass`."""
    sigma: float
    """Standard deviation, in the hypothesis' unit."""
    time_s: float
    """Time constant [s]."""

    def variance(self, window: Window, memory: Window | None = None) -> float:
        """Of its mean over a window [unit²], in the unit of the hypothesis.

        Of the last moment less the mean over a `memory` of length L before it, what is slower than
        L leaves 2 L / 3 time_s of its variance: the structure function of the process, integrated.
        """
        x = window.blocks * BLOCK_S / self.time_s
        mean = self.sigma**2 * 2.0 * (x + expm1(-x)) / x**2
        if memory is None:
            return mean
        return mean * min(1.0, 2.0 / 3.0 * memory.blocks * BLOCK_S / self.time_s)


@dataclass(frozen=True)
class Wandering:
    """All that wanders at a plant, as columns of its hypotheses; what it lacks is left out."""

    columns: NDArray[np.int64]
    variance: Floats
    """Of the means over a window, in units of the hypotheses, squared."""

    @classmethod
    def of(
        cls,
        wanders: Sequence[Wander],
        hypotheses: Sequence[Hypothesis],
        window: Window,
        memory: Window | None = None,
    ) -> "Wandering":
        """What it is over one window, which may be held against a longer one, its `memory`."""
        column = {h.name: j for j, h in enumerate(hypotheses)}
        own = [w for w in wanders if w.hypothesis in column]
        return cls(
            np.array([column[w.hypothesis] for w in own], np.int64),
            np.array([w.variance(window, memory) for w in own]),
        )

    def covariance(self, signature: Floats) -> Floats:
        """float64[m, m], of the window's mean under signatures float64[m, k]."""
        s = signature[:, self.columns]
        result: Floats = (s * self.variance) @ s.T
        return result
