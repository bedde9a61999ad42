"""The line's adapter for programs of others: a pty, whose time is the wall's.

Only here does the line leave its process. Bytes that come out of the pty go onto the line at
their baud rate; what the line carries comes out paced. The baud rate that a master has set counts:
a wrong one makes garbage. Parity and modem lines a pty does not have; the line's own are taken.
"""

from pathlib import Path

from hil.links.line.emulated import EmulatedLine
from hil.links.line.port import LinePort
from hil.links.line_time import LineTime
from hil.links.pty_line import PtyPort


class PtyEdge:
    """A master's adapter at `path`; the clock of `line` must be `WallClock(0)`.

    When the line is unplugged the pty is hung up, and there is nothing at the path until it is
    plugged in again.
    """

    def __init__(self, line: EmulatedLine, path: Path) -> None:
        self._line, self._path = line, path
        self._port: LinePort | None = None
        self._pty: PtyPort | None = None
        self._follow()

    def poll(self, deadline_ns: int) -> None:
        """Let the line live until `deadline_ns` (monotonic) [ns]."""
        while True:
            next_ns = self._line.next_ns()
            wake_ns = deadline_ns if next_ns is None else min(deadline_ns, next_ns)
            if self._pty is None:
                self._line.run(wake_ns)
                chunk = b""
            else:
                chunk = self._pty.read(wake_ns)
                self._line.catch_up()
            self._follow()
            if self._port is not None and self._pty is not None:
                self._port.time = self._set_to(self._pty.baud)
                if chunk:
                    self._port.write(chunk)
                if heard := self._port.take():
                    self._pty.write(heard)
            if self._line.now_ns() >= deadline_ns:
                return

    def close(self) -> None:
        """Hang up."""
        if self._port is not None:
            self._port.close()
        if self._pty is not None:
            self._pty.close()
        self._port = self._pty = None

    def _set_to(self, baud: int | None) -> LineTime:
        own = self._line.time
        if baud is None or baud == own.baud:
            return own
        return LineTime(baud, own.parity, own.stop_bits)

    def _follow(self) -> None:
        """Be there while the line is plugged."""
        if not self._line.plugged:
            self.close()
        elif self._pty is None:
            self._port = self._line.master_port(self._path.name)
            self._pty = PtyPort(self._path)
