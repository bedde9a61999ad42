"""All events of a data file in the order of time, batch by batch, whatever its layout."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hil.trend.mapping import Long, Map
from hil.trend.piece import Piece, Source
from hil.trend.rows import Clock, Qualities, Reading, Used, index_of, pushed, wide_rows
from twin.errors import BadInput, unknown
from twin.trend.grid import Events
from twin.trend.order import BAD, EMPTY, VALUE, Reorder, Rows
from twin.trend.units import Unit
from twin.trend.zone import NS, Fold

BATCH_EVENTS: Final = 200_000
_SPILLED: Final = np.dtype([("t", "<i8"), ("v", "<f8"), ("good", "?")])


@dataclass(frozen=True)
class Batch:
    """Events of each used column, in the file's numbers, up to and with `until_ns` [ns]."""

    until_ns: int
    events: list[Events]


class Table(Protocol):
    """A file that gives its events as often as wanted."""

    def batches(self, reading: Reading) -> Iterator[Batch]:
        """All of them."""
        ...

    def close(self) -> None:
        """Take away what was put on disk for it."""
        ...


class WideTable:
    """A column a point: read anew each time."""

    def __init__(self, source: Source, map_: Map, used: Sequence[Used], file: str) -> None:
        self._source, self._map, self._used, self._file = source, map_, used, file

    def batches(self, reading: Reading) -> Iterator[Batch]:
        """All events; an empty cell is none."""
        for rows in wide_rows(self._source, self._map, self._used, self._file, reading):
            events = [_events(rows, j) for j in range(len(self._used))]
            yield Batch(int(rows.t_ns[-1]), events)

    def close(self) -> None:
        """Nothing is kept."""


def _events(rows: Rows, j: int) -> Events:
    state = rows.state[:, j]
    logged = state != EMPTY
    if logged.all():
        return Events(rows.t_ns, rows.values[:, j], state == VALUE)
    return Events(rows.t_ns[logged], rows.values[logged, j], state[logged] == VALUE)


class LongTable:
    """A value a row, often point after point: put on disk once, 17 bytes a value."""

    def __init__(
        self, source: Source, map_: Map, long: Long, used: Sequence[Used], file: str
    ) -> None:
        self._source, self._map, self._used, self._file = source, map_, used, file
        self._point = index_of(source, long.point, f"{file}: long.point")
        self._value = index_of(source, long.value, f"{file}: long.value")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._reading = Reading()

    def batches(self, reading: Reading) -> Iterator[Batch]:
        """All events."""
        if self._folder is None:
            self._spill()
        reading.__dict__.update(self._reading.__dict__)
        kept = [self._open(j) for j in range(len(self._used))]
        spans = [(int(k["t"][0]), int(k["t"][-1])) for k in kept if len(k)]
        if not spans:
            return
        first, last = min(s[0] for s in spans), max(s[1] for s in spans)
        cuts = 1 + sum(len(k) for k in kept) // BATCH_EVENTS
        begin = [0] * len(kept)
        for cut in range(1, cuts + 1):
            until = last if cut == cuts else first + (last - first) // cuts * cut
            end = [int(np.searchsorted(k["t"], until, side="right")) for k in kept]
            parts = [np.array(k[b:e]) for k, b, e in zip(kept, begin, end, strict=True)]
            begin = end
            yield Batch(until, [Events(p["t"], p["v"], p["good"]) for p in parts])

    def close(self) -> None:
        """Take the files away."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _open(self, j: int) -> NDArray[np.void]:
        path = self._path(j)
        if not path.exists() or path.stat().st_size == 0:
            return np.empty(0, _SPILLED)
        return np.memmap(path, _SPILLED, mode="r")

    def _path(self, j: int) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / f"{j}.bin"

    def _spill(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hukka-trend-")
        clock = Clock(self._source, self._map, self._file)
        points = _Points(self._used, round(self._map.time.reorder * NS))
        qualities = Qualities(self._source, self._map, self._used, self._file)
        try:
            for piece in self._source.pieces(self._reading.lost):
                self._spill_piece(piece, clock, points, qualities)
            for j, reorder in enumerate(points.reorder):
                self._append(j, reorder.rest())
        except OSError as error:
            raise BadInput(
                f"{self._folder.name}: cannot put the events in order on disk:"
                f" {error.strerror or error}"
            ) from None
        self._reading.late = sum(r.late for r in points.reorder)
        for u in self._used:
            if u.name not in points.seen:
                raise unknown(self._file, "point", u.name, points.seen | points.others)

    def _spill_piece(
        self, piece: Piece, clock: Clock, points: "_Points", qualities: Qualities
    ) -> None:
        index, words = piece.texts(self._point)
        rows_of = points.rows(index, words)
        sequences = [(rows, points.fold[j]) for j, rows in rows_of]
        t_ns, sound = clock.instants(piece, self._reading, sequences)
        place = f"{self._file}:{int(piece.place[0])}"
        others = len(index) - sum(len(rows) for _, rows in rows_of)
        self._reading.lost.row("points that the map does not name", others, place)
        alike: dict[tuple[Unit, tuple[tuple[str, float], ...]], Rows] = {}
        for j, rows in rows_of:
            used = self._used[j]
            meant = used.column.words
            key = (used.unit, tuple(sorted(meant.items())))
            if key not in alike:
                read = piece.numbers(self._value, meant, used.unit, self._reading.lost)
                alike[key] = Rows(t_ns, piece.place, read.values[:, None], read.state[:, None])
            mine = alike[key].take(rows[sound[rows]])
            bad = qualities.bad(piece, j)
            if bad is not None:
                wrong = bad[rows[sound[rows]]] & (mine.state[:, 0] == VALUE)
                mine.state[wrong, 0] = BAD
            self._append(
                j, pushed(points.reorder[j], mine, self._map, self._file, self._source.row_word)
            )

    def _append(self, j: int, rows: Rows) -> None:
        rows = rows.take(rows.state[:, 0] != EMPTY)
        if not len(rows):
            return
        kept = np.empty(len(rows), _SPILLED)
        kept["t"], kept["v"] = rows.t_ns, rows.values[:, 0]
        kept["good"] = rows.state[:, 0] == VALUE
        with self._path(j).open("ab") as file:
            file.write(kept.tobytes())


class _Points:
    """Points of a long file, as far as the map names them."""

    def __init__(self, used: Sequence[Used], window_ns: int) -> None:
        self._number = {u.name: j for j, u in enumerate(used)}
        self.fold = [Fold() for _ in used]
        self.reorder = [Reorder(1, window_ns) for _ in used]
        self.seen: set[str] = set()
        self.others: set[str] = set()

    def rows(
        self, index: NDArray[np.int64], words: list[str]
    ) -> list[tuple[int, NDArray[np.intp]]]:
        """Number of each point of a piece and its rows."""
        found = []
        order = np.argsort(index, kind="stable")
        edges = np.searchsorted(index[order], np.arange(len(words) + 1))
        for k, word in enumerate(words):
            j = self._number.get(word)
            if j is None:
                if len(self.others) < 1000:
                    self.others.add(word)
            elif edges[k + 1] > edges[k]:
                self.seen.add(word)
                found.append((j, order[edges[k] : edges[k + 1]]))
        return found
