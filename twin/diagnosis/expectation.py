"""What innovation to expect of all signals: of each part by its own operating point."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import regression
from twin.diagnosis.regression import Regression
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expectation:
    """A regression a part: a model's errors depend on what it is fed with and on nothing else."""

    parts: tuple[Regression, ...]
    signals: tuple[NDArray[np.intp], ...]
    """Of each part, which signals are its own."""
    columns: tuple[NDArray[np.intp], ...]
    """Of each part, which features of the operating point are."""

    def expected(self, operating: Floats) -> Floats:
        """float64[m], scaled innovation without a fault at an operating point float64[q]."""
        return self.said(self.features(operating))

    def said(self, features: Floats) -> Floats:
        """The same of an operating point's `features`."""
        return np.asarray(np.sum(features[:, :-1] * self.coefficients, axis=1))

    def polynomial(self, operating: Floats) -> Floats:
        """float64[m], what the polynomials alone say, wherever the operating point is."""
        said, known = np.zeros(self._m), _known(operating)
        for part, own, columns in zip(self.parts, self.signals, self.columns, strict=True):
            said[own] = part.polynomial(known[columns])
        return said

    def features(self, operating: Floats) -> Floats:
        """float64[m, f], those of each signal's part with zeros behind; how strange comes last."""
        features, known = np.zeros((self._m, self.f)), _known(operating)
        for part, own, columns in zip(self.parts, self.signals, self.columns, strict=True):
            found = part.features(known[columns])
            features[own, : len(found) - 1] = found[:-1]
            features[own, -1] = found[-1]
        return features

    def points(self, operating: Floats) -> Floats:
        """float64[parts, q + 1], 1 and the standardised operating values of each, zeros behind."""
        found, known = np.zeros((len(self.parts), 1 + self.q)), _known(operating)
        found[:, 0] = 1.0
        for row, part, columns in zip(found, self.parts, self.columns, strict=True):
            row[1 : 1 + len(columns)] = (known[columns] - part.centre) / part.spread
        return found

    @cached_property
    def part_of(self) -> NDArray[np.intp]:
        """int[m], the number of each signal's part."""
        found = np.zeros(self._m, np.intp)
        for number, own in enumerate(self.signals):
            found[own] = number
        return found

    def doubt(self, features: Floats) -> tuple[Floats, Floats]:
        """Unusual leverage and the square of how strange it is, float64[m] each [-]."""
        leverage = np.einsum("ip,ipq,iq->i", features, self.inverse, features) - self.usual
        return np.maximum(leverage, 0.0), features[:, -1] ** 2

    def scaled(self, by: Floats) -> "Expectation":
        """The same of innovations that are divided by `by[m]`."""
        parts = (p.scaled(by[own]) for p, own in zip(self.parts, self.signals, strict=True))
        return Expectation(tuple(parts), self.signals, self.columns)

    @property
    def q(self) -> int:
        """Most operating values that a part has [-]."""
        return max(len(own) for own in self.columns)

    @property
    def f(self) -> int:
        """Columns of `features` [-]."""
        return max(len(part.coefficients) for part in self.parts) + 1

    @property
    def _m(self) -> int:
        return sum(len(own) for own in self.signals)

    @cached_property
    def coefficients(self) -> Floats:
        """float64[m, f - 1], what each of `features` but the last counts."""
        found = np.zeros((self._m, self.f - 1))
        for part, own in zip(self.parts, self.signals, strict=True):
            found[own, : len(part.coefficients)] = part.coefficients.T
        return found

    @cached_property
    def inverse(self) -> Floats:
        """float64[m, f, f], `Regression.precision_inverse` of each signal's part."""
        inverse = np.zeros((self._m, self.f, self.f))
        for part, own in zip(self.parts, self.signals, strict=True):
            n = len(part.precision_inverse)
            inverse[own, :n, :n] = part.precision_inverse
        return inverse

    @cached_property
    def usual(self) -> Floats:
        """float64[m], usual leverage."""
        return self._by_signal([part.usual for part in self.parts])

    @cached_property
    def varied(self) -> Floats:
        """float64[m], standard deviation of what was expected in commissioning."""
        return self._by_signal([part.varied for part in self.parts])

    def _by_signal(self, of_parts: Sequence[float | Floats]) -> Floats:
        """float64[m], what parts have for all of their signals or for each."""
        found = np.zeros(self._m)
        for own, value in zip(self.signals, of_parts, strict=True):
            found[own] = value
        return found


def _known(operating: Floats) -> Floats:
    """With 0 for what was not known; nothing of a part whose point it was is usable then."""
    return np.where(np.isfinite(operating), operating, 0.0)


def fit(
    operating: Floats,
    innovation: Floats,
    usable: NDArray[np.bool_],
    day: NDArray[np.int64],
    owners: tuple[Sequence[str], Sequence[str]],
    settings: Settings,
) -> tuple[Expectation, Floats]:
    """All parts, and what is left of each row float64[n, m] by the fit without its own week.

    `owners` are the parts of signals and of features; arguments are those of `regression.fit`.

    Raises:
        ValueError: what a model is fed with was read in one week only.
    """
    signals, columns = (np.array(of) for of in owners)
    parts, rows, fed = [], [], []
    left = np.zeros_like(innovation)
    for name in dict.fromkeys(owners[0]):
        own, its = (
            np.flatnonzero(signals == name),
            np.flatnonzero((columns == name) | (columns == "")),
        )
        there = np.isfinite(operating[:, its]).all(axis=1)
        if len(np.unique(day[there] // 7)) < 2:  # a week is held against what the others know
            raise ValueError(f"{name}: what it is fed with was read in fewer than 2 weeks")
        part, left[np.ix_(there, own)] = regression.fit(
            operating[np.ix_(there, its)],
            innovation[np.ix_(there, own)],
            usable[np.ix_(there, own)],
            day[there],
            settings.ridge,
            settings.clip_features,
        )
        parts.append(part)
        rows.append(own)
        fed.append(its)
    return Expectation(tuple(parts), tuple(rows), tuple(fed)), left
