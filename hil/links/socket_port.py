"""A TCP connection as `Port`: what a serial line's master and slave find behind a gateway.

A gateway in raw mode ("RTU over TCP", "TCP server", "serial tunnel") hands the bytes of its
serial line on as they are, CRC included.
"""

import errno
import socket
from contextlib import suppress

from hil.links.listener import SHUT_NS, accept, listen
from hil.links.ready import ready
from twin.clock import NS_PER_S, monotonic_ns

_TAKEN_OVER_AFTER_NS = 5 * NS_PER_S
_SEND_BUFFER = 65_536


class SocketPort:
    """A connected socket; a peer that hung up is a device that is gone (OSError)."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived, at least one byte; empty when `deadline_ns` (monotonic) passed."""
        if not ready((self._connection.fileno(),), deadline_ns):
            return b""
        try:
            data = self._connection.recv(4096)
        except BlockingIOError:
            return b""
        if not data:
            raise OSError(errno.ECONNRESET, "the other side closed the connection")
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`; BlockingIOError if the connection takes no more."""
        if self._connection.send(data) < len(data):
            raise BlockingIOError(errno.EAGAIN, "the connection takes no more")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def hung_up(self) -> bool:
        """Whether the peer closed while nobody was listening; bytes that wait are left."""
        try:
            return not self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True


def connect_port(host: str, port: int, timeout_s: float) -> SocketPort:
    """Connect within `timeout_s` [s]; OSError says why not."""
    return SocketPort(socket.create_connection((host, port), timeout_s))


class ListeningPort:
    """The gateway's end: an address where the one master of a line may come, leave and come back.

    A line has one master: a second one is turned away while the first is heard, and takes over
    when that has been silent for 5 s (it may have gone without a word). `port` 0 takes a free
    one. Counted: `turned_away`.

    Raises:
        BadInput: the address is in use, or not one of this machine.
    """

    def __init__(self, name: str, host: str, port: int) -> None:
        self.turned_away = 0
        self._listener = listen(name, host, port, 8, _SEND_BUFFER)
        self.port: int = self._listener.getsockname()[1]
        self._master: socket.socket | None = None
        self._heard_ns = self._shut_until_ns = 0

    def read(self, deadline_ns: int) -> bytes:
        """What the master sent; empty when `deadline_ns` (monotonic) passed, master or not."""
        while True:
            door = self._listener.fileno()
            ends = [] if self._master is None else [self._master.fileno()]
            wake_ns = deadline_ns
            if monotonic_ns() >= self._shut_until_ns:
                ends.append(door)
            else:
                wake_ns = min(deadline_ns, self._shut_until_ns)
            heard = ready(ends, wake_ns)
            if not heard:
                if wake_ns < deadline_ns:
                    continue
                return b""
            if heard != [door] and (data := self._hear()):  # first: it may have left for another
                return data
            if door in heard:
                self._welcome()

    def write(self, data: bytes) -> None:
        """Send `data` to the master; what nobody takes is lost, as on a wire."""
        if self._master is not None:
            with suppress(OSError):
                if self._master.send(data) == len(data):
                    return
            self._dismiss()  # gone, or it does not read: half a frame would garble the next one

    def close(self) -> None:
        """Hang up and give the address back."""
        self._dismiss()
        self._listener.close()

    def _welcome(self) -> None:
        try:
            came = accept(self._listener)
        except OSError:  # it still waits, and would be asked for again at once
            self._shut_until_ns = monotonic_ns() + SHUT_NS
            return
        if came is None:
            return
        if self._master is not None and monotonic_ns() - self._heard_ns < _TAKEN_OVER_AFTER_NS:
            self.turned_away += 1
            came[0].close()
            return
        self._dismiss()
        self._master = came[0]
        self._heard_ns = monotonic_ns()

    def _hear(self) -> bytes:
        assert self._master is not None
        try:
            data = self._master.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if data:
            self._heard_ns = monotonic_ns()
        else:
            self._dismiss()
        return data

    def _dismiss(self) -> None:
        if self._master is not None:
            self._master.close()
            self._master = None
