"""`hukka site`: sites to and from SSP files, the exchange format of other simulation tools."""

from pathlib import Path
from typing import Annotated

import typer

from hil.cli.site import SiteArgument

app = typer.Typer(name="site", help="Exchange sites with other tools.", no_args_is_help=True)


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
