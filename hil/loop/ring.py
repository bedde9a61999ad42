"""Every cycle's row, from the loop to whoever watches it, in order and without a lock.

One writer, one reader. In virtual time the writer waits for room; in real time it never waits:
a row that finds the ring full is dropped and counted, because the loop must not be late for it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RING_ROWS = 4096
"""Rows of a run's ring: over an hour at 1 s, nearly seven minutes at 100 ms."""

_WRITTEN, _READ, _DROPPED, _CLOSED, _OVERRUNS = range(5)  # words of 8 bytes before the rows
_HEAD_SIZE = 8 * 5


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
        self._head = buffer[:_HEAD_SIZE].cast("q")
        self._rows: NDArray[np.void] = np.frombuffer(
            buffer, dtype, count=capacity, offset=_HEAD_SIZE
        )
        # a field of a row is found much faster through its column than through its row
        self._columns = [self._rows[name] for name in dtype.names or ()]
        self.capacity = capacity

    @staticmethod
    def size(dtype: np.dtype[np.void], capacity: int) -> int:
        """Bytes that such a ring takes [B]."""
        return _HEAD_SIZE + capacity * dtype.itemsize

    def put(self, row: Sequence[object]) -> bool:
        """Append a row, its fields in the order of the row type; False while the ring is full."""
        written = self._head[_WRITTEN]
        if written - self._head[_READ] >= self.capacity:
            return False
        at = written % self.capacity
        for column, field in zip(self._columns, row, strict=True):
            column[at] = field
        self._head[_WRITTEN] = written + 1  # from here on the reader may take it
        return True

    def drop(self) -> None:
        """Count a row that found no room."""
        self._head[_DROPPED] += 1

    def overrun(self) -> None:
        """Count a cycle that was not finished at the deadline of the next."""
        self._head[_OVERRUNS] += 1

    def close(self) -> None:
        """No more rows will come."""
        self._head[_CLOSED] = 1

    @property
    def closed(self) -> bool:
        """Whether the writer has said that it is done."""
        return bool(self._head[_CLOSED])

    @property
    def dropped(self) -> int:
        """Rows that found no room [-]."""
        return self._head[_DROPPED]

    @property
    def written(self) -> int:
        """Rows that were put in [-]."""
        return self._head[_WRITTEN]

    @property
    def taken(self) -> int:
        """Rows that were taken, or released [-]."""
        return self._head[_READ]

    @property
    def overruns(self) -> int:
        """Cycles that were not finished at the deadline of the next [-]."""
        return self._head[_OVERRUNS]

    def look(self, after: int, most: int) -> NDArray[np.void]:
        """Copy of unread rows, those behind the first `after`, at most `most`; they stay unread."""
        read = self._head[_READ] + after
        at = read % self.capacity
        n = max(0, min(self._head[_WRITTEN] - read, most, self.capacity - at))
        return self._rows[at : at + n].copy()

    def release(self, n: int) -> None:
        """The oldest `n` unread rows are where they ought to be."""
        self._head[_READ] += n

    def take(self, most: int) -> NDArray[np.void]:
        """Copy of the oldest unread rows, at most `most` of them, possibly none."""
        rows = self.look(0, most)
        self.release(len(rows))
        return rows
