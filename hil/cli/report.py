"""`hukka report RUN`, `hukka report note RUN TEXT`, `hukka report compare A B`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.defaulted import with_default
from twin.errors import JudgementFailed, refuse

if TYPE_CHECKING:
    from hil.report.compare import Comparison

DEFAULT = "draw"
app = typer.Typer(
    name="report",
    cls=with_default(DEFAULT),
    help="Draw a run as one offline HTML file; note something, or compare two runs of procedures.",
    no_args_is_help=True,
    epilog="Example: hukka report runs/mantsala-20260115T060000Z",
)


@app.command(DEFAULT, epilog="Example: hukka report runs/mantsala-20260115T060000Z")
def draw(
    run: Annotated[Path, typer.Argument(help="Run folder of a bench or of procedures.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="HTML file.", show_default="RUN/report.html")
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Draw a PDF beside it too, under the same name.")
    ] = False,
) -> None:
    """Draw measured against predicted, or what procedures found, as one offline HTML file.

    A PDF that stands beside it already is drawn anew as well.
    """
    from hil.report import (
        is_commission,
        refuse_pdf,
        write_commission_report,
        write_pdf,
        write_report,
    )

    if out is not None and out.suffix == ".pdf":
        raise refuse("--out", str(out), "names the HTML file; --pdf draws the PDF beside it")
    if pdf:
        refuse_pdf()
    page = (write_commission_report if is_commission(run) else write_report)(run, out)
    typer.echo(str(page))
    if pdf:
        typer.echo(str(write_pdf(page)))
    else:
        _draw_again(page.with_suffix(".pdf"), page)


def _draw_again(target: Path, page: Path) -> None:
    """A PDF that says something else than the page beside it is none to be signed."""
    from hil.report import without_pdf, write_pdf

    if not target.exists():
        return
    if why := without_pdf():
        typer.echo(f"{target}: is of before and was not drawn anew: {why}", err=True)
    else:
        write_pdf(page)


@app.command(epilog="Example: hukka report note runs/monday 'Pipe lagged' --photo lag.jpg")
def note(
    run: Annotated[Path, typer.Argument(help="Run folder of procedures.")],
    text: Annotated[str, typer.Argument(help="What there is to say.")],
    block: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Block that it is about, as the report names it."),
    ] = None,
    photo: Annotated[
        list[Path] | None, typer.Option(help="JPEG or PNG; where it was taken is left out.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who says it.", show_default="the user")
    ] = None,
) -> None:
    """Add a note with photos to a run of procedures, and draw its report again."""
    from hil.report.remarks import add_remark

    add_remark(run, text, block=block or "", photos=photo or (), by=by or "")
    draw(run)


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
