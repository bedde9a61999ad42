"""Measured data on the twin's period: what was found in them, and block after block of rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.trend.batches import LongTable, Table, WideTable
from hil.trend.columns import Columns, Target, constants_of, target_of
from hil.trend.mapping import Map, load_map, si_of, unit_of_target
from hil.trend.piece import Source
from hil.trend.rows import Reading, Used, index_of
from hil.trend.source import open_source
from twin.closing import Closing
from twin.errors import BadInput
from twin.site.model import Site
from twin.trend.finding import Finding
from twin.trend.grid import Events, Held, OnGrid
from twin.trend.survey import Bins, Survey
from twin.trend.units import Unit

BLOCK_ROWS: Final = 4096
PERIOD_NS: Final = 10_000_000_000
"""Usual period of a twin on measured data [ns]."""
_QUIET_NS: Final = 3600 * 1_000_000_000
"""Where nothing was logged for longer there are no rows [ns]."""


@dataclass(frozen=True)
class Block:
    """Rows in the shape that `twin.pipeline.Twin.follow` takes, and which values are new."""

    t_ns: NDArray[np.int64]
    """Since `Trend.began_ns` [ns]."""
    measured: NDArray[np.float64]
    good: NDArray[np.bool_]
    fresh: NDArray[np.bool_]
    """Whether a value was logged within the period before the row: others are held ones."""
    commands: NDArray[np.float64]
    commanded: NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """What the first pass over the data found, before anything is judged."""

    reading: Reading
    surveys: list[Survey]
    bins: Bins
    limits_ns: list[int]
    """Age beyond which a value of each column is no longer believed [ns]."""


class Trend(Closing):
    """A data file with its map; `blocks` may be asked for as often as wanted."""

    def __init__(
        self,
        site: Site,
        source: Source,
        map_: Map,
        file: str,
        period_ns: int,
        relative: bool,
        guesses: tuple[Finding, ...] = (),
    ) -> None:
        self.site, self.source, self.map, self.file = site, source, map_, file
        self.period_ns = period_ns
        self.guesses = guesses
        self.used = _used(site, source, map_, file)
        self.targets: list[Target] = [target_of(site, u) for u in self.used]
        self.relative = relative
        self._table: Table
        if map_.long is None:
            self._table = WideTable(source, map_, self.used, file)
        else:
            self._table = LongTable(source, map_, map_.long, self.used, file)
        self._seen: Seen | None = None

    @property
    def seen(self) -> Seen:
        """The first pass over the data, made once."""
        if self._seen is None:
            self._seen = self._survey()
        return self._seen

    @property
    def began_ns(self) -> int:
        """The instant that is 0 in the rows [ns since 1970 UTC]; 0 of data that begin at 0 s."""
        first = self._first_ns()
        return 0 if self.relative else first // self.period_ns * self.period_ns

    @property
    def span_ns(self) -> int:
        """Time between the first value and the last one [ns]."""
        lasts = [s.last_ns for s in self.seen.surveys if s.last_ns is not None]
        return max(lasts) - self._first_ns()

    @property
    def absent(self) -> list[str]:
        """Signals and commands of the site that are neither a column nor a constant."""
        given = {t.name for t in self.targets} | set(self.map.constants)
        return [n for n in (*self.site.signals, *self.site.commands) if n not in given]

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows of the data, at most `rows` a block."""
        seen, began = self.seen, self.began_ns
        held = [Held(limit) for limit in seen.limits_ns]
        columns = Columns(self.targets)
        pending = [_none() for _ in self.targets]
        grid = _Grid(self.period_ns, max([_QUIET_NS, *seen.limits_ns]))
        reading = Reading()
        for batch in self._table.batches(reading):
            events, _ = columns.take(batch.events)
            pending = [_after(a, b) for a, b in zip(pending, events, strict=True)]
            grid_ns = grid.up_to(batch.until_ns, events)
            for at in range(0, len(grid_ns), rows):
                part = grid_ns[at : at + rows]
                pending, on = self._onto(part, pending, held)
                yield self._block(part - began, on)

    def close(self) -> None:
        """Take away what was put on disk."""
        self._table.close()

    def _onto(
        self, rows_ns: NDArray[np.int64], pending: list[Events], held: list[Held]
    ) -> tuple[list[Events], list[OnGrid]]:
        left, on = [], []
        for events, holder in zip(pending, held, strict=True):
            cut = int(np.searchsorted(events.t_ns, rows_ns[-1], side="right"))
            now = Events(events.t_ns[:cut], events.values[:cut], events.good[:cut])
            left.append(Events(events.t_ns[cut:], events.values[cut:], events.good[cut:]))
            on.append(holder.onto(rows_ns, now, self.period_ns))
        return left, on

    def _block(self, t_ns: NDArray[np.int64], on: list[OnGrid]) -> Block:
        signals, commands = tuple(self.site.signals), self.site.commands
        shape, orders = (len(t_ns), len(signals)), (len(t_ns), len(commands))
        measured, good = np.full(shape, np.nan), np.zeros(shape, bool)
        fresh = np.zeros(shape, bool)
        commanded, ordered = np.full(orders, np.nan), np.zeros(orders, bool)
        for name, value in constants_of(self.site, self.map).items():
            if name in signals:
                at = signals.index(name)
                measured[:, at], good[:, at] = value, True
            else:
                at = commands.index(name)
                commanded[:, at], ordered[:, at] = value, True
        for target, column in zip(self.targets, on, strict=True):
            if target.signal is not None:
                inside = (column.values >= target.low) & (column.values <= target.high)
                measured[:, target.signal] = column.values
                good[:, target.signal] = column.good & inside
                fresh[:, target.signal] = column.fresh & inside
            elif target.command is not None:
                commanded[:, target.command] = column.values
                ordered[:, target.command] = column.good
        return Block(t_ns, measured, good, fresh, commanded, ordered)

    def _survey(self) -> Seen:
        reading, columns = Reading(), Columns(self.targets)
        surveys, bins = [Survey() for _ in self.targets], Bins(len(self.targets))
        for batch in self._table.batches(reading):
            events, doubles = columns.take(batch.events)
            for survey, new, again in zip(surveys, events, doubles, strict=True):
                survey.take(new, again)
            bins.take(events)
        if not any(s.events for s in surveys):
            told = "; ".join(f"{n} rows: {why}" for why, n in reading.lost.rows.items())
            raise BadInput(f"{self.file}: no value with a time" + (f" ({told})" if told else ""))
        limits = [self._limit_ns(u.column.hold, s) for u, s in zip(self.used, surveys, strict=True)]
        return Seen(reading, surveys, bins, limits)

    def _limit_ns(self, hold_s: float | None, survey: Survey) -> int:
        if hold_s is not None:
            return round(hold_s * 1e9)
        return max(round(2.5 * survey.step_s() * 1e9), 3 * self.period_ns // 2)

    def _first_ns(self) -> int:
        return min(s.first_ns for s in self.seen.surveys if s.first_ns is not None)


class _Grid:
    """Instants of rows: multiples of the period, but not where nothing was logged for long."""

    def __init__(self, period_ns: int, quiet_ns: int) -> None:
        self._period_ns, self._quiet_ns = period_ns, quiet_ns
        self._last_event: int | None = None
        self._next = -(1 << 62)

    def up_to(self, until_ns: int, batch: list[Events]) -> NDArray[np.int64]:
        """Instants after those given before, up to and with `until_ns` [ns]."""
        logged = np.unique(np.concatenate([e.t_ns for e in batch])) if batch else _none().t_ns
        if self._last_event is not None:
            logged = np.concatenate([[self._last_event], logged])
        if not len(logged):
            return logged
        self._last_event = int(logged[-1])
        breaks = np.flatnonzero(np.diff(logged) > self._quiet_ns)
        begins = logged[np.concatenate([[0], breaks + 1])]
        ends = logged[np.concatenate([breaks, [len(logged) - 1]])] + self._quiet_ns
        ends[-1] = min(int(ends[-1]), until_ns)
        period, parts = self._period_ns, []
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            first = max(-(-begin // period) * period, self._next)
            if first <= end:
                parts.append(np.arange(first, end + 1, period, dtype=np.int64))
                self._next = int(parts[-1][-1]) + period
        return np.concatenate(parts) if parts else _none().t_ns


def _none() -> Events:
    return Events(np.empty(0, np.int64), np.empty(0), np.empty(0, bool))


def _after(a: Events, b: Events) -> Events:
    if not len(a):
        return b
    return Events(
        np.concatenate([a.t_ns, b.t_ns]),
        np.concatenate([a.values, b.values]),
        np.concatenate([a.good, b.good]),
    )


def _used(site: Site, source: Source, map_: Map, file: str) -> list[Used]:
    found = []
    for i, (name, column) in enumerate(map_.columns.items()):
        at = i if map_.long is not None else index_of(source, name, f"{file}: columns")
        if column.target is not None:
            unit = column.unit or unit_of_target(site, column.target)
            read_in = Unit(unit, si_of(site, column.target), column.density)
            found.append(Used(name, column, read_in, at))
    if not found:
        raise BadInput(f"{file}: the map names no column that is a signal or a command")
    return found


def load_readers() -> None:
    """Load what reads tables: it finds its machine code while its process is not shut in yet."""
    import hil.trend.csv_source  # noqa: F401 - with it all that is compiled


def open_trend(
    site: Site, data: Path, map_path: Path | None = None, period_ns: int = PERIOD_NS
) -> Trend:
    """Measured data of a site: a run folder of the bench, a CSV or a Parquet file.

    `for block in open_trend(...).blocks(): twin.follow(block.t_ns, block.measured, block.good,
    block.commands, block.commanded)`. Without a map, columns are matched by name and unit.

    Raises:
        BadInput: the data or the map cannot be used, one line a mistake.
    """
    from hil.trend.propose import propose

    given = None if map_path is None else load_map(map_path, site)
    source = open_source(data, given)
    guesses: tuple[Finding, ...] = ()
    if given is None:
        proposal = propose(site, source, data.name)
        given, guesses = proposal.as_map(), proposal.guesses
    relative = source.what == "run folder" or given.time.format == "seconds"
    return Trend(site, source, given, data.name, period_ns, relative, guesses)
