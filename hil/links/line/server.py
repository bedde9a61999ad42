"""Slaves on an emulated line of their own, reached over a pty: a server like any other."""

from collections.abc import Mapping
from pathlib import Path

from hil.links.cost import TURNAROUND_NS
from hil.links.line.edge import PtyEdge
from hil.links.line.emulated import EmulatedLine
from hil.links.server import Memory
from hil.links.tally import Tally


class LineServer:
    """One slave a unit, on `line` in real time; a master of any make opens `path`."""

    def __init__(
        self, line: EmulatedLine, path: Path, slaves: Mapping[str, tuple[int, Memory]]
    ) -> None:
        self.port = None  # no socket: it is reached at `path`
        self.line = line
        self._servers = {
            unit: line.serve(name, {unit: memory}, TURNAROUND_NS)
            for name, (unit, memory) in slaves.items()
        }
        self._edge = PtyEdge(line, path)
        self.close = self._edge.close

    @property
    def requests(self) -> int:
        """Requests served [-]."""
        return sum(server.requests for server in self._servers.values())

    def tally(self, unit: int) -> Tally:
        """What was answered for `unit`; on line time an answer takes none that could be told."""
        return Tally(self._servers[unit].requests)

    def poll(self, deadline_ns: int) -> int:
        """Serve until `deadline_ns` (monotonic) [ns]; the number of requests served."""
        before = self.requests
        self._edge.poll(deadline_ns)
        return self.requests - before
