"""A serial line that is to fail: where it is, who is on it, and what happens to it when."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hil.bench.endpoint import Endpoint
from hil.links.cost import TURNAROUND_NS
from hil.links.line.emulated import EmulatedLine
from hil.links.line.faults import LineFault
from hil.links.line.schedule import schedule
from hil.links.line.server import LineServer
from hil.links.rtu import RtuLink
from hil.links.server import Memory
from twin.clock import NS_PER_S, Clock, VirtualClock, WallClock


@dataclass(frozen=True)
class FaultyLine:
    """`names` are the controllers on the line by unit; `seed` is that of its mishaps."""

    endpoint: Endpoint
    names: Mapping[int, str]
    faults: tuple[LineFault, ...]
    seed: int

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "endpoint": self.endpoint.plain(),
            "names": {str(unit): name for unit, name in self.names.items()},
            "faults": [fault.plain() for fault in self.faults],
            "seed": self.seed,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        return cls(
            Endpoint(**plain["endpoint"]),
            {int(unit): name for unit, name in plain["names"].items()},
            tuple(LineFault.of(fault) for fault in plain["faults"]),
            plain["seed"],
        )

    @property
    def timeout_ns(self) -> int:
        """Of the link [ns]."""
        return round(self.endpoint.timeout_s * NS_PER_S)

    def make(self, clock: Clock) -> EmulatedLine:
        """The line, with nobody on it yet."""
        e = self.endpoint
        return EmulatedLine(clock, e.baud, e.parity, e.stop_bits, name=e.name, seed=self.seed)


class FailingServer(LineServer):
    """A faulty line in real time, with all its units on it, reached over the endpoint's pty."""

    def __init__(self, faulty: FaultyLine, memories: Mapping[int, Memory]) -> None:
        slaves = {faulty.names[unit]: (unit, memory) for unit, memory in memories.items()}
        super().__init__(faulty.make(WallClock(0)), Path(faulty.endpoint.path), slaves)
        self._faulty = faulty

    def begin(self, start_ns: int) -> None:
        """The run begins at `start_ns` (monotonic) [ns], and with it the times of the faults."""
        schedule(self.line, self._faulty.faults, start_ns, self._faulty.timeout_ns)


class InLine:
    """A faulty line in the loop's process, on virtual time.

    The time of the line counts from `start_ns` [ns of the run], when its warm-up begins.
    """

    def __init__(self, faulty: FaultyLine, start_ns: int) -> None:
        self.clock = VirtualClock()
        self._start_ns = start_ns
        self.free = True
        """Whether it was done with the last exchange when the present one began."""
        self._line = faulty.make(self.clock)
        schedule(self._line, faulty.faults, -start_ns, faulty.timeout_ns)
        e = faulty.endpoint
        self.cost = e.cost
        self.link = RtuLink(
            e.name,
            "its adapter",
            e.baud,
            e.parity,
            e.stop_bits,
            e.timeout_s,
            open_port=self._line.master_port,
            now_ns=self._line.now_ns,
        )

    def serve(self, name: str, unit: int, memory: Memory) -> None:
        """Put a slave on the line."""
        self._line.serve(name, {unit: memory}, TURNAROUND_NS)

    def begin(self, t_ns: int) -> None:
        """Let time pass to `t_ns` [ns of the run], unless the last exchange lasts longer."""
        until_ns = t_ns - self._start_ns
        self.free = self.clock.now_ns() <= until_ns
        if self.free:
            self._line.run(until_ns)
