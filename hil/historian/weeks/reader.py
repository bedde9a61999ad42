"""Reading a historian: any thread, any number of processes, beside its writer."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hil.historian.envelope import Envelope
from hil.historian.weeks.channel import Channel, Gap, Rows
from hil.historian.weeks.files import WeekFile, set_aside_files, used_bytes
from hil.historian.weeks.grid import HOLDS, Points, drawn, grid_over
from hil.historian.weeks.iso_week import LATEST_NS, within_reach
from hil.historian.weeks.layout import Layout
from hil.historian.weeks.levels import points_of, step_ns
from hil.historian.weeks.row_blocks import next_rows, none, row_before, stacked
from hil.historian.weeks.snapshots import Snapshots
from twin.closing import Closing
from twin.errors import BadInput, unknown

BLOCK_ROWS: Final = 3600
_DRAWN_NS: Final = -(1 << 60), 1 << 62
"""From when to when series are drawn [ns since 1970], 1933 to 2116: the grid has to fit, too."""


class Weeks(Closing):
    """The weeks in a folder, as they are at each question. Nothing here writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshots = Snapshots(folder)

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Everything that was recorded, by key; of a channel that changed, as it is now."""
        return MappingProxyType({channel.key: channel for _, channel in self._all_channels()})

    def streams(self) -> list[str]:
        """Names of the streams."""
        return list(dict.fromkeys(stream for stream, _ in self._all_channels()))

    def keys_of(self, stream: str) -> list[str]:
        """All columns that a stream has ever had."""
        return [channel.key for name, channel in self._all_channels() if name == stream]

    def keys(self, stream: str) -> tuple[str, ...]:
        """Columns of the newest rows of a stream; none if there is no such stream."""
        return next((keys for one in self._layouts() if (keys := one.keys(stream))), ())

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time [ns since 1970]; None before there is one."""
        files = self._snapshots.files()
        first = next((s for f in files if (s := self._span(f)) is not None), None)
        last = next((s for f in reversed(files) if (s := self._span(f)) is not None), None)
        return None if first is None or last is None else (first[0], last[1])

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Series over `t0_ns <= t < t1_ns` [ns since 1970] in at most `most` stretches.

        Stretches are of equal length and lie on multiples of it, so the first may begin before
        `t0_ns`. None is shorter than the step of the finest stream; a sample of a coarser one
        stands for the stretches up to the next. One without a sample is NaN.

        Raises:
            BadInput: an unknown key, `t1_ns` not after `t0_ns`, or `most` < 2.
        """
        if t1_ns <= t0_ns:
            raise BadInput(f"a series from {t0_ns} to {t1_ns} ns: the end must be after the begin")
        if most < 2:
            raise BadInput(f"a series of at most {most} stretches: at least 2")
        t0_ns = max(_DRAWN_NS[0], min(t0_ns, _DRAWN_NS[1] - 1))
        t1_ns = max(t0_ns + 1, min(t1_ns, _DRAWN_NS[1]))
        files = self._snapshots.files()
        stream_of = self._stream_of(keys)
        steps = {s: self._step_ns(files, s, t0_ns, t1_ns) for s in set(stream_of.values())}
        grid = grid_over(t0_ns, t1_ns, most, min((s for s in steps.values() if s), default=1))
        found: dict[str, list[Points]] = {key: [] for key in keys}
        for stream, step in steps.items():
            wanted = [key for key in found if stream_of[key] == stream]
            first_ns = max(grid.start_ns - int(HOLDS * step), _DRAWN_NS[0])
            end_ns = within_reach(grid.end_ns)
            question = partial(
                points_of,
                stream=stream,
                keys=wanted,
                t0_ns=first_ns,
                t1_ns=end_ns,
                level_ns=grid.level_ns,
            )
            for file in _within(files, first_ns, end_ns):
                for key, points in (self._snapshots.ask(file, question) or {}).items():
                    found[key] += points
        return drawn(grid, [(found[key], steps[stream_of[key]]) for key in keys])

    def rows(
        self, stream: str, t0_ns: int, t1_ns: int, keys: Sequence[str] | None = None
    ) -> Iterator[Rows]:
        """Rows of `t0_ns <= t < t1_ns` [ns since 1970], block after block.

        Args:
            stream: its name.
            t0_ns: first time.
            t1_ns: time before which they end.
            keys: columns, as `keys(stream)` without it. One that was not recorded then is NaN.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted = self._wanted(stream, keys)
        cursor_ns, t1_ns = within_reach(t0_ns) - 1, within_reach(t1_ns)
        while len(rows := self._next(stream, wanted, cursor_ns, t1_ns, BLOCK_ROWS)):
            yield rows
            cursor_ns = int(rows.t_ns[-1])

    def after(
        self, stream: str, cursor_ns: int, most_rows: int, keys: Sequence[str] | None = None
    ) -> Rows:
        """Rows after `cursor_ns` [ns since 1970], at most `most_rows`; none if there is nothing.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted = self._wanted(stream, keys)
        found, left, cursor_ns = [], most_rows, within_reach(cursor_ns)
        while left > 0 and len(rows := self._next(stream, wanted, cursor_ns, LATEST_NS, left)):
            found.append(rows)
            cursor_ns = int(rows.t_ns[-1])
            left -= len(rows)
        return stacked(found) if found else none(wanted)

    def at(self, stream: str, t_ns: int, keys: Sequence[str] | None = None) -> Rows:
        """The newest row at or before `t_ns` [ns since 1970], or none.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted, t_ns = self._wanted(stream, keys), within_reach(t_ns)
        for file in reversed(self._snapshots.files()):
            if file.start_ns <= t_ns:
                found = self._snapshots.ask(
                    file, lambda week: row_before(week, stream, wanted, t_ns)
                )
                if found is not None and len(found):
                    return found
        return none(wanted)

    def gaps(self, t0_ns: int, t1_ns: int) -> list[Gap]:
        """Stretches without samples that touch `t0_ns <= t < t1_ns` [ns since 1970]."""
        t0_ns, t1_ns = within_reach(t0_ns), within_reach(t1_ns)
        found: list[tuple[int, int, str]] = []
        for file in self._snapshots.files():
            if file.end_ns > t0_ns:  # a gap is in the week in which it ends
                found += self._snapshots.ask(file, lambda week: week.gaps(t0_ns, t1_ns)) or []
        return [Gap(*gap) for gap in sorted(found)]

    def problems(self) -> list[str]:
        """What is wrong with files, a sentence each: broken ones set aside, unreadable ones."""
        aside = [f"{path.name}: broken, and set aside" for path in set_aside_files(self.folder)]
        return aside + self._snapshots.problems()

    def used_bytes(self) -> int:
        """Room that the folder takes [B]."""
        return used_bytes(self.folder)

    def close(self) -> None:
        """Close every connection."""
        self._snapshots.close()

    def _layouts(self) -> Iterator[Layout]:
        """Of every file, the newest first; a week that is written has a neighbour that may be."""
        files = self._snapshots.files()
        for i, file in enumerate(reversed(files)):
            layout = self._snapshots.layout(file, written=i < 2)
            if layout is not None:
                yield layout

    def _span(self, file: WeekFile) -> tuple[int, int] | None:
        return self._snapshots.ask(file, lambda week: week.span_ns())

    def _all_channels(self) -> list[tuple[str, Channel]]:
        """Stream and channel, in the order in which they came."""
        found: dict[tuple[str, str], Channel] = {}
        for layout in reversed(list(self._layouts())):
            for stream, channel in layout.channels.values():
                found[stream, channel.key] = channel
        return [(stream, channel) for (stream, _), channel in found.items()]

    def _wanted(self, stream: str, keys: Sequence[str] | None) -> tuple[str, ...]:
        columns = self.keys(stream)
        if columns and (keys is None or set(keys) <= set(columns)):
            return columns if keys is None else tuple(keys)
        every = self._all_channels()
        if not every:  # nothing was recorded yet, and every question has an empty answer
            return tuple(keys or ())
        known = {channel.key for name, channel in every if name == stream}
        if not known:
            raise unknown(str(self.folder), "stream", stream, {name for name, _ in every})
        for key in keys or ():
            if key not in known:
                raise unknown(f"stream {stream}", "key", key, known)
        return columns if keys is None else tuple(keys)

    def _stream_of(self, keys: Sequence[str]) -> dict[str, str]:
        """Stream of each key."""
        found: dict[str, str] = {}
        for layout in self._layouts():
            for stream, channel in layout.channels.values():
                found.setdefault(channel.key, stream)
            if all(key in found for key in keys):
                return {key: found[key] for key in keys}
        missing = next(key for key in keys if key not in found)
        raise unknown(str(self.folder), "key", missing, found)

    def _step_ns(self, files: Sequence[WeekFile], stream: str, t0_ns: int, t1_ns: int) -> int:
        for file in reversed(_within(files, t0_ns, t1_ns)):
            step = self._snapshots.ask(file, lambda week: step_ns(week, stream, t0_ns, t1_ns))
            if step:
                return step
        return 0

    def _next(
        self, stream: str, keys: tuple[str, ...], cursor_ns: int, t1_ns: int, most: int
    ) -> Rows:
        """The next rows after a time: a block or less; none if there is nothing more."""
        for file in _within(self._snapshots.files(), cursor_ns + 1, t1_ns):
            rows = self._snapshots.ask(
                file, lambda week: next_rows(week, stream, keys, cursor_ns, t1_ns, most)
            )
            if rows is not None and len(rows):
                return rows
        return none(keys)


def _within(files: Sequence[WeekFile], t0_ns: int, t1_ns: int) -> list[WeekFile]:
    return [file for file in files if file.end_ns > t0_ns and file.start_ns < t1_ns]
