"""Which signals speak for a cause, since when, and whether more than a moment does."""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import BLOCK_NS
from twin.diagnosis.verdict import Share

Floats = NDArray[np.float64]

LEAST_SHARE = 0.05
"""A signal with less of the evidence is not named [-]."""


def shares(
    fit: Fit, plant: Plant, learned: Learned, j: int | None, size: float, part: str
) -> list[Share]:
    """Signals with their parts of the LLR of hypothesis column j (or of a part's chi2).

    What speaks against its `size` [SI], of the other sign, has no part in it.
    """
    if j is None:
        member = np.array(plant.part_of)[fit.signals]
        own = np.tile(member == part, len(fit.r) // len(member))
        solved = np.zeros(len(fit.r))
        solved[own] = np.linalg.solve(fit.covariance[np.ix_(own, own)], fit.r[own])
        weight = solved * fit.r
    else:
        weight = direction(fit, j) * fit.r * np.sign(size)
    n = len(fit.signals)
    by_signal = np.maximum(weight.reshape(-1, n).sum(axis=0), 0.0)
    total = float(by_signal.sum())
    if total <= 0.0:
        return []
    mean = fit.r[:n] * learned.scale[fit.signals]
    order = np.argsort(-by_signal)
    return [
        Share(plant.signals[fit.signals[i]], float(by_signal[i] / total), float(mean[i]))
        for i in order
        if by_signal[i] >= LEAST_SHARE * total
    ]


def direction(fit: Fit, j: int) -> Floats:
    """float64[rows], S^-1 s: what the size of hypothesis j is read off with, times its information.

    It is L^-T G with S = L L'.
    """
    L = np.linalg.cholesky(fit.covariance)
    result: Floats = np.linalg.solve(L.T, fit.G[:, j])
    return result


def since(fit: Fit, bank: Bank, base: int, j: int | None) -> int:
    """When it began [ns]: the step from none that fits best what was seen pane by pane.

    `base` is the window whose panes are tried first. If the step is all of it, those of a longer
    one are tried, so that a fault that is older than its window is dated too. Of something
    unknown, the direction is what was seen.
    """
    n = len(fit.signals)
    w = _weights(fit, j)
    first = fit.t_ns - bank.rings[base].window.length_ns
    for ring in bank.dating(base):
        ends, r = ring.history(fit.signals)
        full = (ends >= 0).all(axis=1)
        if full.sum() < 3:
            continue
        # the signal that says most gives the times
        end = ends[full, int(np.argmax(np.abs(w * fit.r[:n])))]
        onset = _onset((r @ w)[full])
        first = int(end[onset]) - ring.window.pane_blocks * BLOCK_NS
        if onset > 0:
            break
    return first


def lasting(fit: Fit, bank: Bank, base: int, j: int | None, panes: int) -> float:
    """Share of the LLR that is left without the `panes` panes that say most [-].

    A plant does strange things for minutes (a compressor before it stops): what only they say is
    no fault. The mean of the others is taken to vary as if panes were independent, the most that
    a mean of fewer can. Arguments are those of `since`.
    """
    n = len(fit.signals)
    ring = bank.rings[base]
    w = _weights(fit, j)
    before = ring.means[fit.signals, 0] - fit.r[:n]  # what a step is held against
    said = np.sort((ring.history(fit.signals)[1] - before) @ w)
    others, total = len(said) - panes, float(said.sum())
    if total <= 0.0:
        return 0.0
    return max(float(said[:others].sum()) / total, 0.0) ** 2 * len(said) / others


def _weights(fit: Fit, j: int | None) -> Floats:
    """float64[n], what the means of signals are weighed with to say how much there is of j."""
    whole = direction(fit, j) if j is not None else np.linalg.solve(fit.covariance, fit.r)
    w = np.asarray(whole[: len(fit.signals)], np.float64)
    return w if w @ fit.r[: len(w)] >= 0.0 else -w


def _onset(y: Floats) -> int:
    """Index from which on a positive constant, after zeros, explains y best."""
    tail = np.cumsum(y[::-1])[::-1]
    return int(np.argmax(np.sign(tail) * tail**2 / np.arange(len(y), 0, -1)))
