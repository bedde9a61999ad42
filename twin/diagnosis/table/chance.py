"""How unlikely a figure is: -log10 of its tail probability, fast enough for every row.

Student's t and Fisher's F, not the normal and χ²: a head of a few hundred rows knows a spread over
long windows from a handful of blocks only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

MOST = 300.0
"""More evidence is not told apart [-]: smaller probabilities are no longer numbers."""
_STEPS = 4000
_HIGHEST = 1e6
_STEP = float(np.log1p(_HIGHEST)) / _STEPS
_GRID = np.expm1(np.arange(_STEPS + 1) * _STEP)


@dataclass(frozen=True, eq=False)
class Tails:
    """-log10 P(figure or more) [-] of several distributions, float64[distributions, grid]."""

    table: Array

    def of(self, figure: Array) -> Array:
        """Evidence [-] of figures [-], one or more of each distribution, along the first axis."""
        place = np.log1p(np.minimum(np.abs(figure), _HIGHEST)) / _STEP
        low = np.minimum(place.astype(np.int64), _STEPS - 1)
        row = np.arange(len(figure)).reshape(-1, *[1] * (figure.ndim - 1))
        below = self.table[row, low]
        return np.asarray(below + (place - low) * (self.table[row, low + 1] - below))


def student(dofs: Sequence[float]) -> Tails:
    """Two-sided tails of t, one distribution for each of the degrees of freedom `dofs` [-]."""
    return _tails([stats.t.logsf(_GRID, dof) + np.log(2.0) for dof in dofs])


def fisher(channels: int, dofs: Sequence[float]) -> Tails:
    """Upper tails of F with `channels` [-] and each of `dofs` [-] degrees of freedom."""
    return _tails([stats.f.logsf(_GRID, channels, dof) for dof in dofs])


def _tails(log_p: Sequence[Array]) -> Tails:
    return Tails(np.clip(-np.stack(log_p) / np.log(10.0), 0.0, MOST))
