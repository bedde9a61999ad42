"""Where a link is: an address or a serial line, as data that a child process can be given."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hil.links import address, serving
from hil.links.cost import LinkCost, cost_of
from hil.links.line.server import LineServer
from hil.links.link import Link
from hil.links.server import Memory

Server = serving.Server | LineServer
_SCHEMES: Mapping[str, address.Scheme] = {
    "tcp": "tcp", "tls": "tls", "rtu_tcp": "rtutcp", "rtu": "rtu",
}  # fmt: skip
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
    def address(self) -> address.Address:
        """The same as links know it."""
        return address.Address(
            _SCHEMES[self.transport],
            host=self.host,
            port=self.port,
            path=self.path,
            baud=self.baud,
            parity=self.parity,
            stop_bits=self.stop_bits,
            timeout_s=self.timeout_s,
            ca=self.ca,
            certificate=self.cert,
            key=self.key,
            server_name=self.server_name,
            role_needed=self.role_needed,
            roles=tuple(self.roles.items()),
            pty=self.pty,
        )

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
    return address.open_link(endpoint.address, name=endpoint.name)


def open_server(
    endpoint: Endpoint, memories: Mapping[int, Memory], identity: Mapping[int, bytes] | None = None
) -> Server:
    """The answering end; BadInput when the address or the serial device cannot be had."""
    return serving.open_server(endpoint.name, endpoint.address, memories, identity, say=_log)


def _log(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
