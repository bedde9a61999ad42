"""The answering side of an RTU line, served by whoever calls `poll`: no thread, no callback."""

from collections.abc import Callable, Mapping

from hil.links.line_time import LineTime
from hil.links.pdu import reply_length, request_length
from hil.links.rtu_frame import Frame, NoFrame, frame_at, last_frame, seal
from hil.links.serial_port import Port
from hil.links.server import WRITE_FUNCTIONS, Memory, answer
from hil.links.socket_port import ListeningPort
from hil.links.tally import Tally
from twin.clock import monotonic_ns
from twin.errors import LinkLost

_BROADCAST = 0
_QUIET_NS = 20_000_000
"""Silence after which half a frame will not be completed [ns].

Far above 3.5 characters, because a loaded computer hands a frame over in pieces; frames are
recognised by length and CRC, and this only decides how soon noise is forgotten.
"""


class RtuServer:
    """Units on one line; silent for units it does not have, and never answering a broadcast.

    `line` is that of a real adapter: 3.5 characters of silence are kept before an answer, and the
    adapter may hear itself. Counted: `requests` served, `writes` among them, `noise` bytes that
    were no frame, `unquiet` answers that were not given because the line was never quiet.
    """

    def __init__(
        self,
        name: str,
        memories: Mapping[int, Memory],
        port: Port,
        identity: Mapping[int, bytes] | None = None,
        now_ns: Callable[[], int] = monotonic_ns,
        *,
        line: LineTime | None = None,
    ) -> None:
        self.name = name
        self.requests = self.writes = self.noise = self.unquiet = 0
        self._line = line
        self._tallies = {unit: Tally() for unit in memories}
        self._memories = memories
        self._port = port
        self._identity = identity or {}
        self._now_ns = now_ns
        self._stream = b""
        self._last_heard_ns = 0
        self._said = (
            b""  # the last answer, while it may come back from an adapter that hears itself
        )
        self._said_until_ns = 0
        self._echoes: bool | None = None  # nobody knows before an answer that cannot be a request

    def poll(self, deadline_ns: int) -> int:
        """Serve until `deadline_ns` [ns]; what waits is served even if that is past.

        Returns the number of requests served. LinkLost if the port goes.
        """
        before = self.requests
        try:
            while True:
                wake_ns = deadline_ns
                if self._stream:
                    wake_ns = min(deadline_ns, self._last_heard_ns + _QUIET_NS)
                chunk = self._port.read(wake_ns)
                now_ns = self._now_ns()
                if chunk:
                    self._last_heard_ns = now_ns
                    self._stream += chunk
                self._digest(quiet=now_ns - self._last_heard_ns >= _QUIET_NS)
                if now_ns >= deadline_ns:
                    return self.requests - before
        except OSError as error:
            raise LinkLost(f"{self.name}: port is gone: {error.strerror or error}") from None

    @property
    def port(self) -> int | None:
        """Where it listens, if its line is the socket of a gateway."""
        return self._port.port if isinstance(self._port, ListeningPort) else None

    @property
    def turned_away(self) -> int:
        """Masters that came while another one was there, where its line is a socket [-]."""
        return self._port.turned_away if isinstance(self._port, ListeningPort) else 0

    def tally(self, unit: int) -> Tally:
        """What was answered for `unit`; times without the way to it, and without that silence."""
        return self._tallies[unit]

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _digest(self, quiet: bool) -> None:
        """Serve whole frames at the front of the stream; skip what cannot begin one."""
        while self._stream:
            # on a shared line the replies of other units pass by: whole frames too, to be skipped
            found = frame_at(self._stream, 0, (request_length, reply_length))
            match found:
                case NoFrame.ENDS_WITH_SILENCE if quiet:
                    found = last_frame(self._stream) or NoFrame.NOISE
                case NoFrame.UNFINISHED | NoFrame.ENDS_WITH_SILENCE if not quiet:
                    return
            if isinstance(found, Frame):
                heard, self._stream = self._stream[: found.end], self._stream[found.end :]
                if not self._is_echo(heard):
                    self._serve(found)
            else:
                self._stream = self._stream[1:]
                self.noise += 1

    def _is_echo(self, heard: bytes) -> bool:
        """Whether a frame is our own last answer; a write confirmed looks like the write itself.

        An adapter of which nothing is known yet is taken to echo: a master that is not answered
        asks again, but a server that answers itself never ends.
        """
        said, self._said = self._said, b""
        if not said or self._now_ns() > self._said_until_ns + _QUIET_NS:
            return False
        if heard != said:
            self._echoes = False
        elif request_length(said[1:]) != len(said) - 3:
            self._echoes = True
        return heard == said and self._echoes is not False

    def _serve(self, frame: Frame) -> None:
        function = frame.message[0]
        length = request_length(frame.message)
        if length != len(frame.message) and (length or function & 0x80):
            return  # a reply passing by
        units = tuple(self._memories) if frame.unit == _BROADCAST else (frame.unit,)
        for unit in units:
            came_ns = self._now_ns()
            reply = answer(self._memories, unit, frame.message, self._identity)
            if reply is None:
                return
            tally = self._tallies[unit]
            tally.latency.add(self._now_ns() - came_ns)
            tally.requests += 1
            self.requests += 1
            self.writes += function in WRITE_FUNCTIONS and not reply[0] & 0x80
            if frame.unit != _BROADCAST:
                self._say(seal(unit, reply))

    def _say(self, frame: bytes) -> None:
        if (line := self._line) is not None:
            give_up_ns = self._now_ns() + _QUIET_NS
            while chunk := self._port.read(self._last_heard_ns + line.gap_ns):
                self._stream += chunk
                self._last_heard_ns = self._now_ns()
                if self._last_heard_ns > give_up_ns:
                    self.unquiet += 1
                    return
            self._said = frame
            self._said_until_ns = self._now_ns() + line.duration_ns(len(frame))
        self._port.write(frame)
