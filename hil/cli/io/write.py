"""`hukka io write LINK MAP POINT VALUE`: one value into a real device, through the gate."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    TimeoutOption,
    UnitOption,
    duration,
    number,
    say,
    seconds,
)
from twin.errors import refuse

if TYPE_CHECKING:
    from hil.gate import Written
    from hil.gate.write import Values
    from twin.registers import Point

_EXAMPLES = """Example:

hukka io write tcp://192.168.1.5 heat_pump.csv T_sink_max 75 --expect 80 --ttl 10m
 --reason 'commissioning, step 12' --phrase tcp://192.168.1.5"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(write)


def write(
    link: LinkArgument,
    map_: Annotated[Path, typer.Argument(metavar="MAP", help="Register map with its limits.")],
    point: Annotated[str, typer.Argument(help="A writable point of the map.")],
    value: Annotated[str, typer.Argument(help="In the map's unit, or what its enum calls it.")],
    reason: Annotated[str, typer.Option(help="Why the plant is written to.")],
    ttl: Annotated[
        str, typer.Option(metavar="TIME", help="How long it is held; then it is put back.")
    ],
    unit: UnitOption = 1,
    expect: Annotated[
        float | None, typer.Option(help="What must be there before, in the map's unit.")
    ] = None,
    phrase: Annotated[
        str | None,
        typer.Option(
            help="LINK without its options: nobody writes unawares.", show_default="asked"
        ),
    ] = None,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one value of a map to a device, hold it, and put back what was there.

    The map must let the point be written and bound it. Everything the write gate does is done:
    journal, limits, ramp, read-back, putting back at every end, audit log (`HUKKA_GATE`).
    """
    from hil.gate import default_folder
    from hil.io.write import write_point
    from twin.registers import load_map

    register_map = load_map(map_)
    chosen = register_map.point(point)
    wanted = _number(chosen, value)
    ttl_s = seconds("--ttl", ttl) or 0.0
    asked_s = seconds("--timeout", timeout)
    written = write_point(
        default_folder(), link, unit, chosen, wanted,
        phrase=_phrase(link, phrase), reason=reason, ttl_s=ttl_s, expect=expect,
        timeout_s=register_map.header.timeout if asked_s is None else asked_s, say=say,
        told=lambda w: None if as_json else typer.echo(_held(chosen, w, ttl_s)),
    )  # fmt: skip
    before, after = _only(written.before), _only(written.after)
    if as_json:
        plain = {"point": chosen.name, "unit": chosen.unit, "wanted": wanted}
        typer.echo(json.dumps({**plain, "before": before, "after": after, "why": written.why}))
    else:
        typer.echo(f"{chosen.name}: {number(before)}{_unit(chosen)} is back")


def _number(point: "Point", text: str) -> float:
    from twin.registers import value_of

    try:
        return float(text)
    except ValueError:
        if point.enum:
            return value_of(point, text)
        raise refuse(point.name, text, f"must be a number [{point.unit}]") from None


def _phrase(link: str, phrase: str | None) -> str:
    from hil.io.write import plant_of

    wanted = plant_of(link)
    if phrase is None and sys.stdin is not None and sys.stdin.isatty():
        phrase = typer.prompt(f"Type {wanted!r} to go on", err=True)
    if phrase is None:
        raise refuse("--phrase", "", f"must be {wanted!r}")
    return phrase


def _held(point: "Point", written: "Written", ttl_s: float) -> str:
    change = f"{number(_only(written.before))} -> {number(_only(written.after))}{_unit(point)}"
    return f"{point.name}: {change}, held for {duration(ttl_s)}; Ctrl-C puts it back"


def _unit(point: "Point") -> str:
    return "" if point.unit == "-" else f" {point.unit}"


def _only(values: "Values | None") -> float | None:
    return None if values is None else values[0]
