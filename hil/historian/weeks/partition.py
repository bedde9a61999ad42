"""The writing side of one week: rows as they come, and whose channels they are."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import apsw
import numpy as np

from hil.historian.weeks import migrate, schema
from hil.historian.weeks.channel import Channel, Gap, Rows
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

    def insert(self, stream: str, channels: Sequence[Channel], rows: Rows) -> None:
        """Add rows with these channels, inside a transaction of the caller."""
        generation = self._generation(stream, channels)
        numbers = np.ascontiguousarray(rows.values, "<f8")
        bad = rows.quality.any(axis=1).tolist()
        self.db.executemany(
            "INSERT INTO newest(generation, t_ns, numbers, qualities) VALUES (?, ?, ?, ?)",
            (
                (generation, t, number.tobytes(), quality.tobytes() if marked else None)
                for t, number, quality, marked in zip(
                    rows.t_ns.tolist(), numbers, rows.quality, bad, strict=True
                )
            ),
        )

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
        if stream not in self._generations:
            ids = json.dumps([self._channel(stream, channel) for channel in channels])
            last = self.db.execute(
                "SELECT id, channels FROM generations WHERE stream = ? ORDER BY id DESC", (stream,)
            ).fetchone()
            if last is None or last[1] != ids:
                self.db.execute(
                    "INSERT INTO generations(stream, channels) VALUES (?, ?)", (stream, ids)
                )
                last = (self.db.last_insert_rowid(), ids)
            self._generations[stream] = int(last[0])
        return self._generations[stream]

    def _channel(self, stream: str, channel: Channel) -> int:
        row = (stream, channel.key, channel.unit, channel.resolution)
        found = self.db.execute(
            "SELECT id FROM channels WHERE stream = ? AND key = ? AND unit = ? AND resolution IS ?",
            row,
        ).fetchone()
        if found is not None:
            return int(found[0])
        self.db.execute(
            "INSERT INTO channels(stream, key, unit, resolution) VALUES (?, ?, ?, ?)", row
        )
        number = self.db.last_insert_rowid()
        if number >> schema.CHANNEL_BITS:
            raise BadInput(f"{self.path}: more than {1 << schema.CHANNEL_BITS} channels in a week")
        return number


def channels_of(db: apsw.Connection, generation: int) -> list[int]:
    """Ids of the channels of a generation, in the order of the columns of its rows."""
    found = db.execute("SELECT channels FROM generations WHERE id = ?", (generation,)).fetchone()
    return cast("list[int]", json.loads(found[0]))


def last_in(db: apsw.Connection, stream: str) -> int | None:
    """Newest row of a stream in a file [ns since 1970]."""
    found = [
        db.execute(
            f"SELECT max({column}) FROM {table} WHERE generation IN"
            " (SELECT id FROM generations WHERE stream = ?)",
            (stream,),
        ).fetchone()
        for table, column in (("newest", "t_ns"), ("blocks", "last_ns"))
    ]
    times = [int(row[0]) for row in found if row and row[0] is not None]
    return max(times, default=None)
