"""`hukka io serve MAP LINK`: become the device, for any Modbus master."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.served import (
    RolesOption,
    ServedLinkArgument,
    TcpOption,
    UnitOption,
    chosen,
    pty_address,
    say,
    tcp_address,
    with_roles,
)
from hil.gate.interrupt import Interrupted, interruptible
from twin.errors import refuse

if TYPE_CHECKING:
    from hil.links.address import Address
    from hil.links.peer import Peer
    from hil.links.server import Memory

_EXAMPLES = """Examples:

hukka io serve heat_pump.csv tcp://127.0.0.1:1502 --set T_supply=45 -v

hukka io serve heat_pump.csv pty:line --unit 3

hukka io serve heat_pump.csv 'rtu:/dev/ttyUSB0?baud=9600&parity=N' --unit 3

hukka io serve heat_pump.csv 'tls://0.0.0.0?ca=ca.pem&cert=plc.pem&key=plc.key'
 --role engineer=write --role operator=read"""

_POLL_NS = 200_000_000


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(serve)


def serve(
    map_: Annotated[Path, typer.Argument(metavar="MAP", help="Register map of the device.")],
    link: ServedLinkArgument = None,
    tcp: TcpOption = None,
    rtu: Annotated[str | None, typer.Option(metavar="PATH", help="Short for rtu:PATH.")] = None,
    pty: Annotated[Path | None, typer.Option(metavar="PATH", help="Short for pty:PATH.")] = None,
    unit: UnitOption = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A point's value, in its map's unit."),
    ] = None,
    roles: RolesOption = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="A line for every request.")
    ] = False,
) -> None:
    """Serve the registers of a map until Ctrl-C, as the device will that is not there yet.

    Points start at the map's defaults. A master may write what the map lets it write, within its
    limits; nothing in here changes a value. Over tls:// a client may do what its role may.
    """
    from hil.io.serve import ToldMemory, bank_of, identity_of
    from hil.links.counters import told
    from hil.links.serving import open_server, spoken
    from twin.clock import monotonic_ns
    from twin.registers import load_map

    way = chosen({"LINK": link, "--tcp HOST:PORT": tcp, "--rtu PATH": rtu, "--pty PATH": pty})
    address = with_roles(_address(link, tcp, rtu, pty), roles)
    register_map = load_map(map_)
    bank = bank_of(register_map, settings or ())

    def memories_for(peer: "Peer | None") -> "Mapping[int, Memory]":
        who = "" if peer is None else f"{peer} "
        return {unit: ToldMemory(f"{who}unit {unit}", bank, typer.echo) if verbose else bank}

    with interruptible():
        server = open_server(
            way.partition(" ")[0] if way != "LINK" else str(link), address, memories_for(None),
            identity_of(register_map), say=say, memories_for=memories_for,
        )  # fmt: skip
        try:
            place = spoken(address, server)
            typer.echo(f"{register_map.file}: {place}, unit {unit}; Ctrl-C ends it")
            while True:
                server.poll(monotonic_ns() + _POLL_NS)
        except Interrupted:
            if trouble := told(server):
                say(f"{place}: {trouble}")
            typer.echo(f"{register_map.file}: {server.requests} requests, {server.writes} writes")
        finally:
            server.close()


def _address(link: str | None, tcp: str | None, rtu: str | None, pty: Path | None) -> "Address":
    from hil.links.address import parse_address

    if link is not None:
        return parse_address(link, serving=True)
    if tcp is not None:
        return tcp_address(tcp)
    if pty is not None:
        return pty_address(pty)
    assert rtu is not None
    at = parse_address(rtu if ":" in rtu else f"rtu:{rtu}", serving=True)
    if not at.is_serial or at.pty:
        raise refuse("--rtu", rtu, "must be a serial device, such as /dev/ttyUSB0?baud=9600")
    return at
