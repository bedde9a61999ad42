"""`hukka site`: sites to and from SSP files, and their public figures as checks."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.bench import data_folder
from hil.cli.site import SiteArgument
from hil.cli.unconfined import UnconfinedOption, said
from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hil.bench.figures import Checked

app = typer.Typer(
    name="site", help="Exchange sites with other tools, check their figures.", no_args_is_help=True
)


@app.command("export", epilog="Example: hukka site export mantsala mantsala.ssp")
def export(
    site: SiteArgument,
    file: Annotated[Path, typer.Argument(help="The .ssp file to write.")],
    all_parameters: Annotated[
        bool,
        typer.Option("--all-parameters", help="Every parameter of the FMUs, not only those set."),
    ] = False,
) -> None:
    """Write a site with its FMUs as one SSP file."""
    from twin.site import load_site
    from twin.ssp import export_site

    found = load_site(site)
    export_site(found, file, all_parameters=all_parameters)
    size = file.stat().st_size / 1e3
    typer.echo(f"{file}: {found.site}, {len(found.plant.parts)} FMUs, {size:.0f} kB")


@app.command("import", epilog="Example: hukka site import mantsala.ssp --out my_site")
def import_(
    file: Annotated[Path, typer.Argument(help="An .ssp file, ours or another's.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder to make.", show_default="the file's name without .ssp"),
    ] = None,
) -> None:
    """Make the folder of a site from an SSP file; then `hukka check` it."""
    from twin.ssp import import_site

    folder = out or Path(file.stem)
    for note in import_site(file, folder):
        typer.echo(note)
    typer.echo(f"{folder / 'site.yaml'}: now run `hukka check {folder}`")


@app.command("figures", epilog="Example: hukka site figures mantsala")
def figures(
    site: SiteArgument,
    unconfined: UnconfinedOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Hold a site's public figures against runs of its virtual bench.

    Exit code 3 when a figure is off by more than it allows and its site file does not explain why.
    """
    from hil.bench.figures import check_site_figures
    from hil.bench.inside import inside
    from twin.site import load_site

    found = load_site(site)
    if not found.figures.checks:
        raise BadInput(f"{found.document.path.name}: names no figures under 'figures.checks'")
    data = data_folder()

    def run() -> dict[str, Any]:
        checked = check_site_figures(
            found, Path(data) if data else None, lambda text: typer.echo(f"hukka: {text}", err=True)
        )
        figures = {v.name: v.plain() for v in checked.verdicts}
        return {"figures": figures, "runs": checked.runs, "lines": list(_lines(checked)),
                "off": checked.off}  # fmt: skip

    checked = inside(found, run, said, unconfined, [data])
    lines, off = checked.pop("lines"), checked.pop("off")
    for line in [json.dumps({"site": found.site, **checked})] if as_json else lines:
        typer.echo(line)
    if off:
        raise JudgementFailed(f"{found.site}: off and not explained: {', '.join(off)}")


def _lines(checked: "Checked") -> "Iterator[str]":
    """One row a figure, below it why it is off; then what each run says of itself."""
    for v in checked.verdicts:
        of = f"{v.simulated:.4g}"
        told = "assumed" if v.figure.assumed else "public"
        yield (
            f"{v.name:24} {told:7} {v.figure.public!s:>16}  simulated {of:>8}"
            f"  ratio {v.figure.ratio(v.simulated):5.3f}  within {v.figure.within!s:6}  {v.word}"
        )
        if v.word == "explained":
            yield f"{'':24} {v.figure.explained}"
    for name, run in checked.runs.items():
        outside = ", ".join(run["outside_validity"]) or "none"
        yield (
            f"{name}: balance error {run['balance_error'] or 0.0:.1e}, kept in store"
            f" {run['stored_share'] or 0.0:+.2%}, outside validity: {outside}"
        )
