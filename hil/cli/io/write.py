"""`hukka io write LINK MAP POINT VALUE`: one value into a real device, through the gate."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.io.common import JsonOption, LinkArgument, TimeoutOption, UnitOption, number, seconds
from hil.gate.interrupt import interruptible
from twin.errors import JudgementFailed, LinkLost, refuse
from twin.signals import Quality

if TYPE_CHECKING:
    from hil.io.write import Written
    from twin.registers import Point

_EXAMPLES = """Example:

hukka io write tcp://192.168.1.5 heat_pump.csv T_sink_max 75 --unit 1
 --reason 'commissioning, step 12' --ttl 30s --phrase 'write T_sink_max'"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(write)


def write(
    link: LinkArgument,
    map_: Annotated[Path, typer.Argument(metavar="MAP", help="Register map with its limits.")],
    point: Annotated[str, typer.Argument(help="A writable point of the map.")],
    value: Annotated[float, typer.Argument(help="In the map's unit.")],
    reason: Annotated[str, typer.Option(help="Why the plant is written to.")],
    unit: UnitOption = 1,
    ttl: Annotated[
        str, typer.Option(metavar="TIME", help="How long the gate may stay open.")
    ] = "30s",
    phrase: Annotated[
        str | None,
        typer.Option(help="'write POINT', so that nobody does it unawares.", show_default="asked"),
    ] = None,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one value of a map to a device, once, and read it back.

    The map must let the point be written and bound it. Exit code 3 when the device refused or holds
    something else, 4 when nobody knows.
    """
    from hil.io.write import write_point
    from hil.links.address import open_link
    from twin.registers import load_map

    register_map = load_map(map_)
    chosen = register_map.point(point)
    _confirm(chosen, phrase)
    opened = open_link(link, seconds("--timeout", timeout))
    with interruptible():
        try:
            written = write_point(
                opened, unit, chosen, value, reason=reason, ttl_s=seconds("--ttl", ttl) or 0.0
            )
        finally:
            opened.close()
    _tell(chosen, value, written, as_json)


def _confirm(point: "Point", phrase: str | None) -> None:
    from hil.io.write import phrase_for

    wanted = phrase_for(point)
    if phrase is None and sys.stdin is not None and sys.stdin.isatty():
        phrase = typer.prompt(f"Type {wanted!r} to go on", err=True)
    if phrase != wanted:
        raise refuse("--phrase", phrase or "", f"must be {wanted!r}")


def _tell(point: "Point", value: float, written: "Written", as_json: bool) -> None:
    before, after, quality, why, holds = written
    if as_json:
        ending = {"quality": quality.name, "why": why, "holds": holds}
        plain = {"point": point.name, "unit": point.unit, "wanted": value}
        typer.echo(json.dumps({**plain, "before": before, "after": after, **ending}))
    else:
        unit = "" if point.unit == "-" else f" {point.unit}"
        typer.echo(f"{point.name}: {number(before)} -> {number(after)}{unit}")
    if holds and quality is Quality.GOOD:
        return
    if quality in (Quality.TIMEOUT, Quality.LINK_DOWN, Quality.GARBLED) and not holds:
        raise LinkLost(f"{point.name}: nobody knows whether it was written: {why}")
    if holds:
        raise JudgementFailed(f"{point.name}: holds what was wanted, though the write said: {why}")
    raise JudgementFailed(f"{point.name}: {why or 'the device holds something else'}")
