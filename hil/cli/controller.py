"""`hukka controller TYPE`: an emulated controller on the desk, for any Modbus master."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.served import (
    RolesOption,
    ServedLinkArgument,
    TcpOption,
    UnitOption,
    chosen,
    say,
    tcp_address,
    with_roles,
)
from twin.errors import refuse, unknown

if TYPE_CHECKING:
    from firmware_sim import Controller
    from hil.links.address import Address

_EXAMPLES = """Examples:

hukka controller heat_pump tcp://127.0.0.1:1502 --set T_sink_max=80

hukka controller cooling_loop pty:/tmp/line --unit 3

hukka controller heat_pump 'tls://0.0.0.0?ca=ca.pem&cert=plc.pem&key=plc.key'
 --role engineer=write"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(controller)


def controller(
    type_name: Annotated[
        str, typer.Argument(metavar="TYPE", help="cooling_loop, heat_pump or network.")
    ],
    link: ServedLinkArgument = None,
    tcp: TcpOption = None,
    serial: Annotated[
        Path | None,
        typer.Option(help="Serial device; a pty is made where there is none."),
    ] = None,
    unit: UnitOption = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="POINT=VALUE", help="A writable point, in its map's unit."),
    ] = None,
    roles: RolesOption = None,
) -> None:
    """Serve the registers of an emulated controller until Ctrl-C.

    It scans as a small PLC does and waits for a master: without a heartbeat it stays stopped, and
    after its watchdog time it goes to its fail-safe outputs, as the real one would.
    """
    from importlib.metadata import version

    from hil.bench.controller_worker import scan
    from hil.bench.hosted import Hosted
    from hil.bench.wiring import ControllerWiring
    from hil.gate.interrupt import Interrupted, interruptible
    from hil.links.counters import told
    from hil.links.serving import open_server, spoken

    chosen({"LINK": link, "--tcp HOST:PORT": tcp, "--serial PATH": serial})
    address = with_roles(_address(link, tcp, serial), roles)
    host = Hosted(ControllerWiring(type_name, type_name, "server", unit, "", {}, (), ()))
    for text in settings or ():
        _set(host.controller, text)
    with interruptible():
        who = {0: "hukka", 1: type_name, 2: version("hukka")}  # vendor, product code, revision
        identity = {number: text.encode() for number, text in who.items()}
        server = open_server(type_name, address, {unit: host.bank}, identity, say=say)
        try:
            place = spoken(address, server)
            typer.echo(f"{type_name}: {place}, unit {unit}; Ctrl-C ends it")
            scan([host], server, lambda: False)
        except Interrupted:
            if trouble := told(server):
                say(f"{place}: {trouble}")
            typer.echo(f"{type_name}: {server.requests} requests served")
        finally:
            server.close()


def _address(link: str | None, tcp: str | None, serial: Path | None) -> "Address":
    from hil.links.address import Address, parse_address

    if link is not None:
        return parse_address(link, serving=True)
    if tcp is not None:
        return tcp_address(tcp)
    assert serial is not None
    return Address("rtu", path=str(serial), pty=not serial.exists())


def _set(controller: "Controller", text: str) -> None:
    """Give a point that a master could write the value of `POINT=VALUE`."""
    name, _, value_text = text.partition("=")
    writable = {p.name: p for p in controller.map.points.values() if p.writable}
    if name not in writable:
        raise unknown("--set", "writable point", name, writable)
    point = writable[name]
    low = float("-inf") if point.min is None else point.min
    high = float("inf") if point.max is None else point.max
    try:
        value = float(value_text)
    except ValueError:
        raise refuse(f"--set {name}", value_text, "must be a number") from None
    if not low <= value <= high:
        raise refuse(f"--set {name}", value, f"must be {low:g} to {high:g} {point.unit}")
    controller.bank.set(name, value)
