"""How small a fault would have been seen by now: what silence is worth, in numbers.

A fault of size x that began at some time moves a window by x e: what its signature was in the panes
since then. The hypothesis that is held against it finds a root of its likelihood ratio of
x s'C^-1 e / sqrt(s'C^-1 s), and it is raised where that is above the root of the threshold, by
1.645: then noise hides it in fewer than 5 % of the windows. Innovations have no part in it; what
is not judged carries no signature.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import kernels
from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]

MARGIN = 1.645
"""Standard deviations that 95 % of a normal distribution are above [-]."""
LEAST = 1e-12
"""Less than this is nothing, to divide by [-]."""


def smallest(
    fits: Iterable[Fit],
    bank: Bank,
    plant: Plant,
    learned: Learned,
    settings: Settings,
    since_ns: int,
    *,
    grown: bool = False,
) -> Floats:
    """float64[k], size in its unit from which each hypothesis is seen by the windows of `fits`.

    Of what stands since `since_ns` [ns], or with `grown` grew evenly since then to what it is now.
    Infinite where no window sees anything of it.
    """
    k = len(plant.hypotheses)
    found = np.full(k, np.inf)
    for fit in fits:
        effect, panes = bank.effect(fit, since_ns, grown=grown)
        found = np.minimum(found, _of_window(fit, effect, panes, plant, learned, settings))
    return found


def _of_window(
    fit: Fit, effect: Floats, panes: Floats, plant: Plant, learned: Learned, settings: Settings
) -> Floats:
    """Of one window that is moved by float64[rows, k], pane by pane float64[n, panes, k]."""
    k, window = len(plant.hypotheses), settings.windows[fit.window]
    white = effect.copy()
    kernels.whiten(fit.covariance.copy(), white)
    length = np.sqrt(np.maximum(fit.a, LEAST)).reshape(-1, k)
    # constant or, in windows with a slope, growing: the better of the two
    of_kind = np.abs(np.einsum("rkj,rj->kj", fit.G.reshape(len(fit.r), -1, k), white)) / length
    kind = of_kind.argmax(axis=0), np.arange(k)
    best, own = of_kind[kind], length[kind]
    root = np.sqrt([learned.least(plant, fit.window, j) for j in range(k)])
    if window.outliers:
        root = root / np.maximum(_lasting(fit, panes, window.outliers), LEAST)
    material = window.material * fit.of.threshold[:k] * own
    needed: Floats = (np.maximum(root, material) + MARGIN) / np.maximum(best, LEAST)
    return needed


def _lasting(fit: Fit, panes: Floats, most: int) -> Floats:
    """float64[k], share of what is said that is left without the `most` panes that say most [-]."""
    weights = np.linalg.solve(fit.covariance, fit.S)[: len(fit.signals), : panes.shape[2]]
    said = np.sort(np.einsum("nj,npj->pj", weights, panes), axis=0)
    total = said.sum(axis=0)
    left = said[: len(said) - most].sum(axis=0)
    return np.where(total > 0.0, np.maximum(left, 0.0) / np.maximum(total, LEAST), 0.0)
