"""Rows that are not sealed yet: one of the table is one of a stream, all its numbers in a blob."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.channel import Rows
from hil.historian.weeks.query import many


@dataclass(frozen=True, slots=True)
class Newest:
    """Rows of one generation, a column a channel."""

    t_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint8]


def insert_rows(db: apsw.Connection, generation: int, rows: Rows) -> None:
    """Add rows; qualities that are all GOOD take no room."""
    numbers = np.ascontiguousarray(rows.values, "<f8")
    marked = rows.quality.max(axis=1, initial=0)
    db.executemany(
        "INSERT INTO newest(generation, t_ns, numbers, qualities) VALUES (?, ?, ?, ?)",
        (
            (generation, t_ns, number.tobytes(), quality.tobytes() if mark > 0 else None)
            for t_ns, number, quality, mark in zip(
                rows.t_ns.tolist(), numbers, rows.quality, marked, strict=True
            )
        ),
    )


def rows_between(
    db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int, most: int = -1
) -> Newest:
    """Rows of `t0_ns <= t < t1_ns` [ns since 1970], at most so many; -1 is all of them."""
    return _stacked(
        many(
            db,
            "SELECT t_ns, numbers, qualities FROM newest"
            " WHERE generation = ? AND t_ns >= ? AND t_ns < ? ORDER BY t_ns LIMIT ?",
            (generation, t0_ns, t1_ns, most),
        )
    )


def numbers_between(
    db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int, columns: Sequence[int]
) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
    """Times, and the numbers of some columns; SQLite cuts them out, as most of a row is others'."""
    cut = "".join(f", substr(numbers, {8 * column + 1}, 8)" for column in columns)
    rows = many(
        db,
        f"SELECT t_ns{cut} FROM newest WHERE generation = ? AND t_ns >= ? AND t_ns < ?"
        " ORDER BY t_ns",
        (generation, t0_ns, t1_ns),
    )
    if not rows:
        return np.empty(0, np.int64), [np.empty(0) for _ in columns]
    t_ns, *blobs = zip(*rows, strict=True)
    return np.array(t_ns, np.int64), [np.frombuffer(b"".join(each), "<f8") for each in blobs]


def row_before(db: apsw.Connection, generation: int, t_ns: int) -> Newest:
    """The last row at or before `t_ns` [ns since 1970], or none."""
    return _stacked(
        many(
            db,
            "SELECT t_ns, numbers, qualities FROM newest"
            " WHERE generation = ? AND t_ns <= ? ORDER BY t_ns DESC LIMIT 1",
            (generation, t_ns),
        )
    )


def delete_rows(db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int) -> None:
    """Take away rows of `t0_ns <= t < t1_ns` [ns since 1970]."""
    db.execute(
        "DELETE FROM newest WHERE generation = ? AND t_ns >= ? AND t_ns < ?",
        (generation, t0_ns, t1_ns),
    )


def _stacked(rows: Sequence[tuple[Any, ...]]) -> Newest:
    if not rows:
        return Newest(np.empty(0, np.int64), np.empty((0, 0)), np.empty((0, 0), np.uint8))
    width = len(rows[0][1]) // 8
    good = bytes(width)
    return Newest(
        np.array([row[0] for row in rows], np.int64),
        np.frombuffer(b"".join([r[1] for r in rows]), "<f8").reshape(-1, width),
        np.frombuffer(b"".join([r[2] or good for r in rows]), np.uint8).reshape(-1, width),
    )
