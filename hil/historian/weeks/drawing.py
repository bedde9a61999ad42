"""Series for pictures, from the coarsest level on disk that still shows what was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np

from hil.historian.envelope import Envelope
from hil.historian.weeks.files import WeekFile
from hil.historian.weeks.grid import HOLDS, Grid, Points, drawn, grid_over, samples
from hil.historian.weeks.ints import Damaged
from hil.historian.weeks.iso_week import HOUR_NS, MINUTE_NS
from hil.historian.weeks.rollup import Stretches
from hil.historian.weeks.seal import minutes_of
from hil.historian.weeks.week_view import (
    Block,
    Layout,
    blocks_between,
    chunk_of,
    minutes_in,
    newest_between,
    times_of,
)
from twin.errors import unknown

Ask = Callable[[WeekFile, Callable[[apsw.Connection], Any]], Any]
"""Answers a question from a snapshot of a file; None if that cannot be read."""

_USUAL_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Curves:
    """Series from some files."""

    files: Sequence[WeekFile]
    ask: Ask
    layout: Callable[[WeekFile, apsw.Connection], Layout]

    def drawn(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Series over `t0_ns <= t < t1_ns` [ns since 1970].

        Raises:
            BadInput: an unknown key.
        """
        streams = self._streams(keys, t0_ns, t1_ns)
        steps = {s: self._step_ns(s, t0_ns, t1_ns) for s in set(streams.values())}
        finest = min((s for s in steps.values() if s), default=_USUAL_NS)
        grid = grid_over(t0_ns, t1_ns, most, finest)
        found: dict[str, list[Points]] = {key: [] for key in keys}
        for stream, step_ns in steps.items():
            wanted = [key for key in found if streams[key] == stream]
            first_ns = grid.start_ns - int(HOLDS * step_ns)
            for file in self.files:
                if file.end_ns > first_ns and file.start_ns < grid.end_ns:
                    part = self.ask(file, self._reads(file, stream, wanted, first_ns, grid))
                    for key, points in (part or {}).items():
                        found[key] += points
        return drawn(grid, [(found[key], steps[streams[key]]) for key in keys])

    def _streams(self, keys: Sequence[str], t0_ns: int, t1_ns: int) -> dict[str, str]:
        """Stream of each key; weeks that are drawn anyway are asked first."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        inside = [f for f in self.files if f.end_ns > t0_ns and f.start_ns < t1_ns]
        for file in [*reversed(inside), *(f for f in reversed(self.files) if f not in inside)]:
            if all(key in found for key in keys):
                break
            layout: Layout | None = self.ask(file, lambda db, file=file: self.layout(file, db))
            for stream, channel in layout.channels.values() if layout else ():
                found.setdefault(channel.key, stream)
                seen.add(channel.key)
        for key in keys:
            if key not in found:
                raise unknown("historian", "key", key, seen)
        return found

    def _step_ns(self, stream: str, t0_ns: int, t1_ns: int) -> int:
        """Usual time between two rows of a stream near some times [ns]; 0 if there are none."""
        for file in reversed(self.files):
            if file.start_ns < t1_ns and file.end_ns > t0_ns:
                step: int | None = self.ask(
                    file, lambda db, file=file: _step(db, self.layout(file, db).of_stream(stream))
                )
                if step:
                    return step
        return 0

    def _reads(
        self, file: WeekFile, stream: str, keys: Sequence[str], first_ns: int, grid: Grid
    ) -> Callable[[apsw.Connection], dict[str, list[Points]]]:
        def read(db: apsw.Connection) -> dict[str, list[Points]]:
            layout = self.layout(file, db)
            generations = layout.of_stream(stream)
            found: dict[str, list[Points]] = {key: [] for key in keys}
            if not generations:
                return found
            blocks = blocks_between(db, generations, first_ns, grid.end_ns)
            level = grid.level_ns
            if level == HOUR_NS and db.pragma("user_version") < 2:
                level = MINUTE_NS
            match level:
                case 1:
                    _from_samples(db, layout, blocks, found)
                case m if m == MINUTE_NS:
                    _from_minutes(db, layout, blocks, found)
                case _:
                    _from_hours(db, layout, blocks, found)
            _from_newest(db, layout, generations, first_ns, grid.end_ns, found)
            return found

        return read


def _step(db: apsw.Connection, generations: Sequence[int]) -> int | None:
    marks = ", ".join("?" * len(generations))
    for sql in (
        "SELECT (last_ns - first_ns) / (rows - 1) FROM blocks WHERE rows > 1"
        f" AND generation IN ({marks}) ORDER BY id DESC LIMIT 1",
        f"SELECT (max(t_ns) - min(t_ns)) / (count(*) - 1) FROM newest WHERE generation IN ({marks})",
    ):
        row = db.execute(sql, tuple(generations)).fetchone()
        if row and row[0]:
            return int(row[0])
    return None


def _from_samples(
    db: apsw.Connection, layout: Layout, blocks: Sequence[Block], found: dict[str, list[Points]]
) -> None:
    for block in blocks:
        columns = layout.column[block.generation]
        there = [key for key in found if key in columns]
        try:
            t_ns = times_of(db, block) if there else None
        except Damaged:
            continue
        for key in there:
            try:
                values, _ = chunk_of(db, block, columns[key][0])
            except Damaged:
                continue
            assert t_ns is not None
            found[key].append(samples(t_ns, values))


def _from_minutes(
    db: apsw.Connection, layout: Layout, blocks: Sequence[Block], found: dict[str, list[Points]]
) -> None:
    for block in blocks:
        columns = layout.column[block.generation]
        there = [key for key in found if key in columns]
        if not there:
            continue
        try:
            t_ns = times_of(db, block)
        except Damaged:
            continue
        begins, times = minutes_of(t_ns)
        starts = t_ns[begins] // MINUTE_NS * MINUTE_NS
        for key in there:
            try:
                minutes = minutes_in(db, block, columns[key][0], times)
            except Damaged:
                continue
            found[key].append(Points(starts, minutes))


def _from_hours(
    db: apsw.Connection, layout: Layout, blocks: Sequence[Block], found: dict[str, list[Points]]
) -> None:
    hour_of = {block.number: block.hour_ns for block in blocks}
    for key, points in found.items():
        ids = {c for columns in layout.column.values() for k, (c, _) in columns.items() if k == key}
        for channel in sorted(ids):
            rows = db.execute(
                "SELECT block, low, mean, high, count FROM hours WHERE channel = ? AND count > 0"
                " ORDER BY block",
                (channel,),
            ).fetchall()
            kept = [row for row in rows if row[0] in hour_of]
            if kept:
                t_ns = np.array([hour_of[row[0]] for row in kept], np.int64)
                _, low, mean, high, count = np.array(kept, np.float64).T
                points.append(Points(t_ns, Stretches(low, mean, high, count)))
        points.sort(key=lambda p: int(p.t_ns[0]))


def _from_newest(
    db: apsw.Connection,
    layout: Layout,
    generations: Sequence[int],
    first_ns: int,
    end_ns: int,
    found: dict[str, list[Points]],
) -> None:
    for generation in generations:
        columns = layout.column[generation]
        if any(key in columns for key in found):
            newest = newest_between(db, generation, first_ns, end_ns)
            for key in found:
                if key in columns and len(newest.t_ns):
                    column = np.ascontiguousarray(newest.values[:, columns[key][1]])
                    found[key].append(samples(newest.t_ns, column))
