"""Thresholds counted on weeks that the regression has not seen, and on years made of their days.

Windows of up to a day are counted on the weeks left out, as the bank judges them
(`as_judged.py`). For longer ones, healthy
years are put together from the days left out, in random order and with random sign, on top of a
slow wandering of the size that the weeks allow. Four weeks show no event that happens once in
years: the tail of the daily maxima (exponential, that of a likelihood ratio) is followed down to
the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri

from twin.diagnosis.compete import Field, compete
from twin.diagnosis.covariance import (
    SLOW,
    Mismatch,
    correlation,
    slope_weights,
    window_means,
)
from twin.diagnosis.settings import DAY_BLOCKS, Settings, Window

Floats = NDArray[np.float64]

YEARS = 3
"""Healthy years that are put together [a]: more would repeat the same days."""
YEAR_DAYS = 365
TAIL_RATE = 65.0
"""The tail is fitted to maxima that are exceeded so often [1/a]: four whole times in 28 days."""
TAIL = 2.5
"""Assumed mean excess [-]: 2 of a likelihood ratio with the right variance, 25 % more for ours."""
TAIL_PRIOR = 5.0
"""It counts as so many maxima [-]."""
REST_QUANTILE = 0.995
"""A healthy plant's total is below this so often [-]; what may be left unexplained is so much times
`Settings.later`."""


@dataclass(frozen=True)
class Healthy:
    """Innovations of a healthy plant over years, on a grid of blocks."""

    innovation: Floats
    usable: NDArray[np.bool_]


def healthy(
    left: Floats, usable: NDArray[np.bool_], model: Mismatch, seed: int, years: int = YEARS
) -> Healthy:
    """Days of the remainders float64[n, m] in random order and sign, with a slow wandering."""
    random = np.random.default_rng(seed)
    m = left.shape[1]
    days = len(left) // DAY_BLOCKS
    n = years * YEAR_DAYS
    shape = (days, DAY_BLOCKS, m)
    drawn = random.integers(days, size=n)
    sign = random.choice([-1.0, 1.0], size=n)[:, None, None]
    innovation = left[: days * DAY_BLOCKS].reshape(shape)[drawn] * sign
    alike = correlation(window_means(left, usable, DAY_BLOCKS)[::DAY_BLOCKS], days)
    wander = random.normal(size=(n, m)) @ np.linalg.cholesky(alike).T
    keep = np.exp(-DAY_BLOCKS / SLOW)
    for day in range(1, n):
        wander[day] = keep * wander[day - 1] + np.sqrt(1.0 - keep**2) * wander[day]
    innovation += (wander * np.sqrt(model.parts[-1]))[:, None, :]
    flat = usable[: days * DAY_BLOCKS].reshape(shape)[drawn].reshape(-1, m)
    return Healthy(np.where(flat, innovation.reshape(-1, m), 0.0), flat)


def moments(window: Window, plant: Healthy) -> Floats:
    """float64[t, m or 2 m]: means (and slope sums) at every judgement.

    A signal without a value says nothing for or against: it is taken as what was expected.
    """
    pane = window_means(plant.innovation, plant.usable, window.pane_blocks)
    pane = pane[:: window.pane_blocks]
    ones = np.full(window.panes, 1.0 / window.panes)
    parts = [_moving(pane, ones)]
    if window.slope:
        parts.append(_moving(pane, slope_weights(window)))
    return np.hstack(parts)


def _moving(pane: Floats, weights: Floats) -> Floats:
    panes = len(weights)
    filled = np.where(np.isfinite(pane), pane, 0.0)
    out = np.zeros((len(pane) - panes + 1, pane.shape[1]))
    for p, weight in enumerate(weights):
        out += weight * filled[p : p + len(out)]
    return out


def statistics(
    r: Floats,
    covariance: Floats,
    signature: Floats,
    of: Field,
    whose: Sequence[NDArray[np.bool_]],
) -> Floats:
    """Per row of r: the best LLR of all faults of each part, float64[rows, parts].

    `whose` says of each part which hypotheses are its own. Whether the best wins and is material
    is not asked: what is left would be too rare to follow.
    """
    L = np.linalg.cholesky(covariance)
    G = np.linalg.solve(L, signature)
    a = np.sum(G * G, axis=0)
    raised = np.zeros((len(r), len(whose)))
    for begin in range(0, len(r), 8192):
        rows = slice(begin, begin + 8192)
        z = np.linalg.solve(L, r[rows].T).T
        score = compete(z @ G, a, of)
        for p, own in enumerate(whose):
            raised[rows, p] = np.max(score.llr[:, of.fault & own], axis=1, initial=0.0)
    return raised


def threshold(statistic: Floats, window: Window, rate: float, lowest: float) -> float:
    """Level that the maxima exceed `rate` times a year [-], by their exponential tail."""
    years = len(statistic) * window.pane_blocks / (DAY_BLOCKS * YEAR_DAYS)
    per = max(window.blocks, DAY_BLOCKS) // window.pane_blocks
    whole = len(statistic) // per * per
    maxima = np.sort(statistic[:whole].reshape(-1, per).max(axis=1))[::-1]
    n = min(max(int(TAIL_RATE * years), 3), max(len(maxima) // 3, 1))
    if len(maxima) <= n or maxima[0] <= 0.0:
        return lowest
    base = float(maxima[n])
    # a few maxima know little of their tail: they are taken together with an assumed one
    seen = float(np.mean(maxima[:n])) - base
    excess = max((n * seen + TAIL_PRIOR * TAIL) / (n + TAIL_PRIOR), 2.0)
    return max(base + excess * float(np.log(max(n / years / rate, 1.0))), lowest)


def of_many(lowest: float, n: int) -> float:
    """chi2 of n values that is as rare as `lowest` is of one [-]: a part has many signals."""
    return float(chdtri(n, chdtrc(1, lowest)))


def rate(windows: tuple[Window, ...], settings: Settings, n_parts: int) -> float:
    """Of false faults, and of false unknowns, that a window may raise in a part [1/a]."""
    return 0.5 * settings.events_per_year / len(windows) / max(n_parts, 1)
