"""How small a fault would have been seen by now: what silence is worth, in numbers.

A fault of size x that began at some time moves a window by x e: what its signature was in the panes
since then. The hypothesis that is held against it finds a root of its likelihood ratio of
x s'C^-1 e / sqrt(s'C^-1 s), and it is raised where that is above the root of the threshold, by
1.645: then noise hides it in fewer than 5 % of the windows. A nuisance that does the same must be
less likely. Innovations have no part in it; what is not judged carries no signature, and an
actuator at an end of its range goes no further (`room.py`).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import kernels
from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.compete import SEEN
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.room import Way
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]

MARGIN = 1.645
"""Standard deviations that 95 % of a normal distribution are above [-]."""


def smallest(
    fits: Iterable[Fit],
    bank: Bank,
    plant: Plant,
    learned: Learned,
    settings: Settings,
    since_ns: int,
    *,
    grown: bool = False,
    way: Way = 1,
) -> Floats:
    """float64[k], size in its unit from which each hypothesis is seen by the windows of `fits`.

    Of what stands since `since_ns` [ns], or with `grown` grew evenly since then to what it is now.
    Of an actuator, of sizes that go one `way`. Infinite where no window sees anything of it.
    """
    k = len(plant.hypotheses)
    found = np.full(k, np.inf)
    for fit in fits:
        effect, panes = bank.effect(fit, since_ns, grown=grown, way=way)
        found = np.minimum(found, _of_window(fit, effect, panes, plant, learned, settings))
    return found


def _of_window(
    fit: Fit, effect: Floats, panes: Floats, plant: Plant, learned: Learned, settings: Settings
) -> Floats:
    """Of one window that is moved by float64[rows, k], pane by pane float64[n, panes, k]."""
    k, window = len(plant.hypotheses), settings.windows[fit.window]
    white = effect.copy()
    kernels.whiten(fit.covariance.copy(), white)
    length = np.sqrt(fit.a)
    said = fit.G.T @ white
    # constant or, in windows with a slope, growing: the better of the two
    of_kind = _over(
        np.abs(np.einsum("tjj->tj", said.reshape(-1, k, k))), length.reshape(-1, k), 0.0
    )
    own = of_kind.argmax(axis=0) * k + np.arange(k)
    best, full = of_kind.max(axis=0), fit.of.threshold[:k]
    root = np.sqrt([learned.least(plant, fit.window, j) for j in range(k)])
    if window.outliers:
        root = _over(root, _lasting(fit, panes, window.outliers), np.inf)
    material = window.material * full * length[own]
    enough = _over(
        np.maximum(root, material) + MARGIN, np.where(best * full > SEEN, best, 0.0), np.inf
    )
    return np.maximum(enough, _beyond_nuisances(fit, said, own))


def _over(above: Floats, below: Floats, else_: float) -> Floats:
    """The quotient where there is something below."""
    found: Floats = np.divide(above, below, out=np.full(below.shape, else_), where=below > 0.0)
    return found


def _beyond_nuisances(fit: Fit, said: Floats, own: NDArray[np.intp]) -> Floats:
    """float64[k], sizes from which a hypothesis has better odds than any nuisance.

    `said` are the projections of what one unit of each does, float64[all columns, k]; `own` is the
    column of its own.
    """
    of, width2 = fit.of, fit.of.threshold**2
    rivals = ~of.fault & (fit.a * width2 > SEEN**2)
    one_sided = (of.low >= 0.0) | (of.high <= 0.0)
    before = of.log_odds - 0.5 * np.log(fit.a * width2 + 1.0) + np.log(2.0) * one_sided
    per_size2 = 0.5 * said**2 / (fit.a + 1.0 / width2)[:, None]
    lacking = before[rivals][:, None] - before[own]
    gain = per_size2[own, np.arange(len(own))] - per_size2[rivals]
    size2 = np.where(lacking > 0.0, _over(lacking, gain, np.inf), 0.0)
    found: Floats = np.sqrt(size2.max(axis=0, initial=0.0))
    return found


def _lasting(fit: Fit, panes: Floats, most: int) -> Floats:
    """float64[k], share of the root of the LLR that is left without the `most` panes that say most.

    As `evidence.lasting` has it [-].
    """
    weights = np.linalg.solve(fit.covariance, fit.S)[: len(fit.signals), : panes.shape[2]]
    said = np.sort(np.einsum("nj,npj->pj", weights, panes), axis=0)
    total = said.sum(axis=0)
    others = len(said) - most
    left = said[:others].sum(axis=0) * np.sqrt(len(said) / others)
    return _over(np.maximum(left, 0.0), total, 0.0)
