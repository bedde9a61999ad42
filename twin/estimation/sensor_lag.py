"""The delay a sensor adds, put on the prediction so that like is compared with like."""

import numpy as np
from numpy.typing import NDArray


def lag(
    before: NDArray[np.float64],
    predicted: NDArray[np.float64],
    tau_s: NDArray[np.float64],
    dt_s: float,
) -> NDArray[np.float64]:
    """First-order lag (implicit Euler) of each column of `predicted`.

    Args:
        before: float64[n], the lagged value one sample before the first row.
        predicted: float64[rows, n].
        tau_s: float64[n], time constants, 0 for none [s].
        dt_s: sample time [s].

    Returns:
        float64[rows, n] in the units of `predicted`; its last row is the next `before`.
    """
    share = dt_s / (tau_s + dt_s)
    lagged = np.empty_like(predicted)
    for row, value in enumerate(predicted):
        before = before + share * (value - before)
        lagged[row] = before
    return lagged
