"""`hukka report RUN`, `hukka report compare A B`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.defaulted import with_default
from twin.errors import JudgementFailed

if TYPE_CHECKING:
    from hil.report.compare import Comparison

DEFAULT = "draw"
app = typer.Typer(
    name="report",
    cls=with_default(DEFAULT),
    help="Draw a run as one offline HTML file, or compare two runs of procedures.",
    no_args_is_help=True,
    epilog="Example: hukka report runs/mantsala-20260115T060000Z",
)


@app.command(DEFAULT, epilog="Example: hukka report runs/mantsala-20260115T060000Z")
def draw(
    run: Annotated[Path, typer.Argument(help="Run folder of a bench or of procedures.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="HTML file.", show_default="RUN/report.html")
    ] = None,
) -> None:
    """Draw measured against predicted, or what procedures found, as one offline HTML file."""
    from hil.report import is_commission, write_commission_report, write_report

    drawn = write_commission_report if is_commission(run) else write_report
    typer.echo(str(drawn(run, out)))


@app.command(epilog="Example: hukka report compare runs/monday runs/tuesday")
def compare(
    before: Annotated[Path, typer.Argument(help="Run folder of procedures.")],
    after: Annotated[Path, typer.Argument(help="The later one.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what changed between two runs of procedures; exit code 3 if a verdict is worse."""
    from hil.report.compare import compare as compared

    found = compared(before, after)
    if as_json:
        typer.echo(json.dumps(found.plain(), sort_keys=True))
    else:
        _tell(found)
    if found.worse:
        raise JudgementFailed(f"{found.worse} verdicts are worse than before")


def _tell(found: "Comparison") -> None:
    for line in found.identity:
        typer.echo(f"of        {line}")
    for change in found.verdicts:
        words = f"{change.before or 'not run'} → {change.after or 'not run'}"
        typer.echo(f"verdict   {change.key}: {words}  {change.why}".rstrip())
    for change in found.findings:
        typer.echo(f"found     {change.key}: {change.why}")
    typer.echo(f"the same  {found.same} blocks")
