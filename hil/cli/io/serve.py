"""`hukka io serve MAP`: become the device, for any Modbus master."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.gate.interrupt import Interrupted, interruptible
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.links.peer import Peer
    from hil.links.rtu_server import RtuServer
    from hil.links.server import Memory
    from hil.links.tcp_server import TcpServer

_EXAMPLES = """Examples:

hukka io serve heat_pump.csv --tcp 127.0.0.1:1502 --set T_supply=45 -v

hukka io serve heat_pump.csv --pty line --unit 3

hukka io serve heat_pump.csv --rtu '/dev/ttyUSB0?baud=9600&parity=N' --unit 3"""

_POLL_NS = 200_000_000


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(serve)


def serve(
    map_: Annotated[Path, typer.Argument(metavar="MAP", help="Register map of the device.")],
    tcp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Serve Modbus TCP; port 0: a free one.")
    ] = None,
    rtu: Annotated[
        str | None, typer.Option(metavar="PATH", help="Serve Modbus RTU on this serial device.")
    ] = None,
    pty: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Serve Modbus RTU on a pty made here.")
    ] = None,
    unit: Annotated[int, typer.Option(min=1, max=247, help="Modbus unit id.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A point's value, in its map's unit."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="A line for every request.")
    ] = False,
) -> None:
    """Serve the registers of a map until Ctrl-C, as the device will that is not there yet.

    Points start at the map's defaults. A master may write what the map lets it write, within its
    limits; nothing in here changes a value.
    """
    from hil.io.serve import ToldMemory, bank_of, identity_of
    from twin.clock import monotonic_ns
    from twin.registers import load_map

    if sum(way is not None for way in (tcp, rtu, pty)) != 1:
        raise BadInput("give one of --tcp HOST:PORT, --rtu PATH and --pty PATH")
    register_map = load_map(map_)
    bank = bank_of(register_map, settings or ())

    def memories_for(peer: "Peer | None") -> "Mapping[int, Memory]":
        who = "" if peer is None else f"{peer.address} "
        return {unit: ToldMemory(f"{who}unit {unit}", bank, typer.echo) if verbose else bank}

    with interruptible():
        place, server = _open(tcp, rtu, pty, memories_for, identity_of(register_map))
        try:
            typer.echo(f"{register_map.file}: {place}, unit {unit}; Ctrl-C ends it")
            while True:
                server.poll(monotonic_ns() + _POLL_NS)
        except Interrupted:
            typer.echo(f"{register_map.file}: {server.requests} requests, {server.writes} writes")
        finally:
            server.close()


def _open(
    tcp: str | None,
    rtu: str | None,
    pty: Path | None,
    memories_for: "Callable[[Peer | None], Mapping[int, Memory]]",
    identity: Mapping[int, bytes],
) -> tuple[str, "TcpServer | RtuServer"]:
    from hil.links.pty_line import PtyPort
    from hil.links.rtu_server import RtuServer
    from hil.links.tcp_server import TcpServer

    if tcp is not None:
        host, port = _host_port(tcp)
        server = TcpServer(
            "--tcp", memories_for(None), host, port, identity,
            say=lambda text: typer.echo(f"hukka: {text}", err=True), memories_for=memories_for,
        )  # fmt: skip
        return f"Modbus TCP {host}:{server.port}", server
    if pty is not None:
        return f"Modbus RTU {pty}", RtuServer("--pty", memories_for(None), PtyPort(pty), identity)
    assert rtu is not None
    return _open_serial(rtu, memories_for(None), identity)


def _open_serial(
    text: str, memories: "Mapping[int, Memory]", identity: Mapping[int, bytes]
) -> tuple[str, "RtuServer"]:
    from hil.links.address import parse_address
    from hil.links.kept_port import KeptPort
    from hil.links.line_time import LineTime
    from hil.links.rtu_server import RtuServer
    from hil.links.serial_port import open_serial

    at = parse_address(text if ":" in text else f"rtu:{text}")
    if not at.is_serial:
        raise refuse("--rtu", text, "must be a serial device, such as /dev/ttyUSB0?baud=9600")
    settings = (at.baud, at.parity, at.stop_bits)
    try:
        port = KeptPort(
            lambda: open_serial(at.path, *settings),
            lambda what: typer.echo(f"hukka: {at.path}: {what}", err=True),
        )
    except OSError as error:
        raise BadInput(f"--rtu: {at.path}: {error.strerror or error}") from None
    server = RtuServer("--rtu", memories, port, identity, line=LineTime(*settings))
    return f"Modbus RTU {at}", server


def _host_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise refuse("--tcp", text, "must be HOST:PORT, such as 127.0.0.1:1502")
    return host.strip("[]"), int(port)
