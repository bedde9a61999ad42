"""Hypotheses compete for what a window saw: likelihood ratios, sizes, odds. Pure algebra."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import kernels
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]

APART = 0.05
"""Two hypotheses are told apart where one keeps this share of its information beside the other
[-]."""
Z90 = 1.645
"""Half width of a 90 % interval in standard deviations [-]."""
SEEN = 1e-3
"""A hypothesis whose full size moves the window by less than this many standard deviations
cannot be seen in it [-]."""


@dataclass(frozen=True)
class Field:
    """Hypotheses as arrays of length k; in windows with a slope each comes again, as ramp."""

    threshold: Floats
    low: Floats
    high: Floats
    log_odds: Floats
    """Before any evidence, against no fault [-]."""
    fault: NDArray[np.bool_]
    ramp: NDArray[np.bool_]


def field(hypotheses: Sequence[Hypothesis], settings: Settings, ramps: bool) -> Field:
    """Hypotheses of a window; with `ramps` faults and nuisances may also have grown in it."""
    times = 2 if ramps else 1
    fault = np.array([h.kind != "nuisance" for h in hypotheses], bool)
    # of each way that a fault can go: the kernel has half a distribution for one, and all for two
    ways = np.array([2.0 if h.low < 0.0 < h.high else 1.0 for h in hypotheses])
    odds = np.where(fault, ways * settings.prior_odds, settings.nuisance_odds)
    return Field(
        np.tile([h.threshold for h in hypotheses], times),
        np.tile([h.low for h in hypotheses], times),
        np.tile([h.high for h in hypotheses], times),
        np.tile(np.log(odds / times), times),
        np.tile(fault, times),
        np.repeat(np.arange(times) == 1, len(hypotheses)),
    )


@dataclass(frozen=True)
class Score:
    """Of each of k hypotheses alone, along the last axis."""

    size: Floats
    """Most likely size within its bounds, in its unit."""
    llr: Floats
    """Twice the log-likelihood ratio against no fault [-]."""
    odds: Floats
    """Log of the posterior odds against no fault, the size being drawn from a normal
    distribution of the threshold's width (Occam: a wide guess must earn its width) [-]."""


def compete(b: Floats, a: Floats, of: Field) -> Score:
    """Scores for projections b = s' S^-1 r, float64[..., k], and a = s' S^-1 s, float64[k]."""
    rows = np.atleast_2d(b)
    size, llr, odds = np.empty_like(rows), np.empty_like(rows), np.empty_like(rows)
    kernels.score(rows, a, of.threshold, of.low, of.high, of.log_odds, SEEN, size, llr, odds)
    shape = b.shape
    return Score(size.reshape(shape), llr.reshape(shape), odds.reshape(shape))


def posterior(odds: Floats) -> Floats:
    """Probabilities of the hypotheses, no fault at all being the rest [-]."""
    top = max(float(np.max(odds)), 0.0)
    weight = np.exp(odds - top)
    result: Floats = weight / (weight.sum() + np.exp(-top))
    return result


def pairs(b: Floats, gram: Floats, of: Field, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Two at once: LLR float64[c, c] and sizes float64[c, c] (of the row's) of every pair.

    A pair whose sizes are out of bounds, or that is nearly parallel, has an LLR of -inf.
    """
    a = np.diag(gram)[chosen]
    g = gram[np.ix_(chosen, chosen)]
    own = b[chosen]
    determinant = a[:, None] * a[None, :] - g * g
    apart = determinant > APART * a[:, None] * a[None, :]
    safe = np.where(apart, determinant, 1.0)
    size = (own[:, None] * a[None, :] - own[None, :] * g) / safe
    within = (size >= of.low[chosen, None]) & (size <= of.high[chosen, None])
    llr = size * own[:, None] + size.T * own[None, :]
    return np.where(apart & within & within.T, llr, -np.inf), size
