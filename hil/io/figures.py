"""How fast a unit answers: transactions a second and quantiles, against what the line can do."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hil.io.ask import ask
from hil.io.selection import parse_range
from hil.links import pdu
from hil.links.address import Address
from hil.links.latency import LatencyHistogram
from hil.links.line_time import LineTime
from hil.links.link import Link
from hil.links.serial_port import is_pty
from twin.clock import monotonic_ns
from twin.errors import refuse
from twin.registers.point import BIT_TABLES

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


class Figures:
    """Reads of one range, one after the other; `counts` by quality, `latency` of those GOOD."""

    def __init__(self, link: Link, unit: int, request: bytes) -> None:
        self.latency = LatencyHistogram()
        self.counts: Counter[str] = Counter()
        self.last_error = ""
        self.elapsed_ns = 0
        self._link = link
        self._unit = unit
        self._request = request

    def run(self, duration_ns: int, tell: Callable[["Figures"], None]) -> None:
        """Ask for `duration_ns` [ns], at least once; `tell` hears after each answer."""
        started_ns = monotonic_ns()
        while True:
            answer = ask(self._link, self._unit, self._request)
            self.counts[answer.quality.name] += 1
            if answer.why:
                self.last_error = answer.why
            else:
                self.latency.add(answer.took_ns)
            self.elapsed_ns = monotonic_ns() - started_ns
            if self.elapsed_ns >= duration_ns:
                return
            tell(self)

    @property
    def per_second(self) -> float:
        """Good transactions a second [1/s]."""
        return self.counts["GOOD"] * 1e9 / self.elapsed_ns if self.elapsed_ns else 0.0

    def plain(self) -> dict[str, Any]:
        """As JSON types; times in ms, None while there was no good answer."""
        times = {name: self.latency.quantile_ns(f) for name, f in QUANTILES.items()}
        times["max"] = float(self.latency.longest_ns) if self.latency.count else None
        milliseconds = {name: None if ns is None else ns / 1e6 for name, ns in times.items()}
        return {
            "duration_s": self.elapsed_ns / 1e9,
            "transactions": sum(self.counts.values()),
            "per_s": self.per_second,
            "qualities": dict(self.counts),
            "latency_ms": milliseconds,
        }


def line_limit_ns(address: Address, request: bytes) -> int | None:
    """Shortest time of a transaction on a serial line [ns]; None where there is no such line.

    Request, 3.5 characters of silence, reply, silence again. Source: MODBUS over Serial Line
    V1.02, 2.5.1.1. A pty has no baud rate, so no limit either.
    """
    if not address.is_serial or is_pty(address.path):
        return None
    return transaction_ns(LineTime(address.baud, address.parity, address.stop_bits), request)


def transaction_ns(line: LineTime, request: bytes) -> int:
    """Shortest time of a read `request` with its reply and both silences [ns]."""
    count = request[3] << 8 | request[4]
    data = (count + 7) // 8 if request[0] in (1, 2) else 2 * count
    return line.duration_ns(len(request) + 3) + line.duration_ns(data + 5) + 2 * line.gap_ns


def request_of(text: str) -> bytes:
    """The read that a range such as `hr:0:10` means, in one request.

    Raises:
        BadInput: not a range, or longer than one read.
    """
    points = parse_range(text)
    longest = pdu.MAX_READ_BITS if points[0].table in BIT_TABLES else pdu.MAX_READ_REGISTERS
    count = points[-1].end - points[0].address
    if count > longest:
        raise refuse("range", text, f"must be at most {longest} in one read")
    return pdu.read_request(points[0].table, points[0].address, count)
