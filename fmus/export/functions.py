"""Model → the functions that the C shell calls, as CasADi functions."""

import math
import re
from collections.abc import Sequence

import casadi as ca

from fmus.equations import SX, Model, column
from fmus.export.layout import Layout
from fmus.export.sparse_lu import SparseLU
from twin.errors import BadInput

GAMMA = 1 - math.sqrt(0.5)
"""Diagonal coefficient of ROS2 that makes it L-stable [-]."""


def shell_functions(model: Model, layout: Layout) -> dict[str, ca.Function]:
    """Functions by the name that the shell calls them by, `hk_rhs`, `hk_step`...

    All begin with time, states, inputs, parameters and modes, held fixed but for the states.

    Raises:
        BadInput: a state has no equation, or an equation uses a symbol nobody declared.
    """
    t, x, u = model.time, column(model.states), column(model.inputs)
    p, m = column(model.parameters), column(model.modes)
    point = [t, x, u, p, m]
    xd, y = _derivatives(model), column([o.expression for o in layout.outputs])
    z, h = column(model.indicators), SX.sym("h")
    seeds, forward = _directional([xd, y], [t, x, u, p])
    weights, adjoint = _adjoint([xd, y], [t, x, u, p])
    signatures: dict[str, tuple[Sequence[SX], Sequence[SX]]] = {
        "hk_rhs": (point, [xd, y, z]),
        "hk_indicators": (point, [z]),
        "hk_event": (point, model.after_event()),
        "hk_ranges": (point, [column([r.expression for r in model.ranges])]),
        "hk_step": ([*point, h], [ros2_step(t, x, [u, p, m], xd, h)]),
        "hk_forward": ([*point, *seeds], forward),
        "hk_adjoint": ([*point, *weights], adjoint),
    }
    _refuse_undeclared(model, ca.vertcat(*point), ca.vertcat(xd, y, z, *model.after_event()))
    return {
        name: ca.Function(name, list(given), [ca.densify(r) for r in wanted], {"cse": True})
        for name, (given, wanted) in signatures.items()
    }


def ros2_step(t: SX, x: SX, held: Sequence[SX], xd: SX, h: SX) -> SX:
    """States after one step of length `h` [s] of `dx/dt = xd(t, x, *held)`.

    ROS2 of Verwer, Spee, Blom and Hundsdorfer (SIAM J. Sci. Comput. 20, 1999): order 2, L-stable.
    Equations that depend on time are the same method applied to the system extended by dt/dt = 1.
    """
    if x.numel() == 0:
        return x
    f = _of_time_and_states(t, x, held, xd)
    by_time = GAMMA * h * ca.jacobian(xd, t)
    lu = SparseLU(SX.eye(x.numel()) - GAMMA * h * ca.jacobian(xd, x))
    k1 = lu.solve(xd + by_time)
    k2 = lu.solve(f(t + h, x + h * k1, *held) - 2 * k1 - by_time)
    return x + 1.5 * h * k1 + 0.5 * h * k2


def _of_time_and_states(t: SX, x: SX, held: Sequence[SX], xd: SX) -> ca.Function:
    return ca.Function("f", [t, x, *held], [xd], {"allow_free": True})


def _derivatives(model: Model) -> SX:
    try:
        return model.derivatives() if model.states else SX(0, 1)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _directional(of: Sequence[SX], by: Sequence[SX]) -> tuple[list[SX], list[SX]]:
    """Seeds shaped like `by`, and what they do to each of `of`."""
    seeds = [SX.sym("seed", *part.shape) for part in by]
    product = ca.jtimes(ca.vertcat(*of), ca.vertcat(*by), ca.vertcat(*seeds))
    return seeds, ca.vertsplit(product, _offsets(of))


def _adjoint(of: Sequence[SX], by: Sequence[SX]) -> tuple[list[SX], list[SX]]:
    """Weights shaped like `of`, and the gradient of their sum by each of `by`."""
    weights = [SX.sym("weight", *part.shape) for part in of]
    product = ca.jtimes(ca.vertcat(*of), ca.vertcat(*by), ca.vertcat(*weights), True)
    return weights, ca.vertsplit(product, _offsets(by))


def _offsets(parts: Sequence[SX]) -> list[int]:
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + part.numel())
    return ends


def _refuse_undeclared(model: Model, declared: SX, expressions: SX) -> None:
    known = {symbol.element_hash() for symbol in ca.symvar(declared)}
    foreign = [s.name() for s in ca.symvar(expressions) if s.element_hash() not in known]
    if foreign:
        names = ", ".join(re.sub(r"\s+", " ", name) for name in sorted(foreign))
        raise BadInput(f"{model.name}: the equations use {names}, which it does not declare")
