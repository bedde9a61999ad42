"""`hukka commission points`: each point of a site's controllers, against what is known of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.commission_options import (
    CycleOption,
    JsonOption,
    Pace,
    PaceOption,
    PhraseOption,
    SeedOption,
    SettleOption,
    SiteArgument,
    TransportOption,
    WarmupOption,
    options_of,
    settle_ns_of,
    way_of,
)
from hil.cli.on_site import guard_of
from hil.cli.unconfined import UnconfinedOption
from twin.errors import BadInput, JudgementFailed, refuse

if TYPE_CHECKING:
    from hil.commissioning.checkout.row import Row
    from twin.site.quantity import Quantity

_EXAMPLES = """Examples:

hukka commission points mantsala

hukka commission points mantsala --blank --out points.xlsx

hukka commission points mantsala --sheet filled.xlsx --tolerance "0.5 K" --out signed.xlsx"""

_WIDE = 160
"""Columns of the table where no terminal says how wide it is [-]."""


def register(app: typer.Typer) -> None:
    """Add the command to the group `hukka commission`."""
    app.command("points", epilog=_EXAMPLES)(points)


def points(
    site: SiteArgument,
    controller: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this controller; more than once."),
    ] = None,
    pace: PaceOption = Pace.max,
    transport: TransportOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A sheet that somebody filled in, CSV or XLSX."),
    ] = None,
    blank: Annotated[
        bool, typer.Option("--blank", help="The empty sheet; nothing is touched.")
    ] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY",
            help='For what is measured: "0.5 K", "2 kPa"; more than once.',
            show_default="a step of the register and one of the sensor",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the sheet: .csv or .xlsx.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Settings and states in the table too.")
    ] = False,
    cycle: CycleOption = None,
    warmup: WarmupOption = "2h",
    settle: SettleOption = "1m",
    phrase: PhraseOption = None,
    seed: SeedOption = 1,
    unconfined: UnconfinedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Point-to-point checkout: what each point shows, what it must show, which way actuators go.

    Known values are put on the sensors of the simulated plant; nothing is written to settings.
    Exit code 3: a point failed.
    """
    from hil.cli.io.common import say
    from hil.commissioning.checkout.filled_in import filled_in, with_tolerances
    from hil.commissioning.checkout.form import forms_of, rows_of
    from hil.commissioning.checkout.run import Checkout, check_points, failed
    from hil.commissioning.checkout.sheet_in import read_sheet
    from hil.commissioning.checkout.sheet_out import check_out, sheet_of
    from hil.commissioning.reach import Reach
    from hil.historian.run_folder import RecordingStopped
    from hil.report.place import refuse_unwritable, write_bytes
    from twin.site import load_site

    found = load_site(site)
    if blank and (sheet is not None or out is None):
        raise BadInput("--blank goes with --out, and not with --sheet")
    real = pace is Pace.real
    options = options_of(cycle, warmup, seed, real=real)
    forms = forms_of(found, controller or (), _tolerances(tolerance or ()))
    if out is not None:
        check_out(out, sheet)
        refuse_unwritable(out)
    if blank:
        rows = rows_of(forms)
    else:
        way = way_of(found, transport, real=real)
        settle_ns = settle_ns_of(settle) if real else 0
        guard_of(found, phrase)  # readings are given by hand: nobody does that unawares
        filled = {} if sheet is None else read_sheet(sheet, forms_of(found))
        forms = with_tolerances(forms, filled)
        with TemporaryDirectory(prefix="hukka-") as folder:
            reach = Reach(found, way.value, real_time=real)
            reach = reach.in_folder(Path(folder), options.period_ns)
            checkout = Checkout(
                found, forms, options, reach, settle_ns, unconfined, say, [Path(folder)]
            )
            seen = check_points(checkout)
        rows = filled_in(seen, filled)
        _show(rows, every=every, err=as_json)
    lost: BadInput | None = None
    try:
        if out is not None:
            write_bytes(out, sheet_of(out, rows))
    except BadInput as error:  # a full disk: what was checked is told all the same
        out, lost = None, error
    _close(found.site, rows, out, as_json)
    if lost is not None:
        raise RecordingStopped(str(lost))
    if bad := failed(rows):
        raise JudgementFailed(f"failed: {', '.join(bad)}")


def _tolerances(texts: Sequence[str]) -> "list[Quantity]":
    from twin.site.quantity import parse_quantity

    found = []
    for text in texts:
        try:
            quantity = parse_quantity(text)
        except ValueError as error:
            raise refuse("--tolerance", text, str(error)) from None
        if quantity.value < 0.0:
            raise refuse("--tolerance", text, "must be 0 or more")
        found.append(quantity)
    return found


def _show(rows: "Sequence[Row]", *, every: bool, err: bool) -> None:
    """What failed first; then what is measured and commanded, and what persons read."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from hil.commissioning.checkout.row import Checked, Kind

    shown = [r for r in rows if every or r.kind in (Kind.READING, Kind.COMMAND) or _matters(r)]
    table = Table(box=None, pad_edge=False)
    for name in ("", "point"):
        table.add_column(name, no_wrap=True)
    for name in ("shown", "must be", "deviation", "of"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("remarks", overflow="fold")
    for row in sorted(shown, key=lambda r: r.verdict is not Checked.FAIL):
        reference = row.reference if row.reference_reading is None else row.reference_reading
        table.add_row(
            "" if row.verdict is None else row.verdict.value,
            Text(f"{row.controller}:{row.point}"),
            Text(f"{_said(row.scaled)} {row.unit}".strip()),
            _said(reference),
            _said(row.deviation, 3),
            _said(row.tolerance, 3),
            Text(row.why or row.direction),
        )
    console = Console(stderr=err, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    console.print(table)


def _matters(row: "Row") -> bool:
    from hil.commissioning.checkout.row import Checked

    return row.verdict is Checked.FAIL or row.reference_reading is not None


def _said(value: float | str | None, digits: int = 7) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.{digits}g}"


def _close(site: str, rows: "Sequence[Row]", out: Path | None, as_json: bool) -> None:
    from hil.commissioning.checkout.row import count

    summary = {**count(rows), "out": None if out is None else str(out.resolve())}
    words = f"{summary['passed']} pass, {summary['failed']} fail"
    end = f"; {out}" if out is not None else ""
    typer.echo(
        f"{site}: {summary['points']} points: {words}, {summary['not_checked']} not checked{end}",
        err=as_json,
    )
    if as_json:
        typer.echo(json.dumps(summary))
