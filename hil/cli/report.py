"""`hukka report RUN`."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka report runs/mantsala-20260115T060000Z")(report)


def report(
    run: Annotated[Path, typer.Argument(help="Run folder of a bench.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="HTML file.", show_default="RUN/report.html")
    ] = None,
) -> None:
    """Draw measured against predicted and the residuals as one offline HTML file."""
    from hil.report import write_report

    typer.echo(str(write_report(run, out)))
