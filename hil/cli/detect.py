"""`hukka detect`: alarms in any table of channels with a fault-free head."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka detect loop.csv --train-rows 400 --out flags.csv")(detect)


def detect(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="CSV file, a column a channel.")],
    train_rows: Annotated[
        int,
        typer.Option("--train-rows", metavar="N", help="First rows, known to be without fault."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="CSV file of flags.", show_default="standard output"),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="COLUMN", help="Not a channel; may be given more than once."
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="Time column.", show_default="by name"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Flag the rows of a table that are not like its head: a row in, a row out."""
    from hil.report.place import refuse_unwritable, write
    from hil.validation.channels import read_channels
    from hil.validation.flags import as_csv, judge
    from hil.validation.flags import as_json as json_of

    if out is not None and _same(out, data):
        raise BadInput(f"{out}: is the table")
    if out is not None:
        refuse_unwritable(out)
    table = read_channels(data, ignore or (), time)
    judged = judge(table, train_rows)
    for note in (*table.notes, *judged.notes):
        typer.echo(f"{data}: {note}", err=True)
    if out is None:
        typer.echo(as_csv(judged), nl=False)
    else:
        write(out, as_csv(judged))
    if as_json:
        typer.echo(json.dumps(json_of(judged), allow_nan=False))
    elif out is not None:
        alarms = len(judged.flags.events)
        share = 100.0 * judged.alarm_share
        typer.echo(f"{out}: {len(table.time)} rows, {alarms} alarms, {share:.1f} % of the rows")


def _same(out: Path, data: Path) -> bool:
    try:
        return out.samefile(data)
    except OSError:
        return False
