"""Process image: the newest values of one writer, for any number of readers, without a lock.

As in a PLC, nobody waits for anybody: the writer fills the older of two slots and then says
which slot is new. A reader checks stamp and checksum and tries again when it was overtaken, so
a torn value is never believed, on any processor and whenever the writer is killed.
"""

import struct
from collections.abc import Sequence
from zlib import crc32

from twin.signals import Quality

_STAMP, _CHECKSUM, _HEAD = 0, 1, 2  # words of 8 bytes at the head of a slot
_TRIES = 64


class Cell:
    """`n` values with their qualities and one time [ns], in `Cell.size(n)` bytes of shared memory.

    Pure `struct`: link and controller processes stay small because they need no numpy. Count and
    stamp are written through a view of 64-bit words, which is one store; `struct.pack_into`
    clears the bytes first, and a reader would see that.
    """

    def __init__(self, buffer: memoryview, n: int) -> None:
        self.n = n
        self._payload = struct.Struct(f"<q{n}d{n}B")
        self._stride = _HEAD + _words(self._payload.size)
        self._bytes = buffer
        self._words = buffer[: Cell.size(n)].cast("Q")

    @staticmethod
    def size(n: int) -> int:
        """Bytes that a cell of `n` values takes, a multiple of 8 [B]."""
        return 8 * (1 + 2 * (_HEAD + _words(struct.calcsize(f"<q{n}d{n}B"))))

    def publish(self, t_ns: int, values: Sequence[float], quality: Sequence[int]) -> None:
        """Make these the newest values; only one process may do so."""
        count = self._words[0] + 1
        slot = 1 + (count % 2) * self._stride
        payload = self._payload.pack(t_ns, *values, *quality)
        self._words[slot + _STAMP] = 0
        at = 8 * (slot + _HEAD)
        self._bytes[at : at + len(payload)] = payload
        self._words[slot + _CHECKSUM] = crc32(payload)
        self._words[slot + _STAMP] = count
        self._words[0] = count

    def read(self) -> tuple[int, tuple[float, ...], tuple[int, ...]]:
        """Newest time [ns], values and qualities; NOT_YET with NaN before the first publish."""
        for _ in range(_TRIES):
            count = self._words[0]
            if count == 0:
                return 0, (float("nan"),) * self.n, (int(Quality.NOT_YET),) * self.n
            slot = 1 + (count % 2) * self._stride
            at = 8 * (slot + _HEAD)
            payload = bytes(self._bytes[at : at + self._payload.size])
            if self._words[slot + _STAMP] == count and self._words[slot + _CHECKSUM] == crc32(
                payload
            ):
                t_ns, *rest = self._payload.unpack(payload)
                return t_ns, tuple(rest[: self.n]), tuple(rest[self.n :])
        raise RuntimeError(f"process image: overtaken {_TRIES} times in a row while reading")


def _words(size: int) -> int:
    """Words of 8 bytes that `size` bytes take."""
    return -(-size // 8)


def allot(buffer: memoryview, sizes: Sequence[int]) -> list[Cell]:
    """Cells of the given numbers of values, one behind the other in `buffer`."""
    cells, at = [], 0
    for n in sizes:
        cells.append(Cell(buffer[at : at + Cell.size(n)], n))
        at += Cell.size(n)
    return cells
