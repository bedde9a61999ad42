"""`hukka map`: register maps from the lists and tools of others, to them, and held to rules."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import BadInput, JudgementFailed, unknown

if TYPE_CHECKING:
    from hil.maps.draft import Remark

app = typer.Typer(name="map", help="Register maps: import, export, check.", no_args_is_help=True)


@app.command("import", epilog="Example: hukka map import meter.xlsx --columns type=Format")
def import_(
    file: Annotated[Path, typer.Argument(help="A list of registers, or another tool's file.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="xlsx, csv, telegraf, homeassistant, sunspec, wot.",
            show_default="by content",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Map to write.", show_default="FILE's name with .csv"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="COLUMN=HEADER,...", help="Which column of a table."),
    ] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option("--fill", metavar="COLUMN=VALUE", help="What empty cells of a column are."),
    ] = None,
    numbers: Annotated[
        str | None,
        typer.Option(
            "--numbers",
            metavar="WORD",
            help="modicon (4xxxx numbers) or plain.",
            show_default="by content",
        ),
    ] = None,
    base: Annotated[
        int | None,
        typer.Option("--base", help="First plain address, 0 or 1.", show_default="0; wot: 1"),
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Only this sheet.")] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="Which one, where a file has several.")
    ] = None,
    address: Annotated[
        int | None,
        typer.Option(
            "--address", help="Id register of the first SunSpec model.", show_default="40002"
        ),
    ] = None,
    length: Annotated[
        int | None, typer.Option("--length", help="Length of the last SunSpec model.")
    ] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave rows with mistakes out instead of refusing.")
    ] = False,
) -> None:
    """Make a map of a spreadsheet, a CSV list, or the file of another tool."""
    from hil.maps.numbers import NOTATIONS
    from hil.maps.read import Options, import_map
    from hil.maps.write import csv_of
    from hil.report.place import write

    if numbers is not None and numbers not in NOTATIONS:
        raise unknown("--numbers", "word", numbers, NOTATIONS)
    for option, number, most in (
        ("--base", base, 1),
        ("--address", address, 65535),
        ("--length", length, 65535),
    ):
        if number is not None and not 0 <= number <= most:
            raise BadInput(f"{option} = {number}: must be 0 to {most}")
    target = out or Path(file.stem + ".csv")
    if target.exists():
        raise BadInput(f"{target}: exists already, say --out")
    options = Options(
        source, _pairs("--columns", columns), _pairs("--fill", fill),
        numbers,  # type: ignore[arg-type]  # by NOTATIONS
        base, sheet, device, address, length, skip,
    )  # fmt: skip
    imported, found = import_map(file, options)
    _tell(imported.remarks)
    write(target, csv_of(f"{file.name} ({found})", imported))
    count = len(imported.points)
    typer.echo(f"{target}: {count} points from {found}; now run `hukka map check {target}`")


@app.command("export", epilog="Example: hukka map export meter.csv --to telegraf")
def export(
    file: Annotated[Path, typer.Argument(metavar="MAP", help="A register map.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="telegraf or wot.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.", show_default="standard output")
    ] = None,
) -> None:
    """Write a map for another tool, and say what that tool cannot hold."""
    from hil.maps.export import EXPORTS
    from hil.maps.to_telegraf import to_telegraf
    from hil.maps.to_wot import to_wot
    from hil.report.place import write
    from twin.registers import load_map

    if to not in EXPORTS:
        raise unknown("--to", "format", to, EXPORTS)
    text, remarks = (to_telegraf if to == "telegraf" else to_wot)(load_map(file))
    _tell(remarks)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write(out, text)


@app.command("check", epilog="Example: hukka map check meter.csv --site my_site")
def check(
    file: Annotated[Path, typer.Argument(metavar="MAP", help="A register map.")],
    site: Annotated[
        str | None, typer.Option("--site", help="Units against the signals of this site too.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Hold a map to the rules, every mistake with its line; then say what is doubtful in it.

    Exit code 2 for mistakes, 3 for doubts.
    """
    from hil.maps.check import check_map
    from twin.registers import load_map

    try:
        found = load_map(file)
    except BadInput as error:
        if as_json:
            mistakes = str(error).splitlines()
            typer.echo(json.dumps({"map": file.name, "mistakes": mistakes, "doubts": []}))
        raise
    signals = _signals_of(site, file.stem) if site is not None else {}
    doubts = check_map(found, signals)
    if as_json:
        plain: list[dict[str, Any]] = [doubt._asdict() for doubt in doubts]
        typer.echo(json.dumps({"map": file.name, "mistakes": [], "doubts": plain}))
    else:
        for doubt in doubts:
            typer.echo(str(doubt))
    if doubts:
        raise JudgementFailed(f"{file.name}: {len(doubts)} doubts in {len(found.points)} points")
    if not as_json:
        typer.echo(f"{file.name}: sound: {len(found.points)} points")


def _signals_of(site: str, map_name: str) -> dict[str, str]:
    """Unit of the signal that each point of a map carries at a site."""
    from twin.site import load_site

    found = load_site(site)
    controllers = [c for c in found.controllers.values() if c.map_name == map_name]
    if not controllers:
        names = {c.map_name for c in found.controllers.values()}
        raise unknown(f"--site {site}", "map", map_name, names)
    return {
        point: found.signals[signal].unit
        for controller in controllers
        for point, signal in controller.sensors.items()
    }


def _pairs(option: str, words: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (part for word in words or [] for part in word.split(",")):
        name, mark, value = part.partition("=")
        if not mark or not name.strip() or not value.strip():
            raise BadInput(f"{option} {part!r}: must be COLUMN=WORD")
        found[name.strip()] = value.strip()
    return found


def _tell(remarks: "list[Remark]") -> None:
    for remark in remarks:
        typer.echo(str(remark), err=True)
