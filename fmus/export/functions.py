"""Model → the functions that the C shell calls, as CasADi functions.

All begin with the point: time, states, inputs, parameters, modes, algebraic unknowns and held
values, in the order of `hk_Argument` in the shell.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model, column
from fmus.export.layout import Layout
from fmus.export.rosenbrock import Stages, stages, unrolled_step
from fmus.export.sparse_lu import SparseLU
from twin.errors import BadInput

LARGEST_UNROLLED = 200
"""Unknowns up to which the factorisation is written out as code [-]."""


@dataclass(frozen=True)
class ShellFunctions:
    """Functions by the name that the shell calls them by, and the patterns of its matrices."""

    by_name: dict[str, ca.Function]
    algebra: ca.Sparsity
    """Of the residuals by the algebraic unknowns."""
    jacobian: ca.Sparsity
    """By columns: of derivatives, outputs and residuals by time, states, inputs, parameters and
    algebraic unknowns."""
    links: ca.Sparsity
    """By columns: water outside pipes' ends and mixed values, by what ends and mixed values are."""
    step: ca.Sparsity | None
    """Of the step's matrix, where the shell factorises it; None where it is written out."""
    lags: tuple[int, ...]
    """States that the shell puts where they are known to be after a step."""

    def matrix(self) -> ca.Function:
        """What a step's matrix, or its factors, are calculated by."""
        return self.by_name["hk_matrix" if self.step is not None else "hk_factors"]


def shell_functions(model: Model, layout: Layout) -> ShellFunctions:
    """What the shell needs of `model`.

    Raises:
        BadInput: a variable has no equation, or an equation uses a symbol nobody declared.
    """
    t, x, u = model.time, column(model.states), column(model.inputs)
    p, m = column(model.parameters), column(model.modes)
    a, w = column(model.algebraics), model.held()
    point = [t, x, u, p, m, a, w]
    xd, g = _equations(model)
    plugs, followed, links = _along_the_flow(model)
    y, z = column([o.expression for o in layout.outputs]), column(model.indicators)
    _refuse_undeclared(
        model,
        ca.vertcat(*point),
        ca.vertcat(xd, g, y, z, plugs, followed, model.averaged(), *model.after_event()),
    )
    by_algebraic = ca.jacobian(g, a)
    # by one kind after the other: dense columns of parameters would spoil the colours of states
    of = ca.vertcat(xd, y, g)
    jacobian = ca.horzcat(*(ca.jacobian(of, kind) for kind in (t, x, u, p, a)))
    # the shell takes the residuals' part out of it, in the order of the algebra's pattern
    first, left = of.numel() - g.numel(), jacobian.size2() - a.numel()
    assert jacobian[first:, left:].sparsity() == by_algebraic.sparsity()
    signatures: dict[str, tuple[Sequence[SX], Sequence[SX]]] = {
        "hk_rhs": (point, [xd]),
        "hk_outputs": (point, [y]),
        "hk_indicators": (point, [z]),
        "hk_event": (point, model.after_event()),
        "hk_ranges": (point, [column([r.expression for r in model.ranges])]),
        "hk_means": (point, [model.averaged()]),
        "hk_plugs": (point, [plugs]),
        "hk_links": (point, [followed, _nonzeros(links)]),
        "hk_residual": (point, [g, _nonzeros(by_algebraic)]),
        "hk_jacobian": (point, [_nonzeros(jacobian)]),
    }
    step, known = _step(model, point, xd, g, signatures)
    functions = {
        name: ca.Function(name, list(given), [ca.densify(r) for r in wanted], {"cse": True})
        for name, (given, wanted) in signatures.items()
    }
    return ShellFunctions(
        functions,
        by_algebraic.sparsity(),
        jacobian.sparsity(),
        links.sparsity(),
        step,
        known,
    )


def _along_the_flow(model: Model) -> tuple[SX, SX, SX]:
    """What pipes are given; what is followed through a step, and how it depends on itself.

    Followed is the water outside both ends of every pipe and the mixed values, and what they
    depend on is the water through those ends and the mixed values. The derivative is transposed,
    so that its numbers stand in the order of what depends.
    """
    try:
        mixtures = model.mixtures()
    except ValueError as error:
        raise BadInput(str(error)) from error
    if ca.depends_on(model.averaged(), model.held()):
        names = ", ".join(v.name for v in model.means)
        raise BadInput(f"{model.name}: a mean ({names}) depends on a held value")
    followed = column(
        [*[T for plug in model.plugs for T in (plug.given.T_a, plug.given.T_b)], mixtures]
    )
    ends = [T for plug in model.plugs for T in (plug.gives.T_a, plug.gives.T_b)]
    moving = column([*ends, *model.mixed_values])
    plugs = column([plug.given.column() for plug in model.plugs])
    return plugs, followed, ca.jacobian(followed, moving).T


def _step(
    model: Model,
    point: Sequence[SX],
    xd: SX,
    g: SX,
    signatures: dict[str, tuple[Sequence[SX], Sequence[SX]]],
) -> tuple[ca.Sparsity | None, tuple[int, ...]]:
    """Add the functions of a step; what ShellFunctions says of them."""
    t, x, _, _, _, a, _ = point
    h = SX.sym("h")
    at: Stages = stages(t, x, a, xd, g, h)
    if x.numel() + a.numel() <= LARGEST_UNROLLED:
        lu = SparseLU(at.matrix)
        numbers = SX.sym("factors", lu.numbers().numel())
        signatures["hk_factors"] = ([*point, h], [lu.numbers()])
        signatures["hk_step"] = (
            [*point, h, numbers],
            unrolled_step(t, x, a, g, h, at, lu.of(numbers)),
        )
        return None, ()
    known = column(list(at.known.values()))
    signatures["hk_matrix"] = ([*point, h], [_nonzeros(at.matrix)])
    signatures["hk_drift"] = ([*point, h], [at.drift, known])
    signatures["hk_left_over"] = (point, [g])
    return at.matrix.sparsity(), tuple(at.known)


def _nonzeros(matrix: SX) -> SX:
    return column([matrix.nz[k] for k in range(matrix.nnz())])


def _equations(model: Model) -> tuple[SX, SX]:
    try:
        return (model.derivatives() if model.states else SX(0, 1)), model.residuals()
    except ValueError as error:
        raise BadInput(str(error)) from error


def _refuse_undeclared(model: Model, declared: SX, expressions: SX) -> None:
    known = {symbol.element_hash() for symbol in ca.symvar(declared)}
    foreign = [s.name() for s in ca.symvar(expressions) if s.element_hash() not in known]
    if foreign:
        names = ", ".join(re.sub(r"\s+", " ", name) for name in sorted(foreign))
        raise BadInput(f"{model.name}: the equations use {names}, which it does not declare")
