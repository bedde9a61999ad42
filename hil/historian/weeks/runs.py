"""Qualities as runs: nearly all of them are the same for hours."""

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.ints import Damaged, release, squeeze

_RUN = np.dtype([("count", "<u4"), ("value", "u1")])


def pack_runs(values: NDArray[np.uint8]) -> bytes | None:
    """A zstd frame of runs (`<u4` how many, `u1` of what); None where all are 0."""
    if not values.any():
        return None
    begins = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1])
    runs = np.empty(len(begins), _RUN)
    runs["count"] = np.diff(np.append(begins, len(values)))
    runs["value"] = values[begins]
    return squeeze(runs.tobytes())


def unpack_runs(data: bytes | None, count: int) -> NDArray[np.uint8]:
    """`count` values that were packed.

    Raises:
        Damaged: the frame is broken, or of another count.
    """
    if not data:
        return np.zeros(count, np.uint8)
    plain = release(data)
    if len(plain) % _RUN.itemsize:
        raise Damaged("runs are cut off")
    runs = np.frombuffer(plain, _RUN)
    if int(runs["count"].sum()) != count:
        raise Damaged(f"runs of {int(runs['count'].sum())} values where there are {count}")
    return np.repeat(runs["value"], runs["count"])
