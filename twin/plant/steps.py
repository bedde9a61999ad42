"""The compiled loops behind `equations.py`: they call the FMU's own functions.

A step is one of ROS2, a Rosenbrock method that keeps its second order with any Jacobian (a
W-method; Verwer et al., SIAM J. Sci. Comput. 20 (1999), 1456): its factors serve until the
operating point has moved. Importing this file imports numba.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.factors import Factors, solved
from twin.plant.exchange import call_c
from twin.plant.failure import WARNING
from twin.sparse import Entries

# numba freezes these into its cache: after a change here, change the functions below too
FINE, CROSSED, SET_REALS, SET_TIME, SET_STATES, GET_SLOPES = 0, 1, 2, 3, 4, 5
GET_REALS, GET_INDICATORS, DIFFERENTIATE, ROUGH = 6, 7, 8, 9

STATUS_OF = {
    SET_REALS: "set_reals",
    SET_TIME: "set_time",
    SET_STATES: "set_states",
    GET_SLOPES: "get_slopes",
    GET_REALS: "get_reals",
    GET_INDICATORS: "get_indicators",
    DIFFERENTIATE: "differentiate",
}
"""What failed -> the field of MODEL that it was."""

MODEL = np.dtype(
    [
        (name, np.int64)
        for name in (
            *("fmi", "component", "states", "indicators"),
            *("set_reals", "get_reals", "set_time", "set_states", "get_slopes"),
            *("get_indicators", "differentiate"),
        )
    ]
)
"""What the loops know of an FMU: version, instance, sizes, addresses of its functions."""


def _reals(fmi: int, function: int, component: int, vr: int, count: int, values: int) -> int:
    if fmi == 2:
        status: int = call_c(function, (component, vr, count, values))
    else:
        status = call_c(function, (component, vr, count, values, count))
    return status


_call_reals = compiled(_reals)


def _slopes(
    model: NDArray[np.void], t_s: float, x: NDArray[np.float64], slopes: NDArray[np.float64]
) -> tuple[int, int]:
    """f(t, x) with the inputs as they stand; `(where, status)`."""
    m = model[0]
    status = call_c(m.set_time, (m.component, t_s))
    if status > WARNING or status < 0:
        return SET_TIME, status
    status = call_c(m.set_states, (m.component, x.ctypes.data, m.states))
    if status > WARNING or status < 0:
        return SET_STATES, status
    status = call_c(m.get_slopes, (m.component, slopes.ctypes.data, m.states))
    if status > WARNING or status < 0:
        return GET_SLOPES, status
    return FINE, status


_take_slopes = compiled(_slopes)


def _follow(
    model: NDArray[np.void],
    in_vr: NDArray[np.uint32],
    out_vr: NDArray[np.uint32],
    t_s: float,
    dt_s: float,
    row: int,
    x: NDArray[np.float64],
    inputs: NDArray[np.float64],
    step: Factors,
    drive: NDArray[np.float64],
    limit: NDArray[np.float64],
    outputs: NDArray[np.float64],
    z: NDArray[np.float64],
    signs: NDArray[np.bool_],
) -> tuple[int, int, int]:
    """Steps from `row` on, `x` in place; `(where, status, row)` after the last step made.

    A step whose second stage moves a state by more than `limit` against the first is not made.
    """
    m = model[0]
    f = np.zeros(x.size)
    while row < inputs.shape[0]:
        at = inputs.ctypes.data + 8 * row * inputs.shape[1]
        status = _call_reals(m.fmi, m.set_reals, m.component, in_vr.ctypes.data, in_vr.size, at)
        if status > WARNING or status < 0:
            return SET_REALS, status, row
        where, status = _take_slopes(model, t_s + row * dt_s, x, f)
        if where != FINE:
            return where, status, row
        k1 = solved(step, f + drive)
        begun = x + dt_s * k1
        where, status = _take_slopes(model, t_s + (row + 1) * dt_s, begun, f)
        if where != FINE:
            return where, status, row
        k2 = solved(step, f + drive - 2.0 * k1)
        for i in range(x.size):
            if not abs(0.5 * dt_s * (k1[i] + k2[i])) <= limit[i]:
                return ROUGH, 0, row
        x += dt_s * (1.5 * k1 + 0.5 * k2)
        status = call_c(m.set_states, (m.component, x.ctypes.data, m.states))
        if status > WARNING or status < 0:
            return SET_STATES, status, row
        to = outputs.ctypes.data + 8 * row * outputs.shape[1]
        status = _call_reals(m.fmi, m.get_reals, m.component, out_vr.ctypes.data, out_vr.size, to)
        if status > WARNING or status < 0:
            return GET_REALS, status, row
        row += 1
        if m.indicators > 0:
            status = call_c(m.get_indicators, (m.component, z.ctypes.data, m.indicators))
            if status > WARNING or status < 0:
                return GET_INDICATORS, status, row
            for i in range(z.size):
                if (z[i] > 0.0) != signs[i]:
                    return CROSSED, status, row
    return FINE, 0, row


follow = compiled(_follow)


def _there(
    model: NDArray[np.void],
    in_vr: NDArray[np.uint32],
    t_s: float,
    x: NDArray[np.float64],
    inputs: NDArray[np.float64],
    slopes: NDArray[np.float64],
) -> tuple[int, int]:
    """The FMU brought to a point, its slopes there; `(where, status)`."""
    m = model[0]
    status = _call_reals(
        m.fmi, m.set_reals, m.component, in_vr.ctypes.data, in_vr.size, inputs.ctypes.data
    )
    if status > WARNING or status < 0:
        return SET_REALS, status
    where: int
    where, status = _take_slopes(model, t_s, x, slopes)
    return where, status


_go_there = compiled(_there)


def _values(
    model: NDArray[np.void],
    in_vr: NDArray[np.uint32],
    out_vr: NDArray[np.uint32],
    t_s: float,
    points: NDArray[np.float64],
    found: NDArray[np.float64],
) -> tuple[int, int]:
    """Row k of `found` becomes slopes and outputs at states and inputs `points[k]`."""
    m = model[0]
    f = np.zeros(m.states)
    for k in range(points.shape[0]):
        x, u = points[k, : m.states].copy(), points[k, m.states :].copy()
        where, status = _go_there(model, in_vr, t_s, x, u, f)
        if where != FINE:
            return where, status
        found[k, : m.states] = f
        y = np.zeros(out_vr.size)
        status = _call_reals(
            m.fmi, m.get_reals, m.component, out_vr.ctypes.data, out_vr.size, y.ctypes.data
        )
        if status > WARNING or status < 0:
            return GET_REALS, status
        found[k, m.states :] = y
    return FINE, 0


values = compiled(_values)


def _derivative(
    model: NDArray[np.void],
    unknowns: NDArray[np.uint32],
    knowns: NDArray[np.uint32],
    seed: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> int:
    """`sums` becomes the derivative of `unknowns` where `knowns` move by `seed`; the status."""
    m = model[0]
    many, some = np.int64(unknowns.size), np.int64(knowns.size)
    head = (m.component, unknowns.ctypes.data, many, knowns.ctypes.data, some, seed.ctypes.data)
    if m.fmi == 2:
        status: int = call_c(m.differentiate, (*head, sums.ctypes.data))
    else:
        status = call_c(m.differentiate, (*head, some, sums.ctypes.data, many))
    return status


_differentiate = compiled(_derivative)


def _jacobian(
    model: NDArray[np.void],
    in_vr: NDArray[np.uint32],
    knowns: NDArray[np.uint32],
    begin: NDArray[np.intp],
    unknowns: NDArray[np.uint32],
    entries: NDArray[np.intp],
    t_s: float,
    x: NDArray[np.float64],
    inputs: NDArray[np.float64],
    found: Entries,
) -> tuple[int, int]:
    """`found` becomes the Jacobian, of which `entries[row, column, colour]` may differ from 0.

    Colour c is `knowns[begin[c] : begin[c + 1]]`, all moved at once; `knowns` are those of all.
    """
    where, status = _go_there(model, in_vr, t_s, x, inputs, np.zeros(x.size))
    if where != FINE:
        return where, status
    seed, sums = np.ones(knowns.size), np.zeros((begin.size - 1, unknowns.size))
    for c in range(begin.size - 1):
        some = slice(begin[c], begin[c + 1])
        status = _differentiate(model, unknowns, knowns[some], seed[some], sums[c])
        if status > WARNING or status < 0:
            return DIFFERENTIATE, status
    count = 0
    for e in range(entries.shape[0]):
        row, column, colour = entries[e]
        if sums[colour, row] != 0.0:
            found.column[count], found.value[count] = column, sums[colour, row]
            count += 1
        found.begin[row + 1] = count
    for row in range(unknowns.size):  # of which nothing may differ from 0
        found.begin[row + 1] = max(found.begin[row + 1], found.begin[row])
    return FINE, 0


jacobian = compiled(_jacobian)


def _along(
    model: NDArray[np.void],
    in_vr: NDArray[np.uint32],
    knowns: NDArray[np.uint32],
    unknowns: NDArray[np.uint32],
    t_s: float,
    x: NDArray[np.float64],
    inputs: NDArray[np.float64],
    direction: NDArray[np.float64],
    found: NDArray[np.float64],
) -> tuple[int, int]:
    """`found` becomes the derivative of `unknowns` where `knowns` move by `direction`."""
    where, status = _go_there(model, in_vr, t_s, x, inputs, np.zeros(x.size))
    if where != FINE:
        return where, status
    status = _differentiate(model, unknowns, knowns, direction, found)
    if status > WARNING or status < 0:
        return DIFFERENTIATE, status
    return FINE, 0


along = compiled(_along)
