"""In which order the unknowns of a sparse linear system are eliminated, and what fills in.

Pivots are taken from the diagonal in an order of least fill (Markowitz), decided once from the
pattern. Without row exchange this is meant for matrices whose diagonal serves as pivot: those
close to diagonally dominant, such as `I - gamma h J` of stable plants, and those of equations that
were each given the unknown they decide.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import casadi as ca


@dataclass(frozen=True)
class Elimination:
    """`order[i]` is eliminated i-th; rows of the factors with their fill, by position."""

    order: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    """For each position the positions of its row that are not zero, rising, diagonal included."""


def eliminate(pattern: ca.Sparsity) -> Elimination:
    """Order and fill for a square `pattern`; a missing diagonal entry is taken as there."""
    n = pattern.shape[0]
    in_row: list[set[int]] = [set() for _ in range(n)]
    in_column: list[set[int]] = [set() for _ in range(n)]
    for i, j in zip(*pattern.get_triplet(), strict=True):
        if i != j:
            in_row[i].add(j)
            in_column[j].add(i)
    order, upper, lower = _markowitz(in_row, in_column)
    position = {k: i for i, k in enumerate(order)}
    rows: list[list[int]] = [[i] for i in range(n)]
    for i, k in enumerate(order):
        rows[i] += [position[j] for j in upper[k]]
        for j in lower[k]:
            rows[position[j]].append(i)
    return Elimination(tuple(order), tuple(tuple(sorted(row)) for row in rows))


def _markowitz(
    in_row: Sequence[set[int]], in_column: Sequence[set[int]]
) -> tuple[list[int], dict[int, set[int]], dict[int, set[int]]]:
    """Pivots in order, each with the columns and the rows that were left in its cross."""

    def cost(k: int) -> int:
        return len(in_row[k]) * len(in_column[k])

    queue = [(cost(k), k) for k in range(len(in_row))]
    heapq.heapify(queue)
    order: list[int] = []
    upper: dict[int, set[int]] = {}
    lower: dict[int, set[int]] = {}
    while queue:
        claimed, k = heapq.heappop(queue)
        if k in upper or claimed != cost(k):
            continue  # eliminated, or its cost has changed and it is queued again
        order.append(k)
        upper[k], lower[k] = set(in_row[k]), set(in_column[k])
        for i in lower[k]:
            in_row[i].discard(k)
            in_row[i] |= upper[k] - {i}
        for j in upper[k]:
            in_column[j].discard(k)
            in_column[j] |= lower[k] - {j}
        for q in upper[k] | lower[k]:
            heapq.heappush(queue, (cost(q), q))
    return order, upper, lower
