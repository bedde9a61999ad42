"""Patterns of sparse matrices as C tables for `fmus/shell/lu.c`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.export.elimination import eliminate

PATTERNS = ("hk_Pattern hk_algebra", "hk_Pattern hk_step_matrix")
"""Declarations of the tables that every model has."""

_PER_LINE = 16


@dataclass(frozen=True)
class PatternTable:
    """Lines of C that define an `hk_Pattern`, and how many numbers its matrix and factors have."""

    lines: list[str]
    nonzeros: int
    factors: int


def pattern_table(name: str, pattern: ca.Sparsity) -> PatternTable:
    """The table `name` of a square `pattern`, with order and fill worked out."""
    found = eliminate(pattern)
    position = {k: i for i, k in enumerate(found.order)}
    start = [0]
    place_of: dict[tuple[int, int], int] = {}
    for i, row in enumerate(found.rows):
        for j in row:
            place_of[i, j] = len(place_of)
        start.append(len(place_of))
    entries = zip(*pattern.get_triplet(), strict=True)
    tables = {
        "order": found.order,
        "start": start,
        "column": [j for row in found.rows for j in row],
        "diagonal": [place_of[i, i] for i in range(len(found.rows))],
        "place": [place_of[position[i], position[j]] for i, j in entries],
    }
    lines = [""]
    for key, values in tables.items():
        lines += [f"static const int32_t {name}_{key}[] = {{", *_rows(values), "};"]
    members = ", ".join(f"{name}_{key}" for key in tables)
    lines.append(f"const hk_Pattern {name} = {{{len(found.order)}, {pattern.nnz()}, {members}}};")
    return PatternTable(lines, pattern.nnz(), len(place_of))


def _rows(values: Sequence[int]) -> Iterator[str]:
    shown = [str(v) for v in values] or ["0"]
    for k in range(0, len(shown), _PER_LINE):
        yield f"    {', '.join(shown[k : k + _PER_LINE])},"
