"""Minutes that are over but not sealed: rolled up in the transaction of their last row.

A row of the table is a minute of one stream: least, mean and greatest number and their count, in
float64, a channel behind the other. Of a generation the minutes reach from its first row in
`newest` to some time, without a hole; what is behind them is rows.
"""

from collections.abc import Sequence
from typing import Final

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.iso_week import MINUTE_NS
from hil.historian.weeks.newest import rows_between
from hil.historian.weeks.query import many, one
from hil.historian.weeks.rollup import Stretches, minutes_of, rolled

_FIRST: Final = -(1 << 63)
_BYTES: Final = 4 * 8


def roll_up(db: apsw.Connection, generation: int) -> None:
    """Keep what lay in minutes that are over since last time, inside a transaction of the caller.

    A minute is over when there is a row of a later one, as times of a stream rise.
    """
    newest = one(db, "SELECT max(t_ns) FROM newest WHERE generation = ?", (generation,))
    from_ns, until_ns = _end(db, generation), newest // MINUTE_NS * MINUTE_NS
    if from_ns >= until_ns:
        return
    rows = rows_between(db, generation, from_ns, until_ns)
    if not len(rows.t_ns):
        return
    begins, _ = minutes_of(rows.t_ns)
    of = rolled(rows.values, begins)
    numbers = np.stack([of.low, of.mean, of.high, of.count], axis=2).astype("<f8")
    minutes = (rows.t_ns[begins] // MINUTE_NS * MINUTE_NS).tolist()
    db.executemany(
        "INSERT INTO open_minutes(generation, minute_ns, numbers) VALUES (?, ?, ?)",
        ((generation, m, number.tobytes()) for m, number in zip(minutes, numbers, strict=True)),
    )


def minutes_between(
    db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int, columns: Sequence[int]
) -> tuple[NDArray[np.int64], list[Stretches], int]:
    """Minutes that touch `t0_ns <= t < t1_ns` [ns since 1970] of some columns.

    And the time up to which there are any: rows before it are told with their minutes.
    """
    cut = "".join(f", substr(numbers, {_BYTES * column + 1}, {_BYTES})" for column in columns)
    rows = many(
        db,
        f"SELECT minute_ns{cut} FROM open_minutes"
        " WHERE generation = ? AND minute_ns > ? AND minute_ns < ? ORDER BY minute_ns",
        (generation, t0_ns - MINUTE_NS, t1_ns),
    )
    times, *blobs = zip(*rows, strict=True) if rows else ((), *[()] * len(columns))
    found = [np.frombuffer(b"".join(each), "<f8").reshape(-1, 4).T for each in blobs]
    return np.array(times, np.int64), [Stretches(*four) for four in found], _end(db, generation)


def delete_minutes(db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int) -> None:
    """Take away minutes of `t0_ns <= t < t1_ns` [ns since 1970]."""
    db.execute(
        "DELETE FROM open_minutes WHERE generation = ? AND minute_ns >= ? AND minute_ns < ?",
        (generation, t0_ns, t1_ns),
    )


def _end(db: apsw.Connection, generation: int) -> int:
    """End of the last minute [ns since 1970]; before all times if there is none."""
    last = one(db, "SELECT max(minute_ns) FROM open_minutes WHERE generation = ?", (generation,))
    return _FIRST if last is None else int(last) + MINUTE_NS
