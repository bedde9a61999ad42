"""How long characters and silences last on a serial line."""

from twin.clock import NS_PER_S
from twin.errors import refuse

_FIXED_GAP_NS = 1_750_000
_FIXED_ABOVE_BAUD = 19200


class LineTime:
    """Times of a line: `char_ns` a character, `gap_ns` the 3.5 characters between frames [ns].

    Above 19200 baud the gap is 1.75 ms whatever the rate. Source: MODBUS over Serial Line
    V1.02, 2.5.1.1.
    """

    def __init__(self, baud: int, parity: str, stop_bits: int) -> None:
        if baud <= 0:
            raise refuse("baud", baud, "must be > 0")
        if parity not in ("N", "E", "O"):
            raise refuse("parity", parity, "must be N, E or O")
        if stop_bits not in (1, 2):
            raise refuse("stop_bits", stop_bits, "must be 1 or 2")
        self.baud = baud
        self.parity = parity
        self.stop_bits = stop_bits
        self.framing = (baud, parity)
        """What two ends must have in common to understand each other."""
        self._bits = 1 + 8 + (parity != "N") + stop_bits
        self.char_ns = self.duration_ns(1)
        self.gap_ns = _FIXED_GAP_NS if baud > _FIXED_ABOVE_BAUD else (self.duration_ns(7) + 1) // 2

    def characters(self, duration_ns: int) -> int:
        """How many characters in a row are over after `duration_ns` [ns]."""
        return duration_ns * self.baud // (self._bits * NS_PER_S)

    def duration_ns(self, characters: int) -> int:
        """Time that `characters` in a row take, rounded up [ns]."""
        return -(-characters * self._bits * NS_PER_S // self.baud)


class NoLineTime(LineTime):
    """A socket in place of the line: bytes take no time, frames need no silence between them."""

    def __init__(self) -> None:
        super().__init__(115_200, "N", 1)
        self.char_ns = self.gap_ns = 0

    def duration_ns(self, characters: int) -> int:
        """No time [ns]."""
        return 0
