"""What an observer hands to the diagnosis, step by step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_S = 100.0
"""What a Step is about [s]: a third of what the diagnosis looks at. An observer corrects itself so
often; with half of it signatures differ by 2 % in the median, and everything costs 1.6 times."""
STEP_NS = round(STEP_S * 1e9)


@dataclass(frozen=True)
class Readings:
    """What n channels (signals, then commands) read within a while; NaN where nothing was read."""

    low: NDArray[np.float64]
    """Lowest sample, SI."""
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]
    """Half the mean square of what samples change by, what the model moves taken off [SI^2]."""
    white: NDArray[np.float64]
    """Variance of what is white in the samples, what the model moves taken off; below 0 of what
    swings [SI^2]."""
    model_low: NDArray[np.float64]
    """Lowest sample that the model expects; NaN of a channel that no model predicts."""
    model_high: NDArray[np.float64]
    heard: NDArray[np.float64]
    """Share of the rows in which there was a good value [-]."""


@dataclass(frozen=True)
class Step:
    """`STEP_S` of m watched signals under k hypotheses, at q features of the operating point."""

    t_ns: int
    """Its end [ns]."""
    innovation: NDArray[np.float64]
    """float64[m], mean over it of reading minus prediction, SI; NaN where there is none."""
    variance: NDArray[np.float64]
    """float64[m], predicted variance of that mean [SI^2]."""
    signature: NDArray[np.float64]
    """float64[m, k], innovation that hypothesis k gives per unit of its size, from the filter's own
    sensitivity recursion, for a fault of constant size that has been there since long."""
    usable: NDArray[np.bool_]
    """bool[m], whether the part is observable (running long enough, inputs fresh, inside the
    validity of its model) and the signal was read."""
    operating: NDArray[np.float64]
    """float64[q], commands and boundary values, scaled to about 1 [-]."""
    readings: Readings | None = None
    """Of the site's signals and commands; None if nobody looks at them."""
