"""Where commands have come to rest of late: the limits that a controller has of its own.

A source pump that waits for its flow to be proven stands at its least speed all night, which it may
not have done once in January. What froze stands anywhere; where a command rests again and again,
standing still shows nothing.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REMEMBERED = 12
"""So many stays of a command are remembered [-] (assumed)."""
USUAL = 2
"""It rests where it has stood so often among them, each time for a block or more [-] (assumed): by
chance a loop does not come back to the last digit of a register."""


class Rests:
    """Follows n channels; what it keeps is of a fixed size."""

    def __init__(self, n: int) -> None:
        self._values = np.full((n, REMEMBERED), np.nan)
        self._next = np.zeros(n, np.intp)

    def take(self, stood: Floats, over: Flags) -> None:
        """Stays that are `over`, bool[n], and where those channels `stood`, float64[n]."""
        rows = np.flatnonzero(over)
        self._values[rows, self._next[rows]] = stood[rows]
        self._next[rows] = (self._next[rows] + 1) % REMEMBERED

    def usual(self, values: Floats) -> Flags:
        """bool[n], whether each has rested at its value of `values`, float64[n], before."""
        found: Flags = (self._values == values[:, None]).sum(axis=1) >= USUAL
        return found
