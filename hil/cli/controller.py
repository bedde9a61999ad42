"""`hukka controller TYPE`: an emulated controller on the desk, for any Modbus master."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput, refuse, unknown

if TYPE_CHECKING:
    from firmware_sim import Controller
    from hil.bench.endpoint import Endpoint

_EXAMPLES = """Examples:

hukka controller heat_pump --tcp 127.0.0.1:1502 --set T_sink_max=80

hukka controller cooling_loop --serial /tmp/line --unit 3"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(controller)


def controller(
    type_name: Annotated[
        str, typer.Argument(metavar="TYPE", help="cooling_loop, heat_pump or network.")
    ],
    tcp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Serve Modbus TCP; port 0: a free one.")
    ] = None,
    serial: Annotated[
        Path | None,
        typer.Option(help="Serve Modbus RTU on a serial device; a pty is made where none is."),
    ] = None,
    unit: Annotated[int, typer.Option(min=1, max=247, help="Modbus unit id.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="POINT=VALUE", help="A writable point, in its map's unit."),
    ] = None,
) -> None:
    """Serve the registers of an emulated controller until Ctrl-C.

    It scans as a small PLC does and waits for a master: without a heartbeat it stays stopped, and
    after its watchdog time it goes to its fail-safe outputs, as the real one would.
    """
    from hil.bench.controller_worker import scan
    from hil.bench.endpoint import open_server
    from hil.bench.hosted import Hosted
    from hil.bench.wiring import ControllerWiring
    from hil.gate.interrupt import Interrupted, interruptible

    endpoint = _endpoint(type_name, tcp, serial)
    host = Hosted(ControllerWiring(type_name, type_name, "server", unit, "", {}, (), ()))
    for text in settings or ():
        _set(host.controller, text)
    with interruptible():
        server = open_server(endpoint, {unit: host.bank})
        try:
            typer.echo(f"{endpoint.at(server)}, unit {unit}; Ctrl-C ends it")
            scan([host], server, lambda: False)
        except Interrupted:
            typer.echo(f"{type_name}: {server.requests} requests served")
        finally:
            server.close()


def _endpoint(type_name: str, tcp: str | None, serial: Path | None) -> "Endpoint":
    from hil.bench.endpoint import Endpoint

    if (tcp is None) == (serial is None):
        raise BadInput("give either --tcp HOST:PORT or --serial PATH")
    if serial is not None:
        return Endpoint(type_name, "rtu", path=str(serial), pty=not serial.exists())
    assert tcp is not None
    host, colon, port = tcp.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise refuse("--tcp", tcp, "must be HOST:PORT, such as 127.0.0.1:1502")
    return Endpoint(type_name, "tcp", host=host.strip("[]"), port=int(port))


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
