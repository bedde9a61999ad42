"""What depends on what, from the sparsity of the Jacobians of the generated functions."""

from dataclasses import dataclass

import casadi as ca
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fmus.export.functions import ShellFunctions
from fmus.export.layout import Kind, Layout

_KNOWNS = (Kind.TIME, Kind.STATE, Kind.INPUT, Kind.PARAMETER)
"""Kinds of the first arguments of every generated function; modes and unknowns follow them."""
_MODES, _ALGEBRAICS, _HELD = len(_KNOWNS), len(_KNOWNS) + 1, len(_KNOWNS) + 2
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


def dependencies(layout: Layout, found: ShellFunctions) -> Dependencies:
    """Dependencies while running (modes held), and initially (modes and jumps are to be found)."""
    read = _Reader(layout, found)
    rhs, outputs = found.by_name["hk_rhs"], found.by_name["hk_outputs"]
    indicators, event = found.by_name["hk_indicators"], found.by_name["hk_event"]
    modes_on: set[int] = set().union(*read.on(event, 1, _INITIALLY))
    jumps = read.on(event, 0, _INITIALLY)
    jumps_use_mode = read.pattern(event, 0, _MODES)
    index_of = {scalar.reference: i for i, scalar in enumerate(layout.of(Kind.STATE))}

    def through_events(direct: set[int], uses_mode: bool) -> set[int]:
        reached = set(direct)
        for i in (index_of[reference] for reference in direct if reference in index_of):
            reached |= jumps[i]
            uses_mode = uses_mode or bool(jumps_use_mode[i])
        return reached | modes_on if uses_mode else reached

    def initially(function: ca.Function) -> list[set[int]]:
        uses_mode = read.pattern(function, 0, _MODES)
        direct = read.on(function, 0, _INITIALLY)
        return [through_events(d, bool(uses_mode[i])) for i, d in enumerate(direct)]

    return Dependencies(
        derivatives=read.on(rhs, 0, _RUNNING),
        outputs=read.on(outputs, 0, _RUNNING),
        indicators=read.on(indicators, 0, _RUNNING),
        initial_derivatives=initially(rhs),
        initial_outputs=initially(outputs),
    )


class _Reader:
    """Patterns of the functions; what goes through an algebraic unknown is followed.

    What goes through a held value is followed at the start, where all of them count as one.
    """

    def __init__(self, layout: Layout, found: ShellFunctions) -> None:
        self._layout = layout
        self._residual = found.by_name["hk_residual"]
        self._together = _solved_together(found.algebra)
        self._unknown_on = {n: self._unknowns_on(n) for n in (_RUNNING, _INITIALLY)}
        self._held_on: set[int] = set()
        outside = [found.by_name[name] for name in ("hk_means", "hk_plugs", "hk_links")]
        of_each = [row for function in outside for row in self.on(function, 0, _INITIALLY)]
        self._held_on = set().union(*of_each)

    def pattern(self, function: ca.Function, result: int, argument: int) -> list[set[int]]:
        """For each row of a result the columns of an argument that it depends on."""
        sparsity = function.jac_sparsity(result, argument)
        rows: list[set[int]] = [set() for _ in range(sparsity.shape[0])]
        for i, j in zip(*sparsity.get_triplet(), strict=True):
            rows[i].add(j)
        return rows

    def on(self, function: ca.Function, result: int, n_knowns: int) -> list[set[int]]:
        """For each row of a result the value references of the first `n_knowns` kinds in it."""
        rows = self._directly(function, result, n_knowns)
        unknowns = self.pattern(function, result, _ALGEBRAICS)
        for row, through in zip(rows, unknowns, strict=True):
            for group in {self._together[j] for j in through}:
                row |= self._unknown_on[n_knowns][group]
        if n_knowns == _INITIALLY:  # held values are calculated then, and constants later on
            for row, held in zip(rows, self.pattern(function, result, _HELD), strict=True):
                row |= self._held_on if held else set()
        return rows

    def _directly(self, function: ca.Function, result: int, n_knowns: int) -> list[set[int]]:
        rows: list[set[int]] = [set() for _ in range(function.size1_out(result))]
        for argument, kind in enumerate(_KNOWNS[:n_knowns]):
            scalars = self._layout.of(kind)
            for row, columns in zip(rows, self.pattern(function, result, argument), strict=True):
                row |= {scalars[j].reference for j in columns}
        return rows

    def _unknowns_on(self, n_knowns: int) -> dict[int, set[int]]:
        """What each group of unknowns that are solved together depends on."""
        groups: dict[int, set[int]] = {}
        for i, row in enumerate(self._directly(self._residual, 0, n_knowns)):
            groups.setdefault(self._together[i], set()).update(row)
        return groups


def _solved_together(algebra: ca.Sparsity) -> list[int]:
    """Group of each algebraic unknown: those that equations tie together have the same."""
    n = algebra.shape[0]
    ties = coo_array((np.ones(algebra.nnz()), algebra.get_triplet()), shape=(n, n))
    _, group = connected_components(ties, directed=False) if n else (0, np.zeros(0, int))
    return [int(g) for g in group]
