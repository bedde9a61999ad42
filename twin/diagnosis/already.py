"""What was already wrong when commissioning began: it must not be learned as normal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.compete import compete, field
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings

LEAST = 0.5
"""Share of the catalogue's size from which a fault at commissioning is said [-]."""


@dataclass(frozen=True)
class Present:
    """A fault that would explain the mean innovation of commissioning; size in its unit."""

    fault: str
    size: float
    llr: float


def already_there(
    learned: Learned, plant: Plant, tolerance: NDArray[np.float64], settings: Settings
) -> list[Present]:
    """Material faults that explain the learned bias better than tolerances do, the likeliest first.

    The learned bias at the mean operating point is what design values and readings disagree by.
    Tolerances of instruments, and nuisances of the size of their thresholds, make some of that.

    Args:
        learned: what commissioning said.
        plant: signals and hypotheses.
        tolerance: float64[m], standard deviation of an instrument's offset, SI.
        settings: of the diagnosis.
    """
    of = field(plant.hypotheses, settings, ramps=False)
    nuisance = learned.signature[:, ~of.fault] * of.threshold[~of.fault]
    spread = np.diag((tolerance / learned.scale) ** 2)
    covariance = learned.mean[settings.index("24 h")] + spread + nuisance @ nuisance.T
    L = np.linalg.cholesky(covariance)
    z = np.linalg.solve(L, learned.regression.coefficients[0])
    G = np.linalg.solve(L, learned.signature)
    score = compete(z @ G, np.sum(G * G, axis=0), of)
    found = [
        Present(h.name, float(score.size[j]), float(score.llr[j]))
        for j, h in enumerate(plant.hypotheses)
        if h.kind != "nuisance"
        and score.llr[j] >= settings.lowest_threshold
        and abs(score.size[j]) >= LEAST * h.threshold
    ]
    return sorted(found, key=lambda present: -present.llr)
