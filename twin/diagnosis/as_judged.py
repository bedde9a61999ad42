"""What the bank itself would have said in the weeks that commissioning left out.

Signatures move with load and valves, and where they move most, on a ramp in the morning, models
are most wrong: a threshold counted with a mean signature is half of what the same weeks say.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Bank
from twin.diagnosis.blocks import Block
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import DAY_BLOCKS, Settings

Floats = NDArray[np.float64]


def best_of_parts(
    plant: Plant, known: Learned, settings: Settings, blocks: Iterable[Block]
) -> dict[int, Floats]:
    """Of each window up to a day, float64[judgements, parts]: the best LLR of a part's faults.

    Whether the best wins and is material is not asked: what is left would be too rare to follow.
    """
    faults = np.array([h.kind != "nuisance" for h in plant.hypotheses], bool)
    owner = np.array([h.part for h in plant.hypotheses])
    own = [faults & (owner == part) for part in plant.parts]
    found: dict[int, list[list[float]]] = {
        i: [] for i, w in enumerate(settings.windows) if w.blocks <= DAY_BLOCKS
    }
    bank = Bank(plant, known, settings)
    for block in blocks:
        for i, fit in bank.take(block):
            if i in found:
                llr = np.zeros(len(owner)) if fit is None else fit.score.llr
                found[i].append([float(np.max(llr[its], initial=0.0)) for its in own])
    return {i: np.array(rows) for i, rows in found.items()}
