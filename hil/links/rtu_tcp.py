"""Modbus RTU through a gateway's raw TCP socket: the strict master of a line, without the line."""

from hil.links.line_time import NoLineTime
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.socket_port import SocketPort, connect_port
from hil.links.tcp import DEAD_AFTER_SILENCES
from twin.signals import Quality


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
        self._silences = 0

    def transact(self, unit: int, request: bytes) -> bytes:
        """As `RtuLink.transact`; a connection that was closed meanwhile is opened anew first.

        So is one on which nobody answered five times: the gateway may have gone without a word.
        """
        self._renew()
        try:
            reply = super().transact(unit, request)
        except LinkFault as fault:
            self._note_silence(fault)
            raise
        self._silences = 0
        return reply

    def broadcast(self, request: bytes) -> None:
        """As `RtuLink.broadcast`."""
        self._renew()
        super().broadcast(request)

    def _note_silence(self, fault: LinkFault) -> None:
        self._silences = self._silences + 1 if fault.quality is Quality.TIMEOUT else 0
        if self._silences >= DEAD_AFTER_SILENCES:
            self._silences = 0
            self.close()

    def _renew(self) -> None:
        # nothing of this request was sent yet: connecting anew is safe
        if isinstance(self._port, SocketPort) and self._port.hung_up():
            self.close()
