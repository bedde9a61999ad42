"""Parts that switch units by themselves, while another unit runs in them than in their model.

The sequencer of the plant and that of its model get the same commands, and decide alike but for a
call that one of them heard a second longer. For hours then several temperatures are many
degrees off, which is no fault, and the mean of a day would hold it. What lasts is judged: a unit
that has tripped stays off.
"""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.learned import Plant

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FAR, FAR_BANDS, TOGETHER = 10.0, 1.0, 3
"""A block is otherwise when so many signals of a part are off by the first, in standard deviations
of a healthy block, and by the second, in bands [-] (assumed; in a year of plants 1 and 2 of kajaani
spells of three blocks or more had 36 to 137, but for one of 12; a block in which a unit starts
mostly has less than 20; of 1.5 bands two spells had fewer than three readings)."""
SPELL_BLOCKS = 108
"""So many blocks of it are not judged [-]: 9 h, a night of low load. In four years of plants 1, 2
and 31 to 36 the longest spell had 37, and others followed each other within hours, until both
sequencers heard the same call again; one of plant 31 of seed 9 had 51, one of plant 33 of seed 23
had 80, from midnight until the morning's load (tuned on them)."""
REGAINED = 0.5
"""So many blocks of them are given back with each calm one [-] (assumed)."""
AFTER_BLOCKS = 2
"""Nor is what follows for so long, in which the part settles [-] (assumed)."""


class Modes:
    """Follows the parts of a plant block by block."""

    def __init__(self, plant: Plant) -> None:
        owners = np.array(plant.part_of)
        switching = [part for part in plant.parts if part in plant.switching]
        self._own = np.array([owners == part for part in switching], bool)
        self._own = self._own.reshape(len(switching), len(owners))
        self._bands = np.array(plant.bands or np.zeros(len(owners)))
        self._spent = np.zeros(len(switching))
        """Blocks that were not judged, less those that were given back; a unit that was off for
        weeks has no more to regain than one that was for hours."""
        self._calm = np.full(len(switching), AFTER_BLOCKS + 1)
        """Blocks since the last that was far off."""

    def take(self, off: Floats, scale: Floats, usable: Flags) -> Flags:
        """bool[m], signals that a block says nothing of.

        `off[m]` are in standard deviations `scale[m]` [SI]; `usable` is what was read, however sure
        its model is: of a unit that runs alone in a model it is not sure.
        """
        far_off = np.abs(off) > np.maximum(FAR, FAR_BANDS * self._bands / scale)
        far = np.count_nonzero(self._own & usable & far_off, axis=1) >= TOGETHER
        self._calm = np.where(far, 0, self._calm + 1)
        spent = np.where(far, self._spent + 1.0, self._spent - REGAINED)
        self._spent = np.clip(spent, 0.0, SPELL_BLOCKS + 1.0)
        waits = (self._calm <= AFTER_BLOCKS) & (self._spent <= SPELL_BLOCKS)
        found: Flags = waits @ self._own
        return found


def otherwise(plant: Plant, left: Floats, scale: Floats, usable: Flags) -> Flags:
    """bool[n, m], the same of n blocks in their order, with `left[n, m]` of them."""
    modes = Modes(plant)
    found = [modes.take(off, scale, use) for off, use in zip(left, usable, strict=True)]
    return np.array(found, bool).reshape(usable.shape)
