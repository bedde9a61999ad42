"""Where a link is: an address or a serial line, as data that a child process can be given."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hil.links.cost import LinkCost, cost_of
from hil.links.kept_port import KeptPort
from hil.links.line.server import LineServer
from hil.links.line_time import LineTime
from hil.links.link import Link
from hil.links.pty_line import PtyPort
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.serial_port import open_serial
from hil.links.server import Memory
from hil.links.socket_port import ListeningPort
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.errors import BadInput

Server = TcpServer | RtuServer | LineServer
_SPOKEN = {"tcp": "Modbus TCP", "tls": "Modbus/TCP Security", "rtu_tcp": "Modbus RTU over TCP"}


@dataclass(frozen=True)
class Endpoint:
    """One link: `rtu` is at `path`, the others are at `host` and `port` (0: a free one).

    With `pty` set, whoever serves makes a pseudo terminal at `path`. `tls` has PEM files, the
    name that the server must prove (empty: `host`), and the rights that the server gives to roles.
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
    cert: str = ""
    key: str = ""
    ca: str = ""
    server_name: str = ""
    role_needed: bool = True
    roles: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @property
    def cost(self) -> LinkCost:
        """What a read on it costs, for the planner."""
        return cost_of(self.transport, self.baud, self.parity, self.stop_bits)

    def at(self, server: Server) -> "Endpoint":
        """The same with the port that the server really got."""
        return self if server.port is None else replace(self, port=server.port)

    def __str__(self) -> str:
        if self.transport != "rtu":
            return f"{self.name}: {_SPOKEN[self.transport]} {self.host}:{self.port}"
        return f"{self.name}: Modbus RTU {self.path} {self.baud} {8}{self.parity}{self.stop_bits}"


def open_link(endpoint: Endpoint) -> Link:
    """The asking end; BadInput for certificates that cannot work."""
    name, timeout_s = endpoint.name, endpoint.timeout_s
    match endpoint.transport:
        case "tcp":
            return TcpLink(name, endpoint.host, endpoint.port, timeout_s)
        case "rtu_tcp":
            return RtuTcpLink(name, endpoint.host, endpoint.port, timeout_s)
        case "tls":
            return _open_tls_link(endpoint)
        case _:
            line = (endpoint.baud, endpoint.parity, endpoint.stop_bits)
            return RtuLink(name, endpoint.path, *line, timeout_s)


def open_server(
    endpoint: Endpoint, memories: Mapping[int, Memory], identity: Mapping[int, bytes] | None = None
) -> Server:
    """The answering end; BadInput when the address or the serial device cannot be had."""
    name, host, port = endpoint.name, endpoint.host, endpoint.port
    match endpoint.transport:
        case "tcp":
            return TcpServer(name, memories, host, port, identity, say=_log)
        case "rtu_tcp":
            return RtuServer(name, memories, ListeningPort(name, host, port), identity)
        case "tls":
            return _open_tls_server(endpoint, memories, identity)
        case _ if endpoint.pty:
            return RtuServer(name, memories, PtyPort(Path(endpoint.path)), identity)
    path, settings = endpoint.path, (endpoint.baud, endpoint.parity, endpoint.stop_bits)
    try:
        device = KeptPort(
            lambda: open_serial(path, *settings), lambda what: _log(f"{name}: {path}: {what}")
        )
    except OSError as error:
        raise BadInput(f"{name}: {path}: {error.strerror or error}") from None
    return RtuServer(name, memories, device, identity, line=LineTime(*settings))


def _open_tls_link(endpoint: Endpoint) -> Link:
    from hil.links.tls import TlsLink  # brings a library along that no other link needs
    from hil.links.tls_identity import TlsFiles

    return TlsLink(
        endpoint.name,
        endpoint.host,
        TlsFiles(Path(endpoint.cert), Path(endpoint.key), Path(endpoint.ca)),
        endpoint.port,
        endpoint.timeout_s,
        server_name=endpoint.server_name or None,
        role_needed=endpoint.role_needed,
    )


def _open_tls_server(
    endpoint: Endpoint, memories: Mapping[int, Memory], identity: Mapping[int, bytes] | None
) -> Server:
    from hil.links.roles import RoleRules
    from hil.links.tls_identity import TlsFiles
    from hil.links.tls_server import TlsServer

    files = TlsFiles(Path(endpoint.cert), Path(endpoint.key), Path(endpoint.ca))
    rules = RoleRules.of_words(endpoint.roles)
    host, port = endpoint.host, endpoint.port
    return TlsServer(endpoint.name, memories, host, port, files, rules, identity, say=_log)


def _log(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
