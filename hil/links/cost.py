"""What a read costs on a link: the time it keeps the line from everybody else."""

from dataclasses import dataclass
from typing import Protocol

from hil.links.line_time import LineTime

TURNAROUND_NS = 5_000_000
"""From the silence after a request to the first character of the reply [ns] (assumed)."""
ROUND_TRIP_NS = 1_000_000
"""A question and its answer in a building's network, with the device's own time [ns] (assumed)."""
_TCP_BYTE_NS = 80
_REQUEST_CHARACTERS = 8
"""Unit, function, address, count, checksum."""
_REPLY_CHARACTERS = 5
"""Unit, function, byte count, checksum: everything but the data."""


class LinkCost(Protocol):
    """The cost of a link; it must not fall when there is more data."""

    def read_ns(self, data_bytes: int) -> int:
        """Time of one read whose reply carries `data_bytes` of registers or bits [ns]."""
        ...


@dataclass(frozen=True)
class SerialCost:
    """RTU: both frames at the line's rate, the device's turnaround, 3.5 characters after each.

    Source of the frames: MODBUS over Serial Line V1.02, 2.5.1.
    """

    line: LineTime
    turnaround_ns: int = TURNAROUND_NS

    def read_ns(self, data_bytes: int) -> int:
        """Time from the first character of the request to the end of the last silence [ns]."""
        characters = _REQUEST_CHARACTERS + _REPLY_CHARACTERS + data_bytes
        return self.line.duration_ns(characters) + 2 * self.line.gap_ns + self.turnaround_ns


@dataclass(frozen=True)
class TcpCost:
    """TCP: a round trip, beside which data is almost free (`byte_ns` is that of 100 Mbit/s)."""

    round_trip_ns: int = ROUND_TRIP_NS
    byte_ns: int = _TCP_BYTE_NS

    def read_ns(self, data_bytes: int) -> int:
        """Time from the request to the end of its reply [ns]."""
        return self.round_trip_ns + self.byte_ns * data_bytes


@dataclass(frozen=True)
class GatewayCost:
    """A serial line behind a gateway: the network's cost, then the line's."""

    network: TcpCost
    serial: SerialCost

    def read_ns(self, data_bytes: int) -> int:
        """Time from the request to the end of its reply [ns]."""
        return self.network.read_ns(data_bytes) + self.serial.read_ns(data_bytes)


def cost_of(transport: str, baud: int = 19200, parity: str = "E", stop_bits: int = 1) -> LinkCost:
    """The cost of a link by its `transport`: rtu, rtu_tcp, or a network (tcp, tls, loopback)."""
    match transport:
        case "rtu":
            return SerialCost(LineTime(baud, parity, stop_bits))
        case "rtu_tcp":
            return GatewayCost(TcpCost(), SerialCost(LineTime(baud, parity, stop_bits)))
        case _:
            return TcpCost()
