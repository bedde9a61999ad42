"""The most likely parameters of a model, given what they were believed to be before.

About a point a run gives residuals r (reading minus prediction) and their sensitivities S to each
parameter, so that parameters that are `d` higher leave r - S d. Twice the negative logarithm of the
posterior is then quadratic in d, and everything here is said of that quadratic: the estimate
within bounds, what profile likelihood says of each parameter, by how much a freed one would explain
more. Models that bend are run again at the estimate (Gauss and Newton); the caller does that.

Residuals of a model that is not the plant are coloured over hours and days: thousands of them are
not thousands of pieces of evidence. Each day counts as much as its mean does (`day_variance`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, lsq_linear

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SETTLED = 0.01
"""Variances that change by less than this share from one estimate to the next have settled [-]."""
MOST_ROUNDS = 30
"""Estimates until they have, at most [-]."""


@dataclass(frozen=True)
class Seen:
    """What a run showed in n blocks of m signals, with p parameters."""

    residual: Floats
    """float64[n, m], 0 where not usable."""
    usable: Flags
    """bool[n, m]."""
    sensitivity: Floats
    """float64[n, m, p], d residual / d parameter, 0 where not usable."""
    day: NDArray[np.int64]
    """int64[n], the day of each block."""

    @cached_property
    def days(self) -> tuple[Floats, Floats, Flags]:
        """Means of each day: residuals [days, m] and sensitivities [days, m, p]; has it any?"""
        of = [self.day == day for day in np.unique(self.day)]
        count = np.array([self.usable[own].sum(axis=0) for own in of])
        some = np.maximum(count, 1)
        residual = np.array([self.residual[own].sum(axis=0) for own in of]) / some
        moved = np.array([self.sensitivity[own].sum(axis=0) for own in of]) / some[:, :, None]
        return residual, moved, count > 0

    @cached_property
    def products(self) -> tuple[Floats, Floats, Floats]:
        """Sums over blocks, by signal: S'S [m, p, p], S'r [m, p] and r'r [m]."""
        S = np.ascontiguousarray(self.sensitivity.transpose(1, 2, 0))
        r = self.residual.T[:, :, None]
        return S @ S.transpose(0, 2, 1), (S @ r)[:, :, 0], np.sum(self.residual**2, axis=0)


@dataclass(frozen=True)
class Prior:
    """What was known of p parameters before; a deviation of infinity is no knowledge."""

    mean: Floats
    sigma: Floats
    low: Floats
    high: Floats

    def pinned(self, fixed: Flags) -> "Prior":
        """With the parameters `fixed[p]` known to be at their mean."""
        sigma = np.where(fixed, 0.0, self.sigma)
        return Prior(self.mean, sigma, self.low, self.high)

    def freed(self, j: int, sigma: float) -> "Prior":
        """With a deviation of `sigma` [unit] for parameter j."""
        changed = self.sigma.copy()
        changed[j] = sigma
        return Prior(self.mean, changed, self.low, self.high)


@dataclass(frozen=True)
class Quadratic:
    """Twice the negative log-likelihood of parameters `at + d`: constant - 2 score.d + d.A.d."""

    at: Floats
    score: Floats
    information: Floats
    constant: float


@dataclass(frozen=True)
class Estimate:
    """The most likely parameters."""

    value: Floats
    deviation: Floats
    """float64[p], of the posterior, bounds not counted; 0 of pinned ones."""
    cost: float
    """Twice the negative log-posterior, up to a constant that no parameter moves [-]."""


@dataclass(frozen=True)
class Settled:
    """The most likely parameters when a day's mean varies by what they themselves leave behind."""

    of: Quadratic
    """With that variance."""
    estimate: Estimate
    unlikely: float
    """Twice the negative log-posterior of the days' means with their variance as an unknown too, up
    to a constant: what is said with one variance is held against another by this [-]."""


def day_variance(seen: Seen, move: Floats, assumed: Floats, weight: float) -> Floats:
    """float64[m], variance of a day's mean residual, after the parameters have moved by `move[p]`.

    `assumed[m]` counts like `weight` days: few days cannot say it by themselves.
    """
    residual, moved, there = seen.days
    left = residual - moved @ move
    total = np.sum(left**2, axis=0, where=there)
    variance: Floats = (total + weight * assumed) / (there.sum(axis=0) + weight)
    return variance


def quadratic(seen: Seen, at: Floats, variance: Floats) -> Quadratic:
    """Of a run at the parameters `at[p]`, when a day's mean has `variance[m]`.

    A day of n blocks says as much as its mean; each block has n times the variance of the mean.
    """
    days = seen.days[2].sum(axis=0)
    blocks = seen.usable.sum(axis=0) / np.maximum(days, 1)
    weight = np.where(days > 0, 1.0 / (np.maximum(blocks, 1.0) * variance), 0.0)
    SS, Sr, rr = seen.products
    return Quadratic(at, weight @ Sr, np.tensordot(weight, SS, 1), float(weight @ rr))


