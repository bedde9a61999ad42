"""`hukka data`: what a monitor has recorded: export, import, check."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from hil.historian.weeks import Weeks
    from hil.historian.weeks.check import WeekReport

app = typer.Typer(
    name="data", help="What a monitor has recorded: export, import, check.", no_args_is_help=True
)

DataArgument = Annotated[
    Path, typer.Argument(metavar="DATA", help="Data folder of a monitor; it holds weeks/.")
]


@app.command("export", epilog="Example: hukka data export data --from 2026-11-01 --out nov.parquet")
def export_(
    data: DataArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="New file, .parquet or .csv.")] = Path(
        "export.parquet"
    ),
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="First time, UTC.", show_default="all"),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Time before which it ends.", show_default="all"),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(metavar="KEY,...", help="Columns.", show_default="all"),
    ] = None,
    qualities: Annotated[
        bool, typer.Option("--qualities", help="Behind each column one with its qualities.")
    ] = False,
) -> None:
    """Write samples to a Parquet or CSV file: a row a time in UTC, a column a key, SI units.

    May run beside the monitor. Parquet has the unit of each column in its metadata.
    """
    from hil.historian.weeks.export import export
    from hil.historian.weeks.moments import parse_moment

    with _weeks(data) as weeks:
        first, last = weeks.span_ns() or (0, 0)
        span_ns = (
            first if begin is None else parse_moment(begin, "--from"),
            last + 1 if end is None else parse_moment(end, "--to"),
        )
        if begin is not None and end is not None and span_ns[1] <= span_ns[0]:
            raise BadInput(f"--to = {end!r}: must be after --from {begin!r}")
        wanted = [key.strip() for key in (keys or "").split(",") if key.strip()]
        count = export(weeks, out, wanted, span_ns, qualities)
        for problem in weeks.problems():
            typer.echo(f"left out: {problem}", err=True)
    typer.echo(f"{out}: {count} rows")


@app.command("import", epilog="Example: hukka data import data export.parquet")
def import_(
    data: DataArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What hukka data export wrote.")],
) -> None:
    """Append the samples of an exported file to a data folder, which is made if need be.

    No monitor may run on it, and the samples must be newer than those that are there.
    """
    from hil.historian.weeks.importing import import_file

    count = import_file(file, data / "weeks")
    typer.echo(f"{data / 'weeks'}: {count} rows added")


@app.command("check", epilog="Example: hukka data check data --json")
def check(
    data: DataArgument,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Read every sample of a data folder: is all of it whole, do roll-ups agree, what is missing.

    May run beside the monitor. Exit code 3 when something is broken; gaps are listed, not judged.
    """
    from hil.historian.weeks.check import check

    report = check(_folder(data), None if as_json else _tell)
    if as_json:
        typer.echo(json.dumps(report.plain()))
    else:
        for name in report.set_aside:
            typer.echo(f"{name}: broken, and set aside")
        gaps = _many(sum(len(week.gaps) for week in report.weeks), "gap")
        findings = _many(len(report.findings), "finding")
        typer.echo(f"{report.used_bytes / 1e6:.1f} MB, {gaps}, {findings}")
    if report.findings:
        raise JudgementFailed(f"{data}: {_many(len(report.findings), 'finding')}")


def _weeks(data: Path) -> "Weeks":
    from hil.historian.weeks import Weeks

    return Weeks(_folder(data))


def _folder(data: Path) -> Path:
    folder = data / "weeks"
    if not folder.is_dir():
        raise BadInput(f"{data}: not a data folder of a monitor, it holds no weeks/")
    return folder


def _tell(week: "WeekReport") -> None:
    from hil.historian.weeks.iso_week import stamp

    rows = ", ".join(f"{count} rows {stream}" for stream, count in week.rows.items())
    span = ""
    if week.first_ns is not None and week.last_ns is not None:
        span = f", {stamp(week.first_ns)} to {stamp(week.last_ns)}"
    typer.echo(f"{week.name}: {week.used_bytes / 1e6:.1f} MB, {rows or 'no rows'}{span}")
    for gap in week.gaps:
        seconds = (gap.to_ns - gap.from_ns) / 1e9
        typer.echo(f"  gap {stamp(gap.from_ns)}, {seconds:g} s: {gap.why}")
    for finding in week.findings:
        typer.echo(f"  broken: {finding}")


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
