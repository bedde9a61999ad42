"""What a window's readings say against the prediction, behind the lag of the sensors; compiled."""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.slaved import Division

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


def _look(
    share: Matrix, read: Matrix, outputs: Matrix, added: Matrix, readings: Matrix, heard: Flags
) -> tuple[Matrix, Matrix, Flags]:
    """Innovation of a window and which of `heard[m]` it has, behind the lag of the sensors.

    Args:
        share: float64[m, 1], by how much a sensor moves to what it should read in a sample.
        read: float64[m], what the sensors ought to have read a sample before.
        outputs: float64[samples, m], what the model gives.
        added: float64[m], what disturbances add to it.
        readings: float64[samples, m], NaN where there is none.
        heard: bool[m], those that may correct.

    Returns:
        Predicted readings float64[samples, m]; the mean difference float64[m], NaN where less than
        half of the readings are there; which of `heard` have one.
    """
    samples, m = outputs.shape
    predicted, innovation = np.empty_like(outputs), np.empty(m)
    there = np.zeros(m, np.bool_)
    for i in range(m):
        value, total, count = read[i], 0.0, 0
        for row in range(samples):
            value += share[i, 0] * (outputs[row, i] + added[i] - value)
            predicted[row, i] = value
            if np.isfinite(readings[row, i]):
                total += readings[row, i] - value
                count += 1
        innovation[i] = total / count if 2 * count >= samples else np.nan
        there[i] = heard[i] and np.isfinite(innovation[i])
    return predicted, innovation, there


look = compiled(_look)


def _correct(
    among: Division,
    left: Matrix,
    following: Matrix,
    x: Matrix,
    read: Matrix,
    wander: Matrix,
    K: Matrix,
    innovation: Matrix,
    heard: Flags,
) -> tuple[Matrix, Matrix, Matrix]:
    """States, readings and disturbances at a window's end, corrected by what was heard.

    Args:
        among: which of the states the filter has.
        left: float64[n_z], what is left of each state of the filter after a window.
        following: float64[n_slaved], by how much slaved states move with their hosts.
        x: float64[n_x], where the model is then.
        read: float64[m], what the sensors ought to read then.
        wander: float64[n_d], at its begin.
        K: float64[n_z, m], the gain.
        innovation: float64[m].
        heard: bool[m].
    """
    n, m = len(among.kept), len(read)
    correction = K @ np.where(heard, innovation, 0.0)
    x = x.copy()
    for i in range(n):
        x[among.kept[i]] += correction[i]
    for i in range(len(among.slaved)):
        x[among.slaved[i]] += following[i] * correction[among.host[i]]
    return x, read + correction[n : n + m], left[n + m :] * wander + correction[n + m :]


corrected = compiled(_correct)
