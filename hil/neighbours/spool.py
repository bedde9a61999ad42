"""What a neighbour has still to be told of the record, message after message.

The record itself is the spool: a cursor says how far it is told, and moves when the neighbour has
confirmed. What was sent and not confirmed is sent again, as the same rows after the same cursor.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hil.historian.weeks import Rows, Weeks
from hil.neighbours.cursors import Cursors
from twin.clock import iso_utc
from twin.errors import BadInput
from twin.signals import Quality

_FAR_NS: Final = (1 << 62) - 1
_BEGIN: Final = ""
"""In place of a stream: where the first process began, for streams that come later."""


@dataclass(frozen=True)
class Message:
    """Rows of one stream after a cursor."""

    stream: str
    number: int
    """Of the message in its stream, from 1 [-]; the same when it is sent again."""
    after_ns: int
    """The cursor before it [ns since 1970]; 0 before anything was told."""
    rows: Rows
    units: Sequence[str]
    """SI unit of each column."""
    is_newest: bool
    """Whether nothing later was recorded when it was made."""

    @property
    def last_ns(self) -> int:
        """The cursor after it [ns since 1970]."""
        return int(self.rows.t_ns[-1])

    def plain(self) -> dict[str, Any]:
        """As JSON types; a value that is not good is null."""
        values = self.rows.values.tolist()
        return {
            "stream": self.stream,
            "message": self.number,
            "after": self.after_ns,
            "last": self.last_ns,
            "keys": list(self.rows.keys),
            "units": list(self.units),
            "t": self.rows.t_ns.tolist(),
            "values": [[v if v == v else None for v in row] for row in values],
            "quality": self.rows.quality.tolist(),
        }

    def encoded(self) -> bytes:
        """As it is sent."""
        return json.dumps(self.plain(), separators=(",", ":"), allow_nan=False).encode()


class Spool:
    """The messages of one neighbour."""

    def __init__(
        self,
        weeks: Weeks,
        kept: Cursors,
        neighbour: str,
        *,
        most_rows: int,
        from_beginning: bool,
    ) -> None:
        """A neighbour that was never told anything begins with what comes, or with everything."""
        self._weeks, self._kept, self._neighbour = weeks, kept, neighbour
        self._most_rows = most_rows
        self._cursors: dict[str, tuple[int, int]] = {}
        known = kept.cursor(neighbour, _BEGIN)
        if known is None:
            span = weeks.span_ns()
            known = (0 if from_beginning or span is None else span[1], 0)
            kept.told(neighbour, _BEGIN, *known)
        self._begin_ns = known[0]

    def streams(self) -> list[str]:
        """Streams that are recorded."""
        return self._weeks.streams()

    def next_message(self, stream: str) -> Message | None:
        """The oldest that was not confirmed; None when all is told."""
        after_ns, number = self._cursor(stream)
        try:
            rows = self._weeks.after(stream, after_ns, self._most_rows)
        except BadInput:  # the week with the stream was dropped
            return None
        if not len(rows):
            return None
        channels = self._weeks.channels
        return Message(
            stream,
            number + 1,
            after_ns,
            rows,
            [channels[key].unit for key in rows.keys],
            len(rows) < self._most_rows,
        )

    def confirmed(self, message: Message) -> None:
        """It has arrived: never send it again. On disk when this returns.

        Raises:
            OSError: that cannot be written; the cursor stays.
        """
        self._kept.told(self._neighbour, message.stream, message.last_ns, message.number)
        self._cursors[message.stream] = (message.last_ns, message.number)

    def behind_ns(self) -> int:
        """Recorded time that is not told yet [ns], of the stream that is farthest behind."""
        behind = [0]
        span = self._weeks.span_ns()
        for stream in self.streams():
            newest = self._weeks.at(stream, _FAR_NS)
            if span is not None and len(newest):
                behind.append(int(newest.t_ns[0]) - max(self._cursor(stream)[0], span[0]))
        return max(behind)

    def _cursor(self, stream: str) -> tuple[int, int]:
        """Where the last process ended, or where the first one began."""
        if stream not in self._cursors:
            known = self._kept.cursor(self._neighbour, stream)
            self._cursors[stream] = (self._begin_ns, 0) if known is None else known
        return self._cursors[stream]


def newest_values(message: Message) -> dict[str, dict[str, Any]]:
    """The last row of a message: key -> what a retained topic holds."""
    rows = message.rows
    t = iso_utc(message.last_ns)
    found: dict[str, dict[str, Any]] = {}
    for key, unit, value, quality in zip(
        rows.keys, message.units, rows.values[-1].tolist(), rows.quality[-1].tolist(), strict=True
    ):
        found[key] = {
            "t": t,
            "value": None if value != value else value,
            "unit": unit,
            "quality": Quality(quality).name.lower(),
        }
    return found
