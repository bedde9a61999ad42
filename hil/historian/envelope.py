"""Series as they are drawn: so many stretches of time, and what lay in each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Envelope:
    """k series over n stretches of time; NaN where there is nothing."""

    t_ns: NDArray[np.int64]
    """int64[n], beginning of each stretch."""
    low: Floats
    """float64[n, k]"""
    mean: Floats
    high: Floats
