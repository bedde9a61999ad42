"""What was seen while a block ran: a row a cycle, a column a point."""

import csv
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hil.commissioning.points import Ref
from hil.commissioning.rig import Rig
from hil.commissioning.scope import Scope
from twin.response.trace import Floats

DIGITS = 7
"""Significant digits of a value in the file [-]."""


class Trace:
    """Points of a block, cycle by cycle, with what the twin predicted of those it watches."""

    def __init__(self, rig: Rig, scope: Scope, refs: Mapping[str, Ref]) -> None:
        self.refs = dict(refs)
        self.t_s: list[float] = []
        self.columns: dict[str, list[float | None]] = {name: [] for name in refs}
        self._rig, self._scope, self._begin_ns = rig, scope, rig.t_ns
        watched = {w.signal: i for i, w in enumerate(rig.twin.watched)}
        self._watched = {
            name: watched[ref.column]
            for name, ref in refs.items()
            if ref.kind == "signal" and ref.column in watched
        }
        self._predicted: dict[str, list[float | None]] = {name: [] for name in self._watched}
        rig.listen = self._hear

    def take(self) -> None:
        """The cycle that has just ended."""
        self.t_s.append((self._rig.t_ns - self._begin_ns) / 1e9)
        for name, ref in self.refs.items():
            self.columns[name].append(self._scope.value(ref))

    def _hear(self, t_ns: NDArray[np.int64], predicted: Floats) -> None:
        """What the twin predicted for rows, which may be some of before the trace began."""
        since = predicted[t_ns > self._begin_ns]
        for name, i in self._watched.items():
            values = since[:, i].tolist()
            self._predicted[name] += [None if value != value else value for value in values]

    def since(self, from_s: float, name: str) -> tuple[Floats, Floats]:
        """Times from `from_s` on [s], and what a point was [SI], NaN where it had no value."""
        first = bisect_left(self.t_s, from_s)
        column = self.columns[name][first:]
        values = [float("nan") if v is None else v for v in column]
        return np.array(self.t_s[first:]), np.array(values)

    def write(self, path: Path) -> None:
        """As CSV: time [s], then values in SI; empty where there was none."""
        columns = {f"{name} [{ref.unit}]": self.columns[name] for name, ref in self.refs.items()}
        for name, values in self._predicted.items():
            # the twin has heard of fewer rows if the plant is gone
            left: list[float | None] = [None] * (len(self.t_s) - len(values))
            columns[f"{name} predicted [{self.refs[name].unit}]"] = [*values, *left]
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["t [s]", *columns])
            for row in zip(self.t_s, *columns.values(), strict=True):
                out.writerow(["" if v is None else f"{v:.{DIGITS}g}" for v in row])
