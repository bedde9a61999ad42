"""Pieces of any source to rows in the order of time: instants, numbers, what may be believed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hil.trend.joined import joined
from hil.trend.mapping import Column, Map, Quality
from hil.trend.piece import Lost, Piece, Source, Stamps
from hil.trend.stamp_format import parse_format
from twin.errors import BadInput, unknown
from twin.trend.order import BAD, VALUE, Reorder, Rows, TooLate
from twin.trend.units import Unit
from twin.trend.zone import NS, Fold, Told, Wall

_NO_OFFSET = -1_000_000


@dataclass(frozen=True)
class Used:
    """A column of the file that is used: its name, what the map says, where it stands."""

    name: str
    column: Column
    unit: Unit
    index: int
    """In the source's names; of a long file, in the order of the map."""


@dataclass
class Reading:
    """What was met while reading, beside the rows."""

    lost: Lost = field(default_factory=Lost)
    told: Told = field(default_factory=Told)
    rows: int = 0
    """Rows that a time was read of [-]."""
    late: int = 0
    """Of them, after a newer one [-]."""


def index_of(source: Source, name: str, what: str) -> int:
    """Where a column stands, by its name or by `#` and its number from 1.

    Raises:
        BadInput: there is no such column; with the nearest name.
    """
    if name in source.names:
        return source.names.index(name)
    plain = [n.partition("\u00a0")[0].strip() for n in source.names]
    if name.strip() in plain:
        return plain.index(name.strip())
    if name[:1] == "#" and name[1:].isdigit() and 1 <= int(name[1:]) <= len(source.names):
        return int(name[1:]) - 1
    raise unknown(what, "column", name, source.names)


class Clock:
    """Times of one table as instants."""

    def __init__(self, source: Source, map_: Map, file: str) -> None:
        self._column = index_of(source, map_.time.column, f"{file}: time")
        clock = map_.time.clock
        self._of_day = None if clock is None else index_of(source, clock, f"{file}: time.clock")
        self._format = parse_format(map_.time.format)
        self._wall = Wall(map_.time.tz)
        self._file, self._word = file, source.row_word
        self._steps = _Steps()

    def instants(
        self,
        piece: Piece,
        reading: Reading,
        sequences: Sequence[tuple[NDArray[np.intp], Fold]],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Instants [ns] of the rows of a piece, and which have one; the others are counted.

        `sequences`: rows that follow each other in time, and where each such sequence stands.
        """
        stamps = self._stamps(piece)
        sound = stamps.sound.copy()
        reading.lost.row(
            "time not as the format says", int((~sound).sum()), self._place(piece, ~sound)
        )
        local = sound & (stamps.offset_s == _NO_OFFSET)
        t_ns = np.where(local, stamps.ns, stamps.ns - stamps.offset_s * NS)
        gone = np.zeros(len(t_ns), bool)
        for rows, fold in sequences if local.any() else ():
            mine = rows[local[rows]]
            step_ns = self._steps.median(stamps.ns[mine])
            t_ns[mine], exists = self._wall.to_utc(stamps.ns[mine], fold, reading.told, step_ns)
            gone[mine[~exists]] = True
        reading.lost.row("local time that never was", int(gone.sum()), self._place(piece, gone))
        sound &= ~gone
        reading.rows += int(sound.sum())
        return t_ns, sound

    def _stamps(self, piece: Piece) -> Stamps:
        if self._of_day is None:
            return piece.stamps(self._column, self._format)
        return joined(piece.texts(self._column), piece.texts(self._of_day), self._format)

    def _place(self, piece: Piece, rows: NDArray[np.bool_]) -> str:
        return f"{self._file}:{int(piece.place[np.argmax(rows)])}" if len(rows) else self._file


class _Steps:
    """The usual step of a table [ns], from its first piece."""

    def __init__(self) -> None:
        self._median = 0

    def median(self, ns: NDArray[np.int64]) -> int:
        if not self._median and len(ns) > 2:
            steps = np.diff(ns[:10_000])
            if len(steps := steps[steps > 0]):
                self._median = int(np.median(steps))
        return self._median


def wide_rows(
    source: Source, map_: Map, used: Sequence[Used], file: str, reading: Reading
) -> Iterator[Rows]:
    """Rows of a file with a column a point, sorted within the map's window.

    Raises:
        BadInput: a row comes later than the window allows, with its place.
    """
    clock, fold = Clock(source, map_, file), Fold()
    reorder = Reorder(len(used), round(map_.time.reorder * NS))
    qualities = Qualities(source, map_, used, file)
    for piece in source.pieces(reading.lost):
        t_ns, sound = clock.instants(piece, reading, [(np.arange(len(piece.place)), fold)])
        values = np.empty((len(t_ns), len(used)))
        state = np.empty((len(t_ns), len(used)), np.uint8)
        for j, u in enumerate(used):
            found = piece.numbers(u.index, u.column.words, u.unit, reading.lost)
            values[:, j], state[:, j] = found.values, found.state
            bad = qualities.bad(piece, j)
            if bad is not None:
                state[bad & (state[:, j] == VALUE), j] = BAD
        rows = Rows(t_ns, piece.place, values, state)
        if not sound.all():
            rows = rows.take(sound)
        ready = pushed(reorder, rows, map_, file, source.row_word)
        reading.late = reorder.late
        if len(ready):
            yield ready
    if len(rest := reorder.rest()):
        yield rest


def pushed(reorder: Reorder, rows: Rows, map_: Map, file: str, word: str) -> Rows:
    """What `reorder` hands out for `rows`; BadInput with its place for one that is too late."""
    try:
        return reorder.push(rows)
    except TooLate as late:
        behind = (late.newest_ns - late.t_ns) / 1e9
        rule = (
            f"this {word} is {behind:g} s older than one before it, more than"
            f" time.reorder = {map_.time.reorder:g} s"
        )
        if reorder.late > len(rows) // 2:
            rule += "; the file seems to run from new to old: turn it round"
        raise BadInput(f"{file}:{late.place}: {rule}") from None


class Qualities:
    """Which rows of a piece are not good, by column, each quality column read once a piece."""

    def __init__(self, source: Source, map_: Map, used: Sequence[Used], file: str) -> None:
        self._of: list[tuple[int, Quality] | None] = []
        for u in used:
            quality = u.column.quality or map_.quality
            where = f"{file}: quality of {u.name!r}"
            found = None if quality is None else index_of(source, quality.column, where)
            self._of.append(None if quality is None or found is None else (found, quality))
        self._piece: Piece | None = None
        self._known: dict[tuple[int, tuple[str, ...]], NDArray[np.bool_]] = {}

    def bad(self, piece: Piece, j: int) -> NDArray[np.bool_] | None:
        """bool[rows] of column `j`; None where nothing says it."""
        if piece is not self._piece:
            self._piece, self._known = piece, {}
        asked = self._of[j]
        if asked is None:
            return None
        column, quality = asked
        key = (column, quality.good)
        if key not in self._known:
            index, words = piece.texts(column)
            good = {w.casefold() for w in quality.good}
            wrong = np.array([w.strip().casefold() not in good for w in words], bool)
            self._known[key] = wrong[index]
        return self._known[key]
