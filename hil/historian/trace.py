"""The trace hash: one number that says whether two runs did the same."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hil.historian.columns import TRACED, Column


class TraceHash:
    """SHA-256 over the rows of a run, however they were cut into blocks.

    Each row gives the little-endian float64 bytes of its time [ns] and of its measured,
    predicted and command columns, in the order they are declared. Every NaN counts as the
    same NaN: its sign and payload differ between processors.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        picked = [1 + i for i, column in enumerate(columns) if column.kind in TRACED]
        self._picked = np.array([0, *picked], dtype=np.intp)
        self._sha = hashlib.sha256()

    def update(self, rows: NDArray[np.float64]) -> None:
        """Add rows of shape (n, 1 + columns), time [ns] first."""
        block = rows[:, self._picked].astype("<f8", order="C")
        block[np.isnan(block)] = np.nan
        self._sha.update(block.tobytes())

    def hexdigest(self) -> str:
        """Hash of all rows so far."""
        return self._sha.hexdigest()
