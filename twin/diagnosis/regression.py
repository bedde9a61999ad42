"""What innovation to expect of a part at its operating point: ridge regression, weeks left out.

A polynomial says nothing of where it was not fitted. Where hardly a day of commissioning was, the
expected innovation goes back to its mean, and the doubt grows to what it varied by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.diagnosis.alike import Days, Floats, Points, kept, second_day

NEAR = 0.35
"""So far from two of commissioning's days the polynomial is believed [standard deviations of each
value, RMS], and a little further less and less (tuned on plants 31 and 32 of kajaani and 31 and 33
of mantsala)."""
FAR = 0.7
"""From here on a point is strange, the more the further away [likewise]: up to it what is off
without the polynomial was 0.8 to 1.3 of what it is at points that commissioning saw, beyond 1.5 to
10 (the same plants)."""
BETWEEN = 0.5
"""Between the two a point is so strange at most [-]: who comes from where the polynomial is
believed to where the mean is sees a step (an event of plant 32 of mantsala, seed 21)."""


@dataclass(frozen=True)
class Regression:
    """Expected innovation of m signals from f features: 1, and each of q operating values twice.

    Features are 1, z and z^2 - 1 with z the standardised operating value, so that they are about
    orthogonal and a penalty means the same for each.
    """

    centre: Floats
    """float64[q], mean operating point of commissioning [-]."""
    spread: Floats
    """float64[q], its standard deviation [-]."""
    low: Floats
    """float64[q], lowest visited z (0.5 % quantile) less the allowed extrapolation [-]."""
    high: Floats
    """float64[q], highest likewise [-]."""
    coefficients: Floats
    """float64[f, m], SI."""
    precision_inverse: Floats
    """float64[f, f], inverse of Z'Z + penalty: leverage of a feature vector [-]."""
    penalty: float
    """Ridge penalty that predicted the weeks left out best, in rows [-]."""
    usual: float
    """Mean leverage of the rows themselves [-]: weeks left out were wrong by so much already."""
    varied: Floats
    """float64[m], standard deviation of what was expected of the rows themselves."""
    points: Points
    """float32[n, q], where commissioning was: z of its rows, those alike of a day once."""
    day: Days
    """int64[n], the day of each, ascending."""

    def expected(self, operating: Floats) -> Floats:
        """Innovation without a fault, float64[..., m]."""
        expected: Floats = self.features(operating)[..., :-1] @ self.coefficients
        return expected

    def polynomial(self, operating: Floats) -> Floats:
        """What it says wherever that is, float64[..., m]."""
        said: Floats = self._inside(self._standard(operating)) @ self.coefficients
        return said

    def features(self, operating: Floats) -> Floats:
        """float64[..., f + 1] at operating points float64[..., q].

        Those but the first are the smaller, the further away commissioning was; the last one is how
        strange the point is, from 0 to 1.
        """
        z = np.atleast_2d(self._standard(operating))
        apart = second_day(z, self.points, self.day, NEAR**2)
        found = _believed(self._inside(z), apart, (NEAR, FAR, BETWEEN))
        return np.asarray(found.reshape(*operating.shape[:-1], -1))

    def _standard(self, operating: Floats) -> Floats:
        return (operating - self.centre) / self.spread

    def _inside(self, z: Floats) -> Floats:
        """1, z, z^2 - 1 with z held where commissioning was."""
        return expand(np.clip(z, self.low, self.high))

    def scaled(self, by: Floats) -> Self:
        """The same of innovations that are divided by `by[m]`."""
        return replace(self, coefficients=self.coefficients / by, varied=self.varied / by)


def expand(z: Floats) -> Floats:
    """1, z, z^2 - 1 along the last axis."""
    return np.concatenate([np.ones((*z.shape[:-1], 1)), z, z * z - 1.0], axis=-1)


def _known(apart: float, within: float) -> float:
    """1 [-] up to a mean square distance of `within`^2 [-], from there on less, down to 0."""
    beyond = apart / within**2 - 1.0
    return 1.0 if beyond < 0.0 else exp(-0.5 * beyond)


_known_at = compiled(_known)


