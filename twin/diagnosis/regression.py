"""What innovation to expect of a part at its operating point: ridge regression, weeks left out.

A polynomial says nothing of where it was not fitted. Outside of what commissioning saw, the
expected innovation goes back to its mean, and the doubt grows to what it varied by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FURTHER = 1.0
"""[standard deviations] (tuned on plants 1 and 2)."""
FAMILIAR = 0.99
"""So many of commissioning's own rows are familiar [-] (assumed)."""


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
    usual: float = 0.0
    """Mean leverage of the rows themselves [-]: weeks left out were wrong by so much already."""
    familiar: float = np.inf
    """Leverage from which on an operating point is strange [-]."""
    varied: Floats = field(default_factory=lambda: np.zeros(0))
    """float64[m], standard deviation of what was expected of the rows themselves."""

    def expected(self, operating: Floats) -> Floats:
        """Innovation without a fault, float64[..., m]."""
        expected: Floats = self.features(operating)[..., :-1] @ self.coefficients
        return expected

    def features(self, operating: Floats) -> Floats:
        """float64[..., f + 1] at operating points float64[..., q].

        Those but the first are the smaller, the stranger the operating point is; the last one is
        how strange, from 0 to 1.
        """
        z = (operating - self.centre) / self.spread
        far = expand(np.clip(z, self.low - FURTHER, self.high + FURTHER))
        leverage = np.sum((far @ self.precision_inverse) * far, axis=-1, keepdims=True)
        known = np.minimum(self.familiar / leverage, 1.0)
        near = expand(np.clip(z, self.low, self.high))
        near[..., 1:] *= known
        return np.concatenate([near, np.sqrt(1.0 - known**2)], axis=-1)

    def scaled(self, by: Floats) -> Self:
        """The same of innovations that are divided by `by[m]`."""
        return replace(self, coefficients=self.coefficients / by, varied=self.varied / by)


def expand(z: Floats) -> Floats:
    """1, z, z^2 - 1 along the last axis."""
    return np.concatenate([np.ones((*z.shape[:-1], 1)), z, z * z - 1.0], axis=-1)


def fit(
    operating: Floats,
    innovation: Floats,
    usable: NDArray[np.bool_],
    fold: NDArray[np.int64],
    penalties: Sequence[float],
    clip: float,
) -> tuple[Regression, Floats]:
    """Regression of all rows, and what is left of each row by the fit without its own fold.

    Args:
        operating: float64[n, q].
        innovation: float64[n, m], SI.
        usable: bool[n, m]; rows of a signal that are not count for nothing.
        fold: int64[n], the week of each row.
        penalties: those to choose from [rows].
        clip: how far outside the visited region the fit may go, in standard deviations [-].
    """
    scale = np.sqrt(np.sum(innovation**2 * usable, axis=0) / np.maximum(usable.sum(axis=0), 1))
    scale = np.where(scale > 0.0, scale, 1.0)
    left = [_left_out(operating, innovation, usable, fold, p, clip) for p in penalties]
    loss = [float(np.sum((e * usable / scale) ** 2)) for e in left]
    best = int(np.argmin(loss))
    return _of(operating, innovation, usable, penalties[best], clip), left[best]


def _of(
    operating: Floats, innovation: Floats, usable: NDArray[np.bool_], penalty: float, clip: float
) -> Regression:
    centre, spread = operating.mean(axis=0), operating.std(axis=0)
    spread = np.where(spread > 1e-6 * (1.0 + np.abs(centre)), spread, np.inf)
    z = (operating - centre) / spread
    Z = expand(z)
    inverse = _inverse(Z.T @ Z + _penalty(Z.shape[1], penalty))
    leverage = np.sum((Z @ inverse) * Z, axis=1)
    coefficients = _ridge(Z, innovation, usable, penalty)
    return Regression(
        centre,
        spread,
        np.quantile(z, 0.005, axis=0) - clip,
        np.quantile(z, 0.995, axis=0) + clip,
        coefficients,
        inverse,
        penalty,
        float(np.mean(leverage)),
        float(np.quantile(leverage, FAMILIAR)),
        np.std(Z @ coefficients, axis=0),
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
    fold: NDArray[np.int64],
    penalty: float,
    clip: float,
) -> Floats:
    """What is left by the others, who know as little of a strange point as all do later."""
    left = np.zeros_like(y)
    for week in np.unique(fold):
        own = fold == week
        others = _of(operating[~own], y[~own], usable[~own], penalty, clip)
        left[own] = y[own] - others.expected(operating[own])
    return np.where(usable, left, 0.0)


def _inverse(matrix: Floats) -> Floats:
    return np.linalg.inv(matrix).astype(np.float64)
