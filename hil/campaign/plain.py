"""Statistics of the three plain detectors, kept so that their limits can be set afterwards."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.blocks import Block
from twin.diagnosis.learned import Learned
from twin.site import Site
from twin.site.quantity import si_unit

FIXED_K = 2.0
"""The usual limit between a measured and a predicted temperature [K]."""
SLACK = 1.0
"""Of the CUSUM, in standard deviations of a block [-]."""
NAMES = ("fixed", "k_sigma", "cusum")
DAY_NS = 86_400_000_000_000


class PlainStatistics:
    """The largest statistic of any signal: of each day, and its records since a fault began.

    A day's CUSUM begins at 0, so that days are comparable and none drags the next one along.
    """

    def __init__(self, site: Site, signals: Sequence[str], learned: Learned) -> None:
        m = len(signals)
        self._learned = learned
        kelvin = [si_unit(site.signals[name].unit) == "K" for name in signals]
        self._fixed = np.where(kelvin, FIXED_K, np.inf)
        self._before: Block | None = None
        self._up, self._down = np.zeros(m), np.zeros(m)
        self._day = -1
        self.days: list[list[float]] = []
        """Largest statistic of each day of the run, in the order of `NAMES`."""
        self.since_ns: int | None = None
        """From when on records are kept [ns]."""
        self.records: dict[str, list[list[float]]] = {name: [] for name in NAMES}
        """[hours since `since_ns`, value] whenever a statistic is larger than before."""

    def take(self, block: Block) -> None:
        """One block of five minutes; a signal that is not usable keeps its sums."""
        day = (block.t_ns - 1) // DAY_NS
        if day != self._day:
            self._day = day
            self._up[:] = self._down[:] = 0.0
            self.days.append([0.0, 0.0, 0.0])
        before, self._before = self._before, block
        if before is None:
            return
        usable = block.usable & before.usable
        z = standardised(self._learned, block)
        ten = 0.5 * (z + standardised(self._learned, before))
        mean = 0.5 * (block.innovation + before.innovation)
        self._up = np.where(usable, np.maximum(self._up + z - SLACK, 0.0), self._up)
        self._down = np.where(usable, np.maximum(self._down - z - SLACK, 0.0), self._down)
        now = (
            _largest(np.abs(mean) / self._fixed, usable),
            _largest(np.abs(ten), usable),
            _largest(np.maximum(self._up, self._down), usable),
        )
        self.days[-1] = [max(a, b) for a, b in zip(self.days[-1], now, strict=True)]
        if self.since_ns is not None and block.t_ns > self.since_ns:
            hours = (block.t_ns - self.since_ns) / 3.6e12
            for name, value in zip(NAMES, now, strict=True):
                kept = self.records[name]
                if value > (kept[-1][1] if kept else 0.0):
                    kept.append([round(hours, 4), value])


def _largest(values: NDArray[np.float64], usable: NDArray[np.bool_]) -> float:
    return float(np.max(values, where=usable, initial=0.0))


def standardised(learned: Learned, block: Block) -> NDArray[np.float64]:
    """Innovations less the learned bias, in standard deviations of a block [-]."""
    expected = learned.expectation.expected(block.operating)
    z: NDArray[np.float64] = block.innovation / learned.scale - expected
    return z
