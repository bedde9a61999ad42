"""Whose numbers lie in the columns of a file: channels, and the lists of them over time."""

import json
from dataclasses import dataclass
from functools import cached_property

import apsw

from hil.historian.weeks.channel import Channel
from hil.historian.weeks.query import many, one


@dataclass(frozen=True)
class Layout:
    """Channels of a file, and the lists of them that its rows have had."""

    channels: dict[int, tuple[str, Channel]]
    """Id -> stream, channel."""
    generations: dict[int, tuple[str, list[int]]]
    """Number -> stream, ids in the order of the columns."""

    @cached_property
    def column(self) -> dict[int, dict[str, tuple[int, int]]]:
        """Generation -> key -> (id, column)."""
        return {
            number: {self.channels[c][1].key: (c, i) for i, c in enumerate(ids)}
            for number, (_, ids) in self.generations.items()
        }

    def of_stream(self, stream: str) -> list[int]:
        """Generations of a stream, the oldest first."""
        return [number for number, (name, _) in self.generations.items() if name == stream]

    def ids(self, key: str) -> list[int]:
        """Channels that have had this key."""
        return [number for number, (_, channel) in self.channels.items() if channel.key == key]

    def keys(self, stream: str) -> tuple[str, ...]:
        """Columns of the newest rows of a stream; none if it has none here."""
        numbers = self.of_stream(stream)
        ids = self.generations[numbers[-1]][1] if numbers else []
        return tuple(self.channels[i][1].key for i in ids)


def layout_of(db: apsw.Connection) -> Layout:
    """Reads channels and generations."""
    return Layout(
        {
            row[0]: (row[1], Channel(row[2], row[3], row[4]))
            for row in many(db, "SELECT id, stream, key, unit, resolution FROM channels")
        },
        {
            row[0]: (row[1], json.loads(row[2]))
            for row in many(db, "SELECT id, stream, channels FROM generations ORDER BY id")
        },
    )


def generations_in(db: apsw.Connection) -> int:
    """How many lists of channels a file has; a layout with as many is still true [-]."""
    return int(one(db, "SELECT count(*) FROM generations"))


def channels_of(db: apsw.Connection, generation: int) -> list[int]:
    """Ids of the channels of a generation, in the order of the columns of its rows."""
    ids: list[int] = json.loads(
        one(db, "SELECT channels FROM generations WHERE id = ?", (generation,))
    )
    return ids


def last_in(db: apsw.Connection, stream: str) -> int | None:
    """Newest row of a stream in a file [ns since 1970]."""
    found = [
        one(
            db,
            f"SELECT max({column}) FROM {table} WHERE generation IN"
            " (SELECT id FROM generations WHERE stream = ?)",
            (stream,),
        )
        for table, column in (("newest", "t_ns"), ("blocks", "last_ns"))
    ]
    return max((time for time in found if time is not None), default=None)
