"""Settings that a serial line may have, in the order in which they are met."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from hil.links.address import Address
from hil.links.line_time import LineTime


class LineSetting(NamedTuple):
    """Baud rate [1/s], parity (N, E, O) and stop bits [-] of 8-bit characters."""

    baud: int
    parity: str
    stop_bits: int

    def __str__(self) -> str:
        return f"{self.baud} 8{self.parity}{self.stop_bits}"


_BY_LIKELIHOOD: Final = (
    *((19200, "E"), (9600, "N"), (9600, "E"), (19200, "N"), (38400, "N"), (115200, "N")),
    *((57600, "N"), (38400, "E"), (4800, "N"), (4800, "E"), (2400, "N"), (2400, "E")),
    *((57600, "E"), (115200, "E"), (9600, "O"), (19200, "O"), (1200, "N"), (1200, "E")),
    *((38400, "O"), (4800, "O"), (2400, "O"), (57600, "O"), (115200, "O"), (1200, "O")),
)
"""19200 8E1 is the default of MODBUS over Serial Line V1.02, 2.5.1; the rest is assumed, by what
data sheets of meters, drives and heat pumps have as theirs. Two stop bits are not tried: a
receiver that waits for one hears them too, and the other way round in all but old devices.
"""


def likely_settings(address: Address) -> list[LineSetting]:
    """Settings to try, likeliest first; options that the address gives are taken as known."""
    if {"baud", "parity"} <= address.given:
        return [LineSetting(address.baud, address.parity, address.stop_bits)]
    found = [LineSetting(baud, parity, address.stop_bits) for baud, parity in _BY_LIKELIHOOD]
    if "baud" in address.given:
        # a rate that is not in the list has the parities of any other
        letters = dict.fromkeys(setting.parity for setting in found)
        return [LineSetting(address.baud, parity, address.stop_bits) for parity in letters]
    if "parity" in address.given:
        return [setting for setting in found if setting.parity == address.parity]
    return found


def same_rate_first(settings: Sequence[LineSetting], baud: int) -> list[LineSetting]:
    """`settings` with those of `baud` first: noise at a rate hints at a wrong parity."""
    return sorted(settings, key=lambda setting: setting.baud != baud)


def silence_s(setting: LineSetting, timeout_s: float) -> float:
    """How long a question takes that nobody answers [s].

    The request, the time-out, the characters of the longest reply to a read of one register,
    and the time-out again, in which a late reply would be swallowed.
    """
    line = LineTime(*setting)
    return (line.duration_ns(8 + 7) + line.gap_ns) / 1e9 + 2 * timeout_s
