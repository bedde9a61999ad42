"""The loops of `steps.py` in plain Python, for an FMU that must not be called from compiled code.

They raise what an FMU answers instead of giving its status.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.factors import Factors, solved
from twin.plant.model_exchange import ModelInstance

FINE, CROSSED, ROUGH = 0, 1, 9
"""As in `steps.py`."""

Matrix = NDArray[np.float64]
References = Sequence[int]


def follow_plain(
    model: ModelInstance,
    in_vr: References,
    out_vr: References,
    t_s: float,
    dt_s: float,
    row: int,
    x: Matrix,
    inputs: Matrix,
    step: Factors,
    drive: Matrix,
    limit: Matrix,
    outputs: Matrix,
    z: Matrix,
    signs: NDArray[np.bool_],
) -> tuple[int, int, int]:
    """`steps.follow`; `z` stays as it is."""
    while row < len(inputs):
        model.set_reals(in_vr, inputs[row].tolist())
        k1 = solved(step, _slopes(model, t_s + row * dt_s, x) + drive)
        there = _slopes(model, t_s + (row + 1) * dt_s, x + dt_s * k1)
        k2 = solved(step, there + drive - 2.0 * k1)
        if not (np.abs(0.5 * dt_s * (k1 + k2)) <= limit).all():
            return ROUGH, 0, row
        x += dt_s * (1.5 * k1 + 0.5 * k2)
        model.move(t_s + (row + 1) * dt_s, x)
        outputs[row] = model.get_reals(out_vr)
        row += 1
        if ((model.indicators() > 0.0) != signs).any():
            return CROSSED, 0, row
    return FINE, 0, row


def values_plain(
    model: ModelInstance,
    in_vr: References,
    out_vr: References,
    t_s: float,
    points: Matrix,
    found: Matrix,
) -> tuple[int, int]:
    """`steps.values`."""
    n = points.shape[1] - len(in_vr)
    for point, row in zip(points, found, strict=True):
        model.set_reals(in_vr, point[n:].tolist())
        row[:n] = _slopes(model, t_s, point[:n])
        row[n:] = model.get_reals(out_vr)
    return FINE, 0


def _slopes(model: ModelInstance, t_s: float, x: Matrix) -> Matrix:
    model.move(t_s, x)
    return model.derivatives().copy()
