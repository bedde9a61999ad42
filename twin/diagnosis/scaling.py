"""Whether a reading that is wrong is so by a constant, or by a share of what it reads.

At one value both are the same. The bank sizes the bias hour by hour; if the value moves and the
size moves with it, the gain is wrong.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_HOURS = 6
"""Fewer say nothing [h] (assumed)."""
MOST_HOURS = 240
"""More are not kept [h]."""
ALIKE_HOURS = 6.0
"""So many hours in a row have the same error of the model, and count as one [-] (assumed)."""
CROOKED = 0.05
"""A size may move with the operating point by this share of itself because signatures are not
quite right there [-] (assumed): 2 K of a constant bias were once called a gain of 1.7 %."""
DECIDED = 3.0
"""Log odds from which a gain is named [-]: 20 to 1."""


@dataclass(frozen=True)
class Gain:
    """A relative error of the gain with its 90 % interval [-], and its log odds against a bias."""

    size: float
    low: float
    high: float
    log_odds: float


def gain_of(bias: Floats, above: Floats, variance: float) -> Gain | None:
    """The gain that explains sizes of a bias; None if there are too few or it explains nothing.

    Args:
        bias: float64[hours], by how much the reading was too high [unit].
        above: float64[hours], the reading above the zero of its scale [unit].
        variance: of each of `bias` [unit^2], beside what signatures are wrong by.
    """
    power = float(above @ above)
    if len(bias) < LEAST_HOURS or power <= 0.0 or variance <= 0.0:
        return None
    variance = variance + (CROOKED * float(bias.mean())) ** 2
    share = float(bias @ above) / power  # of what is read, which has the error in it
    left = float(np.sum((bias - share * above) ** 2))
    constant = float(np.sum((bias - bias.mean()) ** 2))
    error = 1.645 * (variance * ALIKE_HOURS / power) ** 0.5
    low, size, high = (_of_true(s) for s in (share - error, share, share + error))
    return Gain(size, low, high, (constant - left) / (2.0 * variance * ALIKE_HOURS))


def _of_true(share: float) -> float:
    """Error per true value from that per reading [-]."""
    return share / max(1.0 - share, 1e-3)


class Hours:
    """Sizes of one bias and the readings at the time, hour by hour."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._bias: list[float] = []
        self._above: list[float] = []
        self._variance: list[float] = []

    def take(self, bias: float, variance: float, reading: float) -> None:
        """What an hour said: `bias` and `reading` [unit], `variance` [unit^2]."""
        if not np.isfinite([bias, variance, reading]).all():
            return
        for kept, value in (
            (self._bias, bias),
            (self._above, reading - self._zero),
            (self._variance, variance),
        ):
            kept.append(value)
            del kept[:-MOST_HOURS]

    def gain(self) -> Gain | None:
        """What they say together."""
        if not self._bias:
            return None
        variance = float(np.median(self._variance))
        return gain_of(np.array(self._bias), np.array(self._above), variance)
