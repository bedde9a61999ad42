"""The answering end of an address: what `hil.links.address.open_link` is to the asking one."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hil.links.address import Address
from hil.links.kept_port import KeptPort
from hil.links.line_time import LineTime
from hil.links.low_latency import Latency
from hil.links.peer import Peer
from hil.links.pty_line import PtyPort
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from hil.links.server import Memory
from hil.links.socket_port import ListeningPort
from hil.links.tcp_server import TcpServer
from twin.errors import BadInput, refuse

Server = TcpServer | RtuServer
Say = Callable[[str], None]


def open_server(
    name: str,
    address: Address,
    memories: Mapping[int, Memory],
    identity: Mapping[int, bytes] | None = None,
    *,
    say: Say = lambda sentence: None,
    memories_for: Callable[[Peer], Mapping[int, Memory]] | None = None,
) -> Server:
    """Serve `memories` at `address`; `say` hears of clients, certificates and adapters.

    `memories_for` gives each client of Modbus TCP memories of its own; a line has one master.

    Raises:
        BadInput: the address, the serial device or the certificates cannot be used.
    """
    host, port = address.host, address.port
    match address.scheme:
        case "tcp":
            return TcpServer(
                name, memories, host, port, identity, say=say, memories_for=memories_for
            )
        case "tls":
            return _open_tls(name, address, memories, identity, say, memories_for)
        case "rtutcp":
            return RtuServer(name, memories, ListeningPort(name, host, port), identity)
        case "rtu" if address.pty:
            return RtuServer(name, memories, PtyPort(Path(address.path)), identity)
        case "rtu":
            line = LineTime(address.baud, address.parity, address.stop_bits)
            return RtuServer(name, memories, _open_device(name, address, say), identity, line=line)


def spoken(address: Address, server: Server) -> str:
    """What is served and where, with the port that the server got."""
    port = address.port if server.port is None else server.port
    host = f"[{address.host}]" if ":" in address.host else address.host
    match address.scheme:
        case "tcp":
            return f"Modbus TCP {host}:{port}"
        case "tls":
            return f"Modbus/TCP Security {host}:{port}"
        case "rtutcp":
            return f"Modbus RTU over TCP {host}:{port}"
        case "rtu":
            return f"Modbus RTU {address}"


def _open_device(name: str, at: Address, say: Say) -> KeptPort:
    def note(latency: Latency) -> None:
        if latency.delays:
            say(latency.text)

    try:
        return KeptPort(
            lambda: open_serial(at.path, at.baud, at.parity, at.stop_bits, note),
            lambda what: say(f"{name}: {at.path}: {what}"),
        )
    except OSError as error:
        raise BadInput(f"{name}: {at.path}: {error.strerror or error}") from None


def _open_tls(
    name: str,
    at: Address,
    memories: Mapping[int, Memory],
    identity: Mapping[int, bytes] | None,
    say: Say,
    memories_for: Callable[[Peer], Mapping[int, Memory]] | None,
) -> Server:
    from hil.links.roles import RoleRules  # brings a library along that no other link needs
    from hil.links.tls_identity import TlsFiles
    from hil.links.tls_server import TlsServer

    if not at.roles:
        rule = "a role and what it may do must be given: nobody could ask for anything"
        raise refuse(f"{name}: roles", "", rule)
    files = TlsFiles(Path(at.certificate), Path(at.key), Path(at.ca))
    rules = RoleRules.of_words(dict(at.roles))
    return TlsServer(
        name, memories, at.host, at.port, files, rules, identity,
        say=say, memories_for=memories_for,
    )  # fmt: skip