def settled(seen: Seen, at: Floats, prior: Prior, assumed: Floats, weight: float) -> Settled:
    """Of a run at the parameters `at[p]`; `assumed` and `weight` as of `day_variance`."""
    variance = day_variance(seen, np.zeros(len(at)), assumed, weight)
    for _ in range(MOST_ROUNDS):
        before, of = variance, quadratic(seen, at, variance)
        estimate = most_likely(of, prior)
        variance = day_variance(seen, estimate.value - at, assumed, weight)
        if (np.abs(variance - before) <= SETTLED * before).all():
            break
    days = (seen.days[2].sum(axis=0) + weight) @ np.log(variance)
    known = prior.sigma > 0.0
    away = (estimate.value - prior.mean)[known] / prior.sigma[known]
    return Settled(of, estimate, float(days + away @ away))


def most_likely(of: Quadratic, prior: Prior) -> Estimate:
    """The estimate within the bounds of the prior; what has a deviation of 0 is at its mean."""
    open_ = prior.sigma > 0.0
    pinned = np.where(open_, of.at, prior.mean)
    shift = pinned - of.at
    A, b = of.information, of.score - of.information @ shift
    constant = of.constant - 2.0 * of.score @ shift + shift @ of.information @ shift
    held = np.zeros(len(pinned))
    held[open_] = prior.sigma[open_] ** -2.0
    away = np.where(open_, prior.mean - pinned, 0.0)
    M = (A + np.diag(held))[np.ix_(open_, open_)]
    rhs = (b + held * away)[open_]
    d, deviation = np.zeros(len(pinned)), np.zeros(len(pinned))
    if open_.any():
        scale = 1.0 / np.sqrt(np.diagonal(M))
        L = np.linalg.cholesky(M * np.outer(scale, scale))
        low = (prior.low - pinned)[open_] / scale
        high = (prior.high - pinned)[open_] / scale
        half = np.linalg.solve(L, np.diag(scale))
        x = half.T @ (half @ rhs) / scale
        if ((x < low) | (x > high)).any():
            within = (np.minimum(low, 0.0), np.maximum(high, 0.0))
            x = lsq_linear(L.T, np.linalg.solve(L, rhs * scale), within).x
        d[open_] = x * scale
        deviation[open_] = np.sqrt(np.sum(half**2, axis=0))
    cost = constant - 2.0 * b @ d + d @ A @ d + float(np.sum(held * (d - away) ** 2))
    return Estimate(pinned + d, deviation, float(cost))


def told(of: Quadratic, prior: Prior) -> Floats:
    """float64[p], deviation of each parameter after the data over that before [-].

    1 is a parameter of which the data say nothing that the others cannot take over.
    """
    after = most_likely(of, prior).deviation
    before = np.where(prior.sigma > 0.0, prior.sigma, np.inf)
    ratio: Floats = np.where(np.isfinite(before), after / before, 1.0)
    return ratio


def profile(of: Quadratic, prior: Prior, j: int, rise: float) -> tuple[float, float]:
    """Where the profile of parameter j has risen by `rise` [-] above its least, or its bounds.

    The profile is the cost of the best other parameters for each value of this one; its ends are
    searched for, as bounds of the others make it no parabola.
    """
    best = most_likely(of, prior)
    ends = []
    for bound, way in ((prior.low[j], -1.0), (prior.high[j], 1.0)):
        reach = 8.0 * np.sqrt(rise) * best.deviation[j]
        far = min(max(float(bound), best.value[j] - reach), best.value[j] + reach)
        if (far - best.value[j]) * way <= 0.0 or _at(of, prior, j, far) - best.cost <= rise:
            ends.append(far)
            continue
        ends.append(
            brentq(
                lambda value: _at(of, prior, j, value) - best.cost - rise,
                *(float(best.value[j]), far),
                xtol=1e-6 * reach,
            )
        )
    return ends[0], ends[1]


def _at(of: Quadratic, prior: Prior, j: int, value: float) -> float:
    """Least cost with parameter j at `value`, what its own prior says of that included."""
    mean = prior.mean.copy()
    mean[j] = value
    pinned = np.arange(len(mean)) == j
    cost = most_likely(of, Prior(mean, prior.sigma, prior.low, prior.high).pinned(pinned)).cost
    own = (value - prior.mean[j]) / prior.sigma[j]
    return cost + float(own * own)
