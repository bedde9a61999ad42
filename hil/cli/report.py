"""`hukka report RUN`."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka report runs/mantsala-20260115T060000Z")(report)


def report(
    run: Annotated[Path, typer.Argument(help="Run folder of a bench or of procedures.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="HTML file.", show_default="RUN/report.html")
    ] = None,
) -> None:
    """Draw measured against predicted, or what procedures found, as one offline HTML file."""
    from hil.report import is_commission, write_commission_report, write_report

    draw = write_commission_report if is_commission(run) else write_report
    typer.echo(str(draw(run, out)))
