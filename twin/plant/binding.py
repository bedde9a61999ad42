"""The exchange bound to running FMUs, compiled or plain, behind one call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import PlantLost
from twin.plant.bridge import Bridge
from twin.plant.failure import BAD_INPUT, BAD_OUTPUT, FINE, FUNCTIONS, at_time, not_finite
from twin.plant.instance import Instance
from twin.plant.plain import exchange_plain, given_values
from twin.plant.wiring import Wiring

Exchange = Callable[[NDArray[np.float64], NDArray[np.float64], int, int], None]
"""(inputs[N, n_in], outputs[N, n_out], start_ns, dt_ns): fills `outputs` or raises PlantLost."""

PART = np.dtype(
    [
        (name, np.int64)
        for name in (
            *("fmi", "component", "set_reals", "get_reals", "do_step", "never_back"),
            *("wire_first", "wire_end", "read_first", "read_end"),
        )
    ]
)
"""What the compiled exchange knows of one FMU: addresses, whether it will never be set back to a
state before, and its share of wires and reads."""


def bind_plain(
    wiring: Wiring,
    instances: Sequence[Instance],
    board: NDArray[np.float64],
    progress: NDArray[np.int64],
) -> Exchange:
    """The exchange in plain Python."""

    def run(
        inputs: NDArray[np.float64], outputs: NDArray[np.float64], start_ns: int, dt_ns: int
    ) -> None:
        exchange_plain(wiring, instances, board, progress, inputs, outputs, start_ns, dt_ns)

    return run


class Compiled:
    """The compiled exchange, loaded from disk (0.4 s) or compiled (1 s, once on a machine)."""

    def __init__(
        self,
        wiring: Wiring,
        instances: Sequence[Instance],
        board: NDArray[np.float64],
        progress: NDArray[np.int64],
    ) -> None:
        from twin.plant.exchange import exchange  # imports numba, which only a running plant needs

        self._exchange = exchange
        self._wiring, self._instances, self._board = wiring, instances, board
        self._bridges = {p: Bridge(i) for p, i in enumerate(instances) if i.calls is None}
        self.plan: tuple[Any, ...] = (
            _parts(wiring, instances, self._bridges),
            *(wiring.wires, wiring.wire_vr, wiring.read_vr, wiring.taps),
            *(board, np.zeros(len(wiring.wires)), progress),
        )
        """The arguments of `exchange` that stay the same, for other compiled code that calls it."""
        self(np.zeros((0, len(wiring.inputs))), np.zeros((0, len(wiring.outputs))), 0, 1)

    def __call__(
        self, inputs: NDArray[np.float64], outputs: NDArray[np.float64], start_ns: int, dt_ns: int
    ) -> None:
        """Fill `outputs[N, n_out]` from `inputs[N, n_in]`, or raise PlantLost."""
        ended = self._exchange(*self.plan, inputs, outputs, start_ns, dt_ns)
        self.check(ended, start_ns, dt_ns)

    def check(self, ended: tuple[int, int, int, int], start_ns: int, dt_ns: int) -> None:
        """Raise what `ended`, the answer of `exchange`, says of steps from `start_ns` [ns] on."""
        where, part, status, step = ended
        if where == FINE:
            return
        error = self._bridges[part].error if part in self._bridges else None
        if error is not None and not isinstance(error, PlantLost):
            raise error
        error = error or _failure(self._wiring, self._instances, self._board, where, part, status)
        raise at_time(error, start_ns + step * dt_ns)


def _parts(
    wiring: Wiring, instances: Sequence[Instance], bridges: Mapping[int, Bridge]
) -> NDArray[np.void]:
    parts = np.zeros(len(instances), PART)
    for p, instance in enumerate(instances):
        calls = instance.calls or bridges[p].calls
        parts[p] = (
            *(calls.fmi, calls.component, calls.set_reals, calls.get_reals, calls.do_step),
            instance.never_back,
            *(*wiring.wire_ends[p : p + 2], *wiring.read_ends[p : p + 2]),
        )
    return parts


def _failure(
    wiring: Wiring,
    instances: Sequence[Instance],
    board: NDArray[np.float64],
    where: int,
    part: int,
    status: int,
) -> PlantLost:
    if where == BAD_INPUT:
        value = given_values(wiring, board)[status]
        return not_finite(wiring.wire_names[status], value, "was given")
    if where == BAD_OUTPUT:
        value = float(board[len(wiring.inputs) + status])
        return not_finite(wiring.read_names[status], value, "answered")
    instance = instances[part]
    return instance.lost(FUNCTIONS[instance.file.fmi][where], status)
