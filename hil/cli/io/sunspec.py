"""`hukka io sunspec LINK`: what a SunSpec device is and says, without a map."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    TimeoutOption,
    UnitOption,
    line_counts,
    number,
    say,
    say_line,
    seconds,
    show,
    table,
)
from hil.cli.io.read import plain, reasons, verdict
from twin.errors import BadInput, JudgementFailed, LinkLost
from twin.signals import Quality

if TYPE_CHECKING:
    from hil.io.read import Row
    from hil.io.sunspec import Device, Model

_EXAMPLES = """Examples:

hukka io sunspec tcp://192.168.1.20 --unit 126

hukka io sunspec tcp://192.168.1.20 --models ~/sunspec-models --out inverter.csv"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(sunspec)


def sunspec(
    link: LinkArgument,
    unit: UnitOption = 1,
    models: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The SunSpec alliance's model_*.json files."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also values that the device does not have.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="MAP", help="Write a register map of the device.")
    ] = None,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk the models of a SunSpec device (inverter, meter, battery) and show their values.

    The models that most devices have are known; others need `--models`. Values come with their
    scale factors applied. Exit code 3 when there is no SunSpec device, when its models do not end
    as they should, or when some values failed; 4 when nobody answered.
    """
    from hil.io.sunspec import Registers, read_device, walk
    from hil.links.address import open_link, parse_address
    from hil.maps.sunspec_known import check_folder, definition_of
    from hil.report.place import refuse_unwritable

    if models is not None:
        check_folder(models)
    if out is not None and out.exists():
        raise BadInput(f"{out}: exists already")
    if out is not None:
        refuse_unwritable(out)
    address = parse_address(link)
    opened = open_link(address, seconds("--timeout", timeout))
    registers = Registers(opened, unit)
    try:
        device = walk(
            opened, unit, address.cost, registers, lambda model: definition_of(model, models)
        )
        rows = {} if device is None else read_device(opened, unit, address.cost, device)
    finally:
        opened.close()
    say_line(opened)
    if device is None:
        if registers.silence is not None:
            raise LinkLost(f"nothing was read: {registers.silence.why}")
        raise JudgementFailed(f'{link} unit {unit}: no "SunS" at 40000, 50000 and 0: no SunSpec')
    if as_json:
        typer.echo(json.dumps(_plain(link, unit, device, rows) | line_counts(opened)))
    else:
        _show(device, rows, every)
    _write(out, f"{link} unit {unit}", device)
    if device.chain.broken:
        raise JudgementFailed(f"{link} unit {unit}: {device.chain.broken}")
    if (failure := verdict(list(rows.values()))) is not None:
        raise failure


def _show(device: "Device", rows: Mapping[str, "Row"], every: bool) -> None:
    """Each model with its values; those that the device does not have are only counted."""
    unknown = [m for m in device.models if not m.name]
    for model in device.models:
        show(model.title)
        if model.name:
            _show_model(device, model, rows, every)
    for why, names in reasons([row for row in rows.values() if row.failed]).items():
        show(f"{', '.join(names)}: {why}")
    if unknown:
        say("definitions of other models: --models FOLDER (github.com/sunspec/models)")
    for remark in device.imported.remarks if device.imported else ():
        if "says no limits" not in remark.text:  # of many points, and of no use for reading
            say(str(remark))


def _show_model(device: "Device", model: "Model", rows: Mapping[str, "Row"], every: bool) -> None:
    shown = table(("", {}), ("", {"justify": "right"}), ("", {}), ("", {}))
    shown.show_header = False
    hidden = 0
    for point in model.points:
        row = rows[point.name]
        if point.address < model.placed.address + 2 or _is_scale(point.name, device):
            continue
        if row.quality is Quality.NO_VALUE and not every:
            hidden += 1
            continue
        unit = "" if point.unit == "-" else point.unit
        value = f"{number(row.value)} {_words(device, row)}".rstrip()
        good = "" if row.quality is Quality.GOOD else row.quality.name
        shown.add_row(f"  {point.name}", value, unit, good)
    if shown.row_count:
        show(shown)
    if hidden:
        show(f"  {hidden} more that it does not have (--all)")


def _words(device: "Device", row: "Row") -> str:
    from hil.io.sunspec import bits_in_words

    words = device.bits.get(row.point.name)
    if words is None or not isinstance(row.value, float):
        return row.meaning
    return bits_in_words(row.value, words)


def _is_scale(name: str, device: "Device") -> bool:
    points = device.imported.points if device.imported else ()
    return any(point.scale_ref == name for point in points)


def _plain(link: str, unit: int, device: "Device", rows: Mapping[str, "Row"]) -> dict[str, Any]:
    models = [
        {
            "id": model.placed.id,
            "name": model.name or None,
            "address": model.placed.address,
            "length": model.placed.length,
            "values": [_value(device, rows[point.name]) for point in model.points],
        }
        for model in device.models
    ]
    chain = {"base": device.chain.base, "broken": device.chain.broken or None}
    return {"link": link, "unit": unit, **chain, "models": models}


def _value(device: "Device", row: "Row") -> dict[str, Any]:
    words = _words(device, row)
    return plain(row) | ({"meaning": words} if words else {})


def _write(out: Path | None, source: str, device: "Device") -> None:
    from hil.maps.write import csv_of
    from hil.report.place import write

    if out is None:
        return
    if device.imported is None:
        raise JudgementFailed(f"{source}: no known model, so no map")
    write(out, csv_of(f"{source} (SunSpec)", device.imported))
    say(f"{out}: {len(device.imported.points)} points")
