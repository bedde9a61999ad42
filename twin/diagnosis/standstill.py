"""Signals of a unit that stands, of a part that starts and stops its units by itself.

How warm a machine is that does not run says nothing of the machine, and what commissioning learned
of it while it ran does not hold then: in January all units may have run all the time.
"""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.learned import Learned, Plant

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STANDS = 0.25
"""A unit stands when no process fault moves its signal by this share of what one did on the mean of
commissioning [-]; what stood for most of that is known, and judged (tuned on plant 31 of `kajaani`,
seed 35: between 0.1 and 0.9 nothing is there but starts and stops)."""


class Standstill:
    """Tells by the signatures of a block which signals are of a unit that stands in the model."""

    def __init__(self, plant: Plant, learned: Learned) -> None:
        process = [j for j, h in enumerate(plant.hypotheses) if h.kind == "process"]
        self._process = np.array(process, np.intp)
        self._full = np.array([plant.hypotheses[j].threshold for j in process])
        self._asked = np.array([part in plant.switching for part in plant.part_of], bool)
        self._usual = self._most(learned.signature * learned.scale[:, None])

    def of(self, signature: Floats) -> Flags:
        """bool[m], by a block's `signature` float64[m, k] [SI per unit of size]."""
        if not self._asked.any():
            return self._asked
        found: Flags = self._asked & (self._most(signature) < STANDS * self._usual)
        return found

    def _most(self, signature: Floats) -> Floats:
        """float64[m], the most that a process fault of full size does [SI]."""
        moved = np.abs(signature[:, self._process]) * self._full
        return np.asarray(np.max(moved, axis=1, initial=0.0))
