"""The exchange in plain Python: slow, and what `exchange.py` must agree with to the last bit."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.errors import PlantLost
from twin.plant.failure import at_time, not_finite
from twin.plant.instance import Instance
from twin.plant.wiring import Wiring


def exchange_plain(
    wiring: Wiring,
    instances: Sequence[Instance],
    board: NDArray[np.float64],
    progress: NDArray[np.int64],
    inputs: NDArray[np.float64],
    outputs: NDArray[np.float64],
    start_ns: int,
    dt_ns: int,
) -> None:
    """Fill `outputs[N, n_out]` from `inputs[N, n_in]`; PlantLost says which part failed when."""
    for k in range(len(inputs)):
        t_ns = start_ns + k * dt_ns
        progress[1] = t_ns
        try:
            board[: inputs.shape[1]] = inputs[k]
            _step_parts(wiring, instances, board, progress, t_ns / 1e9, dt_ns / 1e9)
        except PlantLost as error:
            raise at_time(error, t_ns) from None
        outputs[k] = board[wiring.taps]


def given_values(wiring: Wiring, board: NDArray[np.float64]) -> list[float]:
    """What the wires carry from the board to the FMU inputs, in the units of the inputs."""
    return [
        float(w["factor"]) * float(board[w["source"]]) + float(w["offset"]) for w in wiring.wires
    ]


def read_part(wiring: Wiring, part: int, instance: Instance, board: NDArray[np.float64]) -> None:
    """Put the used outputs of one part on the board."""
    first, end = wiring.read_ends[part : part + 2]
    values = instance.read()
    for name, value in zip(wiring.read_names[first:end], values, strict=True):
        if not math.isfinite(value):
            raise not_finite(name, value, "answered")
    at = len(wiring.inputs)
    board[at + first : at + end] = values


def feed_part(wiring: Wiring, part: int, instance: Instance, given: Sequence[float]) -> None:
    """Set the fed inputs of one part."""
    first, end = wiring.wire_ends[part : part + 2]
    instance.feed(given[first:end])


def _step_parts(
    wiring: Wiring,
    instances: Sequence[Instance],
    board: NDArray[np.float64],
    progress: NDArray[np.int64],
    t_s: float,
    dt_s: float,
) -> None:
    given = given_values(wiring, board)
    for name, value in zip(wiring.wire_names, given, strict=True):
        if not math.isfinite(value):
            raise not_finite(name, value, "was given")
    for part, instance in enumerate(instances):
        progress[0] = part
        feed_part(wiring, part, instance, given)
        instance.step(t_s, dt_s)
        read_part(wiring, part, instance, board)
    progress[0] = -1
