"""Whole numbers as few bytes: differences of some order, folded to unsigned, as planes of bytes.

A packed array is the header `<BBq` (order, bytes a number, base) and, unless all is 0, a zstd
frame. Undoing it: split the frame into as many planes as a number has bytes, lowest first; unfold
`u` to `(u >> 1) ^ -(u & 1)`; sum up as often as the order says; add the base.
"""

import struct
import threading
from typing import Final

import numpy as np
import zstandard
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HEAD: Final = struct.Struct("<BBq")
LEVEL: Final = 1
"""Of zstd: higher ones find matches in noise, which cost more than they save."""
_ORDERS: Final = (0, 1, 2)

_local = threading.local()


class Damaged(ValueError):
    """What was read is not what was written."""


def squeeze(data: bytes) -> bytes:
    """One zstd frame that knows its size."""
    if not hasattr(_local, "squeezer"):  # contexts are costly to make, and for one thread each
        _local.squeezer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
    frame: bytes = _local.squeezer.compress(data)
    return frame


def release(frame: bytes) -> bytes:
    """What `squeeze` was given.

    Raises:
        Damaged: not a whole frame.
    """
    if not hasattr(_local, "releaser"):
        _local.releaser = zstandard.ZstdDecompressor()
    try:
        data: bytes = _local.releaser.decompress(frame)
    except zstandard.ZstdError as error:
        raise Damaged(str(error)) from None
    return data


def pack(numbers: Ints) -> bytes:
    """The shortest of the orders; differences may wrap around, which undoes itself."""
    if not len(numbers):
        return HEAD.pack(0, 0, 0)
    return min((_packed(numbers, order) for order in _ORDERS), key=len)


def unpack(data: bytes, count: int) -> Ints:
    """`count` numbers that were packed.

    Raises:
        Damaged: the frame is broken, or of another count.
    """
    order, width, base = _head(data)
    if width == 0:
        numbers = np.zeros(count, np.int64)
    else:
        numbers = unfold(from_planes(release(data[HEAD.size :]), width, count))
    for _ in range(order):
        np.cumsum(numbers, out=numbers)
    numbers += base
    return numbers


def moved(data: bytes, unit: int) -> tuple[bytes, int]:
    """The same numbers less a multiple of `unit`, still packed, and by how much they are less.

    Raises:
        Damaged: a head is cut off.
    """
    order, width, base = _head(data)
    return HEAD.pack(order, width, base % unit) + data[HEAD.size :], base // unit * unit


def fold(numbers: Ints) -> NDArray[np.uint64]:
    """Small numbers of either sign to small unsigned ones."""
    return ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)


def unfold(folded: NDArray[np.uint64]) -> Ints:
    """Undoes `fold`."""
    return (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)


def width_of(folded: NDArray[np.uint64]) -> int:
    """Bytes that the largest number takes [-]; 0 if all are 0."""
    return (int(folded.max()).bit_length() + 7) // 8 if len(folded) else 0


def to_planes(folded: NDArray[np.uint64], width: int) -> bytes:
    """All lowest bytes, then all second ones, as far as `width`."""
    if width == 1:
        return folded.astype(np.uint8).tobytes()
    octets = folded.astype("<u8").view(np.uint8).reshape(-1, 8)
    return octets[:, :width].T.tobytes()


def from_planes(data: bytes, width: int, count: int) -> NDArray[np.uint64]:
    """Undoes `to_planes`."""
    if len(data) != width * count:
        raise Damaged(f"{len(data)} bytes for {count} numbers of {width}")
    if width == 1:
        return np.frombuffer(data, np.uint8).astype(np.uint64)
    octets = np.zeros((count, 8), np.uint8)
    octets[:, :width] = np.frombuffer(data, np.uint8).reshape(width, count).T
    return octets.view("<u8").reshape(count).astype(np.uint64)


def _packed(numbers: Ints, order: int) -> bytes:
    base = int(numbers[0]) if order else _middle(numbers)
    left = numbers - base
    for _ in range(order):
        left = np.diff(left, prepend=np.int64(0))
    folded = fold(left)
    width = width_of(folded)
    head = HEAD.pack(order, width, base)
    return head if width == 0 else head + squeeze(to_planes(folded, width))


def _head(data: bytes) -> tuple[int, int, int]:
    if len(data) < HEAD.size:
        raise Damaged("a head is cut off")
    order, width, base = HEAD.unpack_from(data)
    return order, width, base


def _middle(numbers: Ints) -> int:
    return (int(numbers.min()) + int(numbers.max())) // 2
