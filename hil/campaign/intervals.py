"""Exact 95 % intervals of shares and rates (Clopper and Pearson 1934; Garwood 1936)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, binom, chi2

LEVEL = 0.95


@dataclass(frozen=True)
class Share:
    """`hits` of `n`, with its Clopper-Pearson interval [-]; None of nothing."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Estimate [-]."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which the true share is with 95 % or more [-]."""
        if not self.n:
            return None
        rest = (1.0 - LEVEL) / 2.0
        low = float(beta.ppf(rest, self.hits, self.n - self.hits + 1)) if self.hits else 0.0
        missed = self.n - self.hits
        high = float(beta.ppf(1.0 - rest, self.hits + 1, missed)) if missed else 1.0
        return low, high


def poisson_upper(events: int, years: float) -> float | None:
    """One-sided 95 % upper bound of a rate, of so many events in so many years [1/a]."""
    return float(chi2.ppf(LEVEL, 2 * events + 2)) / 2.0 / years if years > 0.0 else None


def poisson_interval(events: int, years: float) -> tuple[float, float] | None:
    """Two-sided 95 % interval of a rate [1/a]."""
    if years <= 0.0:
        return None
    rest = (1.0 - LEVEL) / 2.0
    low = float(chi2.ppf(rest, 2 * events)) / 2.0 / years if events else 0.0
    return low, float(chi2.ppf(1.0 - rest, 2 * events + 2)) / 2.0 / years


def median(values: Sequence[float]) -> float | None:
    """Median [unit]; None of nothing."""
    return float(np.median(values)) if values else None


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of a median [unit] by the order of the values; None of fewer than 6."""
    n = len(values)
    if n < 6:  # 0.5^5 is more than the 2.5 % of one end
        return None
    ordered = sorted(values)
    k = int(binom.ppf((1.0 - LEVEL) / 2.0, n, 0.5))
    return float(ordered[max(k - 1, 0)]), float(ordered[min(n - k, n - 1)])
