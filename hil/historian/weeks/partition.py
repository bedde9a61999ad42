"""The writing side of one week: rows as they come, and whose channels they are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hil.historian.weeks import migrate, schema
from hil.historian.weeks.channel import Channel, Gap, Rows
from hil.historian.weeks.newest import insert_rows
from hil.historian.weeks.open_minutes import roll_up
from hil.historian.weeks.query import first, one
from twin.errors import BadInput


class Partition:
    """A week's file, open for writing; older tables are brought forward first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = schema.open_for_writing(path)
        self._generations: dict[str, int] = {}
        try:
            migrate.forward(self.db)
            self._inode = path.stat().st_ino
        except BaseException:
            self.db.close()
            raise

    def declare(self, streams: Mapping[str, Sequence[Channel]]) -> None:
        """Say which channels rows have from now on, inside a transaction of the caller.

        A stream is known before its first row, so that its keys can be asked for.
        """
        for stream, channels in streams.items():
            if stream not in self._generations:
                self._generations[stream] = self._generation(stream, channels)

    def insert(self, stream: str, rows: Rows) -> None:
        """Add rows of a stream that was declared, inside a transaction of the caller."""
        insert_rows(self.db, self._generations[stream], rows)

    def roll_up(self, stream: str) -> None:
        """Keep what lay in minutes that are over, behind the inserts of a transaction."""
        roll_up(self.db, self._generations[stream])

    def insert_gap(self, gap: Gap) -> None:
        """Add a gap, inside a transaction of the caller."""
        self.db.execute("INSERT INTO gaps VALUES (?, ?, ?)", (gap.from_ns, gap.to_ns, gap.why))

    def is_mine(self) -> bool:
        """Whether the file is still where it was opened."""
        try:
            return self.path.stat().st_ino == self._inode
        except OSError:
            return False

    def close(self) -> None:
        """Give the file back, with everything that was committed in it."""
        self.db.close()

    def _generation(self, stream: str, channels: Sequence[Channel]) -> int:
        ids = json.dumps([self._channel(stream, channel) for channel in channels])
        last = first(
            self.db,
            "SELECT id, channels FROM generations WHERE stream = ? ORDER BY id DESC",
            (stream,),
        )
        if last is not None and last[1] == ids:
            return int(last[0])
        self.db.execute("INSERT INTO generations(stream, channels) VALUES (?, ?)", (stream, ids))
        return self.db.last_insert_rowid()

    def _channel(self, stream: str, channel: Channel) -> int:
        row = (stream, channel.key, channel.unit, channel.resolution)
        found = one(
            self.db,
            "SELECT id FROM channels WHERE stream = ? AND key = ? AND unit = ? AND resolution IS ?",
            row,
        )
        if found is not None:
            return int(found)
        self.db.execute(
            "INSERT INTO channels(stream, key, unit, resolution) VALUES (?, ?, ?, ?)", row
        )
        number = self.db.last_insert_rowid()
        if number >> schema.CHANNEL_BITS:
            raise BadInput(f"{self.path}: more than {1 << schema.CHANNEL_BITS} channels in a week")
        return number
