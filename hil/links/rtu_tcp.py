"""Modbus RTU through a gateway's raw TCP socket: the strict master of a line, without the line."""

from hil.links.line_time import NoLineTime
from hil.links.rtu import RtuLink
from hil.links.socket_port import SocketPort, connect_port


class RtuTcpLink(RtuLink):
    """The master of the line behind the gateway at `host:port`.

    Frames, matching, draining after a silence and counters are those of `RtuLink`. What the
    characters take on the gateway's own line is part of `timeout_s` [s]: nobody here knows its
    baud rate, and the gateway keeps its 3.5 characters.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        timeout_s: float = 1.0,
        connect_timeout_s: float = 1.0,
    ) -> None:
        super().__init__(
            name,
            f"{host}:{port}",
            timeout_s=timeout_s,
            open_port=lambda: connect_port(host, port, connect_timeout_s),
        )
        self._line = NoLineTime()

    def transact(self, unit: int, request: bytes) -> bytes:
        """As `RtuLink.transact`; a connection that was closed meanwhile is opened anew first."""
        self._renew()
        return super().transact(unit, request)

    def broadcast(self, request: bytes) -> None:
        """As `RtuLink.broadcast`."""
        self._renew()
        super().broadcast(request)

    def _renew(self) -> None:
        # nothing of this request was sent yet: connecting anew is safe
        if isinstance(self._port, SocketPort) and self._port.hung_up():
            self.close()
