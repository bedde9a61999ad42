"""What goes wrong with characters and replies, drawn from one seeded generator a line."""

import zlib
from dataclasses import dataclass

import numpy as np

_SECOND_BIT = 0.25
"""Share of hits that turn two neighbouring bits, which parity cannot see (assumed)."""


@dataclass
class ReplyDisorder:
    """How a slave misbehaves; each is a share of its replies [-]."""

    late: float = 0.0
    """Sent later by `late_ns`."""
    drop: float = 0.0
    """Not sent at all."""
    corrupt: float = 0.0
    """Damaged before parity is made, so that only the CRC can tell."""
    collide: float = 0.0
    """Another slave answers at the same time."""
    late_ns: tuple[int, int] = (300_000_000, 600_000_000)
    """A late reply comes later by a time that is drawn between these [ns]."""


class Dice:
    """The generator of a line: the same seed and name give the same mishaps."""

    def __init__(self, seed: int, name: str) -> None:
        words = [seed, zlib.crc32(name.encode())]
        self._stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    def hits(self, share: float) -> bool:
        """Whether this one is among the `share` [-]; a share of 0 draws nothing."""
        return share > 0.0 and float(self._stream.random()) < share

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return int(self._stream.integers(low, high, endpoint=True))

    def garbage(self, size: int) -> bytes:
        """`size` bytes without meaning."""
        return self._stream.bytes(size)

    def struck(self, byte: int, parity: bool) -> tuple[int, bool]:
        """`byte` after noise has turned one of its bits or two, and whether its parity is wrong.

        Bit 8 is the parity bit where there is one.
        """
        bits = 9 if parity else 8
        first = self.between(0, bits - 1)
        flips = 1 << first
        if self.hits(_SECOND_BIT):
            flips |= 1 << (first + 1) % bits
        return (byte ^ flips) & 0xFF, parity and flips.bit_count() % 2 == 1

    def damaged(self, frame: bytes) -> bytes:
        """`frame` with a character changed, lost or added."""
        at = self.between(0, len(frame) - 1)
        match self.between(0, 3):
            case 0:
                return frame[:at] + frame[at + 1 :]
            case 1:
                return frame[:at] + self.garbage(1) + frame[at:]
            case _:
                changed = frame[at] ^ self.between(1, 255)
                return frame[:at] + bytes((changed,)) + frame[at + 1 :]