def _believing(whole: Floats, apart: Floats, limits: tuple[float, float, float]) -> Floats:
    """Features float64[n, f + 1] of `whole[n, f]` that far away; limits NEAR, FAR, BETWEEN."""
    near, far, between = limits
    n, f = whole.shape
    found = np.empty((n, f + 1))
    for i in range(n):
        believed = _known_at(apart[i], near)
        found[i, 0] = whole[i, 0]
        for c in range(1, f):
            found[i, c] = believed * whole[i, c]
        left = between * sqrt(1.0 - believed**2)
        found[i, f] = max(left, sqrt(1.0 - _known_at(apart[i], far) ** 2))
    return found


_believed = compiled(_believing)


def fit(
    operating: Floats,
    innovation: Floats,
    usable: NDArray[np.bool_],
    day: Days,
    penalties: Sequence[float],
    clip: float,
) -> tuple[Regression, Floats]:
    """Regression of all rows, and what is left of each row by the fit without its own week.

    Args:
        operating: float64[n, q].
        innovation: float64[n, m], SI.
        usable: bool[n, m]; rows of a signal that are not count for nothing.
        day: int64[n], the day of each row, from 0, ascending.
        penalties: those to choose from [rows].
        clip: how far outside the visited region the fit may go, in standard deviations [-].
    """
    scale = np.sqrt(np.sum(innovation**2 * usable, axis=0) / np.maximum(usable.sum(axis=0), 1))
    scale = np.where(scale > 0.0, scale, 1.0)
    left = [_left_out(operating, innovation, usable, day, p, clip) for p in penalties]
    loss = [float(np.sum((e * usable / scale) ** 2)) for e in left]
    best = int(np.argmin(loss))
    return _of(operating, innovation, usable, day, penalties[best], clip), left[best]


def _of(
    operating: Floats,
    innovation: Floats,
    usable: NDArray[np.bool_],
    day: Days,
    penalty: float,
    clip: float,
) -> Regression:
    centre, spread = operating.mean(axis=0), operating.std(axis=0)
    spread = np.where(spread > 1e-6 * (1.0 + np.abs(centre)), spread, np.inf)
    z = (operating - centre) / spread
    Z = expand(z)
    inverse = _inverse(Z.T @ Z + _penalty(Z.shape[1], penalty))
    leverage = np.sum((Z @ inverse) * Z, axis=1)
    coefficients = _ridge(Z, innovation, usable, penalty)
    of_its_own = kept(z, day)
    return Regression(
        centre,
        spread,
        np.quantile(z, 0.005, axis=0) - clip,
        np.quantile(z, 0.995, axis=0) + clip,
        coefficients,
        inverse,
        penalty,
        float(np.mean(leverage)),
        np.std(Z @ coefficients, axis=0),
        z[of_its_own].astype(np.float32),
        day[of_its_own],
    )


def _penalty(f: int, penalty: float) -> Floats:
    weights = np.full(f, penalty)
    weights[0] = 1e-3  # the offset is free: only a signal that was never usable needs it bounded
    return np.diag(weights)


def _ridge(Z: Floats, y: Floats, usable: NDArray[np.bool_], penalty: float) -> Floats:
    columns = []
    for i in range(y.shape[1]):
        rows = usable[:, i]
        gram = Z[rows].T @ Z[rows] + _penalty(Z.shape[1], penalty)
        columns.append(np.linalg.solve(gram, Z[rows].T @ y[rows, i]))
    return np.stack(columns, axis=1)


def _left_out(
    operating: Floats,
    y: Floats,
    usable: NDArray[np.bool_],
    day: Days,
    penalty: float,
    clip: float,
) -> Floats:
    """What is left by the others, who know as little of a strange point as all do later."""
    left, week = np.zeros_like(y), day // 7
    for one in np.unique(week):
        own = week == one
        others = _of(operating[~own], y[~own], usable[~own], day[~own], penalty, clip)
        left[own] = y[own] - others.expected(operating[own])
    return np.where(usable, left, 0.0)


def _inverse(matrix: Floats) -> Floats:
    return np.linalg.inv(matrix).astype(np.float64)
