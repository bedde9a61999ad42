"""Every cycle's row, from the loop to whoever watches it, in order and without a lock.

One writer, one reader. In virtual time the writer waits for room; in real time it never waits:
a row that finds the ring full is dropped and counted, because the loop must not be late for it.
"""

import numpy as np
from numpy.typing import NDArray

RING_ROWS = 4096
"""Rows of a run's ring: over an hour at 1 s, nearly seven minutes at 100 ms."""

_HEADER = np.dtype([("written", "<i8"), ("read", "<i8"), ("dropped", "<i8"), ("closed", "<i8")])


def row_type(n_measured: int, n_commands: int, n_truth: int) -> np.dtype[np.void]:
    """A row: what was measured at `t_ns`, the commands that acted until then, and the truth.

    `late_ns` is how late the cycle began [ns]. The truth is for the record and for judging a
    run; the twin never sees it.
    """
    return np.dtype(
        [
            ("t_ns", "<i8"),
            ("late_ns", "<i8"),
            ("measured", "<f8", (n_measured,)),
            ("commands", "<f8", (n_commands,)),
            ("truth", "<f8", (n_truth,)),
            ("quality", "u1", (n_measured,)),
            ("command_quality", "u1", (n_commands,)),
        ]
    )


class Ring:
    """`capacity` rows of `dtype` in shared memory."""

    def __init__(self, buffer: memoryview, dtype: np.dtype[np.void], capacity: int) -> None:
        self._header = np.frombuffer(buffer, _HEADER, count=1)
        self._rows: NDArray[np.void] = np.frombuffer(
            buffer, dtype, count=capacity, offset=_HEADER.itemsize
        )
        self.capacity = capacity

    @staticmethod
    def size(dtype: np.dtype[np.void], capacity: int) -> int:
        """Bytes that such a ring takes [B]."""
        return _HEADER.itemsize + capacity * dtype.itemsize

    def slot(self) -> np.void | None:
        """The next free row to fill, None while the ring is full; `commit` hands it over."""
        header = self._header[0]
        written = int(header["written"])
        if written - int(header["read"]) >= self.capacity:
            return None
        row: np.void = self._rows[written % self.capacity]
        return row

    def commit(self) -> None:
        """The row from `slot` is complete."""
        self._header[0]["written"] += 1

    def drop(self) -> None:
        """Count a row that found no room."""
        self._header[0]["dropped"] += 1

    def close(self) -> None:
        """No more rows will come."""
        self._header[0]["closed"] = 1

    @property
    def closed(self) -> bool:
        """Whether the writer has said that it is done."""
        return bool(self._header[0]["closed"])

    @property
    def dropped(self) -> int:
        """Rows that found no room [-]."""
        return int(self._header[0]["dropped"])

    def take(self, most: int) -> NDArray[np.void]:
        """Copy of the oldest unread rows, at most `most` of them, possibly none."""
        header = self._header[0]
        read = int(header["read"])
        at = read % self.capacity
        n = min(int(header["written"]) - read, most, self.capacity - at)
        rows = self._rows[at : at + n].copy()
        header["read"] = read + n
        return rows
