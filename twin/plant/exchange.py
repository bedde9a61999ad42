"""The compiled exchange: one call steps every FMU N times through its own functions.

`plain.py` says the same in plain Python. Importing this file imports numba (0.5 s, 60 MB): import
it where the loop is built, not where modules load.
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.plant.failure import (
    BAD_INPUT,
    BAD_OUTPUT,
    DO_STEP,
    FINE,
    GET_REALS,
    SET_REALS,
    TERMINATED,
    WARNING,
)


def _call_c(_context: Any, address: Any, arguments: Any) -> Any:  # noqa: ANN401 - numba's types
    """`int f(arguments)` at `address`; a pointer travels as an int64, as it does in a register."""

    def generate(_context: Any, builder: Any, sig: Any, values: Any) -> Any:  # noqa: ANN401
        target, packed = values
        given = [builder.extract_value(packed, i) for i in range(len(sig.args[1]))]
        kind = ir.FunctionType(ir.IntType(32), [value.type for value in given])
        return builder.call(builder.inttoptr(target, kind.as_pointer()), given)

    return types.int32(address, arguments), generate


call_c: Any = intrinsic(_call_c)


def _exchange(
    parts: NDArray[np.void],
    wires: NDArray[np.void],
    wire_vr: NDArray[np.uint32],
    read_vr: NDArray[np.uint32],
    taps: NDArray[np.int64],
    board: NDArray[np.float64],
    given: NDArray[np.float64],
    progress: NDArray[np.int64],
    inputs: NDArray[np.float64],
    outputs: NDArray[np.float64],
    start_ns: int,
    dt_ns: int,
) -> tuple[int, int, int, int]:
    """Step all parts from `start_ns` [ns] as many times as `inputs` has rows, `dt_ns` [ns] each.

    Row k of `inputs` acts from communication point k to k + 1; row k of `outputs` is what the
    parts answer at k + 1. All parts see each other's outputs of point k (Jacobi). `progress[0]` is
    the part that is being called, for whoever finds the process dead, and -1 between calls.

    Returns `(where, part, status, step)`; for BAD_INPUT and BAD_OUTPUT `status` is the index of
    the wire or the read value.
    """
    n_inputs = inputs.shape[1]
    dt_s = dt_ns / 1e9
    flags = np.zeros(16, np.uint8)  # FMI 3.0: event, terminate, early return, from 8 on last time
    flag = flags.ctypes.data
    for k in range(inputs.shape[0]):
        t_s = (start_ns + k * dt_ns) / 1e9
        progress[1] = start_ns + k * dt_ns
        for i in range(n_inputs):
            board[i] = inputs[k, i]
        for j in range(wires.shape[0]):
            given[j] = wires[j].factor * board[wires[j].source] + wires[j].offset
            if not math.isfinite(given[j]):
                return BAD_INPUT, -1, j, k
        for p in range(parts.shape[0]):
            part = parts[p]
            progress[0] = p
            count = part.wire_end - part.wire_first
            if count > 0:
                vr = wire_vr.ctypes.data + 4 * part.wire_first
                values = given.ctypes.data + 8 * part.wire_first
                if part.fmi == 2:
                    status = call_c(part.set_reals, (part.component, vr, count, values))
                else:
                    status = call_c(part.set_reals, (part.component, vr, count, values, count))
                if status > WARNING or status < 0:
                    return SET_REALS, p, status, k
            never_back = np.int32(part.never_back)
            if part.fmi == 2:
                status = call_c(part.do_step, (part.component, t_s, dt_s, never_back))
            else:
                status = call_c(
                    part.do_step,
                    (part.component, t_s, dt_s, never_back, flag, flag + 1, flag + 2, flag + 8),
                )
                if status <= WARNING and flags[1] != 0:
                    status = TERMINATED
            if status > WARNING or status < 0:
                return DO_STEP, p, status, k
            count = part.read_end - part.read_first
            if count > 0:
                vr = read_vr.ctypes.data + 4 * part.read_first
                values = board.ctypes.data + 8 * (n_inputs + part.read_first)
                if part.fmi == 2:
                    status = call_c(part.get_reals, (part.component, vr, count, values))
                else:
                    status = call_c(part.get_reals, (part.component, vr, count, values, count))
                if status > WARNING or status < 0:
                    return GET_REALS, p, status, k
                for j in range(part.read_first, part.read_end):
                    if not math.isfinite(board[n_inputs + j]):
                        return BAD_OUTPUT, p, j, k
        progress[0] = -1
        for i in range(taps.shape[0]):
            outputs[k, i] = board[taps[i]]
    return FINE, -1, 0, inputs.shape[0]


exchange = compiled(_exchange)
