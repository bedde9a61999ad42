"""`hukka trend`: measured data of a building, their map, and what is wrong in them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.site import SiteArgument
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.trend.report import Report
    from hil.trend.trend import Trend

app = typer.Typer(name="trend", help="Measured data from files: map, check.", no_args_is_help=True)

DataArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DATA", help="CSV or Parquet file, run folder, or data folder of a monitor."
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="Map of its columns.", show_default="by name"),
]


@app.command("map", epilog="Example: hukka trend map mantsala export.csv --out export.map.yaml")
def map_(
    site: SiteArgument,
    data: DataArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.", show_default="standard output")
    ] = None,
) -> None:
    """Propose a map of the columns by their names and units, with remarks, to be edited."""
    from hil.trend.propose import propose
    from hil.trend.source import open_source
    from twin.site import load_site

    text = propose(load_site(site), open_source(data), data.name).as_text()
    if out is None:
        typer.echo(text, nl=False)
        return
    from hil.report.place import write

    if out.exists():
        raise BadInput(f"{out}: exists already")
    write(out, text)
    typer.echo(f"{out}: now read it, and run hukka trend check {site} {data} --map {out}")


@app.command("check", epilog="Example: hukka trend check mantsala export.csv --map export.map.yaml")
def check(
    site: SiteArgument,
    data: DataArgument,
    map_file: MapOption = None,
    period: Annotated[str, typer.Option(help="Period of the twin.")] = "10s",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Hold measured data against the site: what is missing, stuck, in a wrong unit, swapped.

    Exit code 2 if something must be mended, or accepted in the map, before the data are used.
    """
    from hil.gate.interrupt import interruptible
    from hil.trend.report import report_of
    from hil.trend.trend import open_trend
    from twin.clock import parse_duration_s
    from twin.site import load_site

    try:
        period_ns = round(parse_duration_s(period) * 1e9)
    except ValueError:
        raise refuse("--period", period, "must be a time such as 10s") from None
    if not 1_000_000 <= period_ns <= 86_400_000_000_000:
        raise refuse("--period", period, "must be 1 ms to 1 day")
    with interruptible(), open_trend(load_site(site), data, map_file, period_ns) as trend:
        report = report_of(trend)
    if as_json:
        typer.echo(json.dumps(report.plain()))
    else:
        _tell(report)
    if report.to_mend:
        raise BadInput(f"{data}: {len(report.to_mend)} findings must be mended first")


@app.command("schema", epilog="Example: hukka trend schema > trend-map.schema.json")
def schema() -> None:
    """Print the JSON schema of a map, for editors."""
    from hil.trend.mapping import Map

    typer.echo(json.dumps(Map.model_json_schema(), indent=1, ensure_ascii=False))


def _tell(report: "Report") -> None:
    from rich.table import Table

    from hil.dashboard.console import Console

    console = Console(highlight=False)
    console.print(
        f"{report.data}: {report.what}; {report.rows} rows, {report.first} to {report.last};"
        f" {len(report.columns)} columns used",
        markup=False,
    )
    table = Table("", "kind", "column", "what")
    for f in report.findings:
        what = f.text + (f" ({f.since})" if f.since else "") + (f" -> {f.mend}" if f.mend else "")
        cells = (f.weight.value, f.kind, "\n".join(f.columns), what)
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    if report.findings:
        console.print(table)
    else:
        console.print("nothing found")


def refuse_bad(trend: "Trend") -> "Report":
    """Refuse data in which something has to be mended first; what was found of the others."""
    from hil.trend.report import report_of

    report = report_of(trend)
    if report.to_mend:
        first = report.to_mend[0]
        raise BadInput(
            f"{trend.file}: {first.place}{first.text}"
            f" ({len(report.to_mend)} findings: see hukka trend check)"
        )
    return report
