"""Where a link is: an address or a serial line, as data that a child process can be given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hil.links.line.server import LineServer
from hil.links.link import Link
from hil.links.pty_line import PtyPort
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from hil.links.server import Memory
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.errors import BadInput

Server = TcpServer | RtuServer | LineServer


@dataclass(frozen=True)
class Endpoint:
    """One link. TCP uses `host` and `port` (0: a free one); RTU the rest.

    With `pty` set, whoever serves makes a pseudo terminal at `path`.
    """

    name: str
    transport: str
    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    pty: bool = False
    baud: int = 19200
    parity: str = "E"
    stop_bits: int = 1
    timeout_s: float = 0.3

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    def at(self, server: Server) -> "Endpoint":
        """The same with the port that the server really got."""
        return replace(self, port=server.port) if isinstance(server, TcpServer) else self

    def __str__(self) -> str:
        if self.transport == "tcp":
            return f"{self.name}: Modbus TCP {self.host}:{self.port}"
        return f"{self.name}: Modbus RTU {self.path} {self.baud} {8}{self.parity}{self.stop_bits}"


def open_link(endpoint: Endpoint) -> Link:
    """The asking end."""
    if endpoint.transport == "tcp":
        return TcpLink(endpoint.name, endpoint.host, endpoint.port, endpoint.timeout_s)
    return RtuLink(
        endpoint.name,
        endpoint.path,
        endpoint.baud,
        endpoint.parity,
        endpoint.stop_bits,
        endpoint.timeout_s,
    )


def open_server(
    endpoint: Endpoint, memories: Mapping[int, Memory], identity: Mapping[int, bytes] | None = None
) -> Server:
    """The answering end; BadInput when the address or the serial device cannot be had."""
    if endpoint.transport == "tcp":
        return TcpServer(endpoint.name, memories, endpoint.host, endpoint.port, identity)
    if endpoint.pty:
        return RtuServer(endpoint.name, memories, PtyPort(Path(endpoint.path)), identity)
    try:
        port = open_serial(endpoint.path, endpoint.baud, endpoint.parity, endpoint.stop_bits)
    except OSError as error:
        raise BadInput(f"{endpoint.name}: {endpoint.path}: {error.strerror or error}") from None
    return RtuServer(endpoint.name, memories, port, identity)
