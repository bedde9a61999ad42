"""What depends on what, from the sparsity of the Jacobians of the generated functions."""

from dataclasses import dataclass

import casadi as ca

from fmus.export.layout import Kind, Layout

_KNOWNS = (Kind.TIME, Kind.STATE, Kind.INPUT, Kind.PARAMETER)
"""Kinds of the first arguments of every generated function; the modes follow them."""
_MODES = len(_KNOWNS)
_RUNNING, _INITIALLY = 3, 4
"""How many of the knowns count: parameters are knowns of the initial system only (FMI 2.0.4,
2.2.8; FMI 3.0.1, 2.4.8)."""


@dataclass(frozen=True)
class Dependencies:
    """For each derivative, output and indicator the value references of what it depends on."""

    derivatives: list[set[int]]
    outputs: list[set[int]]
    indicators: list[set[int]]
    initial_derivatives: list[set[int]]
    initial_outputs: list[set[int]]


def dependencies(layout: Layout, functions: dict[str, ca.Function]) -> Dependencies:
    """Dependencies while running (modes held), and initially (modes and jumps are to be found)."""
    rhs, event = functions["hk_rhs"], functions["hk_event"]
    modes_on: set[int] = set().union(*_on(layout, event, 1, _INITIALLY))
    states_on = _on(layout, event, 0, _INITIALLY)
    states_use_mode = _pattern(event, 0, _MODES)

    def through_events(direct: set[int], uses_mode: bool) -> set[int]:
        found = set(direct)
        for i, scalar in enumerate(layout.of(Kind.STATE)):
            if scalar.reference in direct:
                found |= states_on[i]
                uses_mode = uses_mode or bool(states_use_mode[i])
        return found | modes_on if uses_mode else found

    def initially(result: int) -> list[set[int]]:
        uses_mode = _pattern(rhs, result, _MODES)
        direct = _on(layout, rhs, result, _INITIALLY)
        return [through_events(d, bool(uses_mode[i])) for i, d in enumerate(direct)]

    return Dependencies(
        derivatives=_on(layout, rhs, 0, _RUNNING),
        outputs=_on(layout, rhs, 1, _RUNNING),
        indicators=_on(layout, rhs, 2, _RUNNING),
        initial_derivatives=initially(0),
        initial_outputs=initially(1),
    )


def _pattern(function: ca.Function, result: int, argument: int) -> list[set[int]]:
    """For each row of a result the columns of an argument that it depends on."""
    sparsity = function.jac_sparsity(result, argument)
    rows: list[set[int]] = [set() for _ in range(sparsity.shape[0])]
    for i, j in zip(*sparsity.get_triplet(), strict=True):
        rows[i].add(j)
    return rows


def _on(layout: Layout, function: ca.Function, result: int, n_knowns: int) -> list[set[int]]:
    """For each row of a result the value references of the first `n_knowns` arguments in it."""
    rows: list[set[int]] = [set() for _ in range(function.size1_out(result))]
    for argument, kind in enumerate(_KNOWNS[:n_knowns]):
        scalars = layout.of(kind)
        for row, columns in zip(rows, _pattern(function, result, argument), strict=True):
            row |= {scalars[j].reference for j in columns}
    return rows
