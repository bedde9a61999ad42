"""What is left of a fit for one fault beside others that are there."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.diagnosis.bank import Fit
from twin.diagnosis.compete import APART, Z90
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings


def beside(fit: Fit, j: int) -> Fit:
    """What is left of a fit for all others, whatever size hypothesis column j has."""
    g, a = fit.G[:, j], float(fit.a[j])
    along = np.concatenate([[g @ fit.z], g @ fit.G]) / a
    rows = fit.rows - np.outer(fit.S[:, j], along)
    return replace(fit, rows=rows, total=fit.total - along[0] ** 2 * a)


def explained(
    fit: Fit, found: Mapping[int, float], fault: int, size: float, settings: Settings
) -> bool:
    """Whether what was found leaves nothing of a fault that was known.

    Not where the window would not show it, and not where it shows that it is there as well: more of
    it than noise, and than the signatures of what was found are wrong by entry for entry.

    Args:
        fit: of a window.
        found: sizes of what was found there [SI], by column.
        fault: column of the one that was known.
        size: what it was known to have [SI].
        settings: of the diagnosis.
    """
    if float(fit.a[fault]) * size**2 < Z90**2:
        return False
    left = _without(fit, found)
    a, b = float(left.a[fault]), float(left.z @ left.G[:, fault])
    if a < APART * float(fit.a[fault]) or b * size <= 0.0:
        return True
    weight = np.linalg.solve(fit.covariance, left.S[:, fault])
    wrong = sum(float(np.sum((weight * fit.S[:, j] * s) ** 2)) for j, s in found.items())
    return b * b <= Z90**2 * (a + settings.signature_error**2 * wrong)


def explained_part(
    fit: Fit, found: Mapping[int, float], part: str, plant: Plant, learned: Learned
) -> bool:
    """Whether what was found, sizes by column, leaves nothing unknown in a part."""
    own = np.array([plant.part_of[i] == part for i in fit.signals], bool)
    own = np.tile(own, len(fit.r) // len(own))
    limit = float(learned.unknown_at[fit.window, plant.parts.index(part)])
    return bool(own.any()) and _without(fit, found).chi2_of(own) <= limit


def _without(fit: Fit, found: Mapping[int, float]) -> Fit:
    for j in found:
        fit = beside(fit, j)
    return fit
