"""Cycles of plant, sensors and controllers, compiled: `hil/loop/cycle.py` without its registers.

Importing this file imports numba (0.5 s).
"""

from types import FunctionType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.plant.exchange import exchange
from twin.plant.measure import measure

STEP = np.dtype(
    [("kind", np.int64)]
    + [
        (name, np.float64)
        for name in ("from_factor", "from_offset", "low", "high", "to_factor", "to_offset")
    ]
)
"""A value into a register and out again: `raw = (x - from_offset) / from_factor` as its type holds
it, from `low` to `high`; then `raw * to_factor + to_offset`."""

NOTHING, INTEGER, FLOAT32, FLOAT64 = range(4)
"""Kinds of a step."""

UNFIT = 100
"""Where a cycle ended early: a value does not fit its register (below: as `exchange` says)."""

LOST = float("nan")
_NOT_YET = 1

scan: Any = None
"""The programs of a site's controllers; `machine_code` compiles `run` with them in this place."""


def _carry(steps: NDArray[np.void], value: float) -> tuple[float, bool]:
    """`value` after all its registers, and whether it fitted; NaN stays."""
    for i in range(steps.shape[0]):
        s = steps[i]
        if s.kind == NOTHING or value != value:
            return value, True
        raw = (value - s.from_offset) / s.from_factor
        if s.kind == INTEGER:
            raw = np.rint(raw)
        elif s.kind == FLOAT32:
            raw = np.float64(np.float32(raw))
        if not s.low <= raw <= s.high:
            return LOST, False
        value = raw * s.to_factor + s.to_offset
    return value, True


carry = compiled(_carry)


def make_run(sources: str) -> FunctionType:
    """`run`, not compiled yet; the digest of all its `sources` belongs to it."""

    def run(
        parts: NDArray[np.void],
        wires: NDArray[np.void],
        wire_vr: NDArray[np.uint32],
        read_vr: NDArray[np.uint32],
        taps: NDArray[np.int64],
        board: NDArray[np.float64],
        given: NDArray[np.float64],
        progress: NDArray[np.int64],
        sensors: NDArray[np.void],
        lagged: NDArray[np.float64],
        drift: NDArray[np.float64],
        columns: NDArray[np.int64],
        credible: NDArray[np.float64],
        steps_in: NDArray[np.void],
        steps_out: NDArray[np.void],
        memories: tuple[Any, ...],
        settings: tuple[Any, ...],
        orders: NDArray[np.bool_],
        fresh: NDArray[np.float64],
        values: NDArray[np.float64],
        held: NDArray[np.bool_],
        offsets: NDArray[np.float64],
        commands: NDArray[np.float64],
        ordered: NDArray[np.float64],
        showing: NDArray[np.float64],
        shown: NDArray[np.uint8],
        outside: NDArray[np.float64],
        uniform: NDArray[np.float64],
        measured: NDArray[np.float64],
        quality: NDArray[np.uint8],
        acted: NDArray[np.float64],
        truth: NDArray[np.float64],
        started: bool,
        start_ns: int,
        dt_ns: int,
    ) -> tuple[tuple[int, int, int, int], tuple[Any, ...]]:
        """Run as many cycles as `outside` has rows, from `start_ns` [ns] of the plant on.

        `parts` to `progress` are the plan of the plant; `sensors`, `lagged` and `drift` the state
        of the sensors, `showing` and `shown` their last readings. Sensor i of all controllers shows
        column `columns[i]`, is believed within `credible[i]` and crosses `steps_in[i]`; command i
        crosses `steps_out[i]` into `ordered`. What comes to the programs is `fresh`, and what they
        have is `values`: the same but for those `held`. Actuators stand `offsets` further than
        commanded. `started` says that there was a cycle before.

        Gives how it ended and the controllers' memories.
        """
        sources  # noqa: B018 - numba keeps what it compiled by what a function refers to
        n_outside, n_signals, n_cycles = outside.shape[1], sensors.shape[0], outside.shape[0]
        inputs = np.empty((1, n_outside + commands.shape[0]))
        outputs = np.empty((1, taps.shape[0]))
        given_out = np.empty(commands.shape[0])
        dt_s = dt_ns / 1e9
        for k in range(n_cycles):
            if started:
                commands[:] = ordered
            inputs[0, :n_outside] = outside[k]
            for i in range(commands.shape[0]):
                stands = commands[i]
                if offsets[i] != 0.0:
                    stands = min(max(stands + offsets[i], 0.0), 1.0)
                inputs[0, n_outside + i] = stands
            where, part, status, _ = exchange(
                parts, wires, wire_vr, read_vr, taps, board, given, progress,
                inputs, outputs, start_ns + k * dt_ns, dt_ns,
            )  # fmt: skip
            if where != 0:
                return (where, part, status, k), memories
            true = outputs[0, :n_signals]
            measure(sensors, true, uniform[k], lagged, drift, showing, shown, not started)
            for i in range(columns.shape[0]):
                column = columns[i]
                value = showing[column] if shown[column] == 0 else LOST
                value, fits = carry(steps_in[i], value)
                if not fits:
                    return (UNFIT, 0, i, k), memories
                inside = credible[i, 0] <= value <= credible[i, 1]
                fresh[i] = value if inside else LOST
                if not held[i]:
                    values[i] = fresh[i]
            memories = scan(memories, values, settings, orders, given_out, dt_s)
            orders[:, 1] = False
            measured[k], quality[k] = showing, shown
            acted[k], truth[k] = commands, outputs[0, n_signals:]
            for i in range(commands.shape[0]):
                value, fits = carry(steps_out[i], given_out[i])
                if not fits:
                    return (UNFIT, 1, i, k), memories
                ordered[i] = value
            started = True
        return (0, -1, 0, n_cycles), memories

    return cast("FunctionType", run)
