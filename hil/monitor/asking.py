"""The devices of one line, read and never written: round after round, each with its qualities.

There is no write gate here, and so nothing that could make a permit to write.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from hil.bench.reading import Reading
from hil.links.address import open_link
from hil.links.counters import counted
from hil.links.device import Device
from hil.monitor.sources import Line
from twin.clock import NS_PER_S, monotonic_ns
from twin.registers import load_map

LOST_NS = 10 * NS_PER_S
"""A device that has not answered for so long is lost [ns] (assumed)."""


class Asked:
    """A device and when it was heard."""

    def __init__(self, reading: Reading, now_ns: int) -> None:
        self.reading = reading
        self._answers = 0
        self._heard_ns = now_ns

    def read(self) -> None:
        """Ask for what is due."""
        device = self.reading.device
        self.reading.read()
        answers = device.transactions - device.errors
        if answers != self._answers:
            self._answers, self._heard_ns = answers, device.now_ns()

    def lost(self, now_ns: int) -> bool:
        """Whether it has been silent for too long by `now_ns` (monotonic) [ns]."""
        return now_ns - self._heard_ns > LOST_NS

    def plain(self, now_ns: int) -> dict[str, object]:
        """How it is, as JSON types."""
        device = self.reading.device
        lost = self.lost(now_ns)
        holes = [str(hole) for hole in self.reading.unit.holes]
        return {
            "up": not lost and self._answers > 0,
            "lost": device.last_error or "it does not answer" if lost else "",
            "transactions": device.transactions,
            "errors": device.errors,
            "p50_us": _us(device.latency.quantile_ns(0.5)),
            "p99_us": _us(device.latency.quantile_ns(0.99)),
            "last_error": device.last_error,
            "refused": holes,
            "counters": counted(device, device.link),
        }


class Asking:
    """All devices of a line, in the order of its sources."""

    def __init__(
        self, line: Line, period_ns: int, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        """Nothing is sent before the first `read`."""
        maps = [load_map(Path(source.map)) for source in line.sources]
        timeout_s = max(m.header.timeout for m in maps)  # as any device on it asks for
        self._link = open_link(line.address, timeout_s, line.name)
        self.asked = [
            Asked(
                Reading(
                    Device(source.name, self._link, source.unit, now_ns),
                    register_map,
                    source.taps,
                    line.address.cost,
                    period_ns,
                ),
                now_ns(),
            )
            for source, register_map in zip(line.sources, maps, strict=True)
        ]

    def read(self, i: int) -> tuple[Sequence[float], Sequence[int]]:
        """Values [SI] and qualities of device `i`, asked now."""
        self.asked[i].read()
        reading = self.asked[i].reading
        return reading.values, reading.quality

    def close(self) -> None:
        """Give the line back."""
        self._link.close()


def _us(duration_ns: float | None) -> float | None:
    return None if duration_ns is None else round(duration_ns / 1e3, 1)
