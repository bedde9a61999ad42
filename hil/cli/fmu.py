"""`hukka fmu`: build, check and describe FMUs. The only door to the exporter in `fmus/`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.errors import BadInput

app = typer.Typer(name="fmu", help="Build, check and describe FMUs.", no_args_is_help=True)

BuiltOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for the .fmu files.", show_default="fmus/built")
]


@app.command(epilog="Example: hukka fmu build --site espoo")
def build(
    models: Annotated[list[str] | None, typer.Argument(help="Models; all without any.")] = None,
    site: Annotated[
        str | None,
        typer.Option(help="Build what this site's `structure` asks for, into its folder."),
    ] = None,
    all_platforms: Annotated[
        bool, typer.Option("--all-platforms", help="Linux, Windows and macOS in one file.")
    ] = False,
    out: BuiltOption = None,
) -> None:
    """Compile the plant models to FMI 2.0 and 3.0; what is up to date is left alone.

    Without models or a site: all models, and all that the reference sites ask for.
    """
    from fmus.export import BUILT, MODELS
    from fmus.export.compile import PLATFORMS, native_platform
    from twin.errors import unknown
    from twin.site import list_sites

    if site is not None and models:
        raise BadInput("hukka fmu build: give models or --site, not both")
    for name in models or ():
        if name not in MODELS:
            raise unknown("hukka fmu build", "model", name, MODELS)
    platforms = tuple(PLATFORMS) if all_platforms else (native_platform(),)
    typer.echo(f"plant models for {', '.join(platforms)} (compiled once, then cached)")
    if site is None:
        for name in models or MODELS:
            _tell(_built(name, out or BUILT, platforms))
    if not models:
        for name in [site] if site is not None else list_sites():
            _build_site(name, out, platforms)


def _build_site(name: str, out: Path | None, platforms: Sequence[str]) -> None:
    """Each part of a site that has a structure; nothing is compiled before all are right."""
    from pydantic import ValidationError

    from fmus.export.models import structure_type
    from twin.site import load_site
    from twin.site.mistakes import Mistake, explain, raise_all

    site = load_site(name)
    wanted, mistakes = {}, list[Mistake]()
    for part, declared in site.plant.parts.items():
        if not declared.structure:
            continue
        kind = structure_type(declared.fmu, site.document.place("plant", "parts", part, "fmu"))
        try:
            wanted[part] = kind.model_validate(declared.structure, context={"folder": site.folder})
        except ValidationError as error:
            at = ("plant", "parts", part, "structure")
            mistakes += explain(error, site.document, kind, at)
    raise_all(mistakes)
    for part, structure in wanted.items():
        path = site.fmu_path(part)
        model, folder = site.plant.parts[part].fmu, out or path.parent
        _tell(_built(model, folder, platforms, structure=structure, stem=path.stem))


def _built(model: str, folder: Path, platforms: Sequence[str], **more: Any) -> list[Path]:  # noqa: ANN401
    """FMUs of `model` in `folder`; one that takes no files is refused with its name."""
    from fmus.export import build_named

    try:
        return build_named(model, folder, platforms=platforms, **more)
    except OSError as error:
        where = error.filename or folder
        raise BadInput(f"{where}: cannot be written: {error.strerror or error}") from None


def _tell(paths: Sequence[Path]) -> None:
    for path in paths:
        typer.echo(f"  {path.name}: {path.stat().st_size / 1e3:.0f} kB")


@app.command(epilog="Example: hukka fmu check fmus/built/HeatPump.fmu")
def check(
    file: Annotated[Path, typer.Argument(help="An .fmu file, ours or another's.")],
    unconfined: Annotated[
        bool,
        typer.Option("--unconfined", help="Leave files, network and programs open to its code."),
    ] = False,
) -> None:
    """Validate an FMU; exit code 3 when something is wrong with it, notes do not count."""
    from fmus.export.check import check_fmu
    from twin.errors import BadInput, JudgementFailed

    if not file.is_file():
        raise BadInput(f"{file}: not there, or not a file")
    findings = check_fmu(file, unconfined=unconfined)
    for finding in findings:
        typer.echo(f"{file.name}: {finding}")
    count = sum(not finding.is_note for finding in findings)
    if count:
        raise JudgementFailed(f"{file}: {count} finding{'s' if count > 1 else ''}")
    typer.echo(f"{file.name}: no findings")


@app.command(epilog="Example: hukka fmu info fmus/built/HeatPump.fmu --json")
def info(
    file: Annotated[Path, typer.Argument(help="An .fmu file, ours or another's.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say what an FMU is: versions, platforms, variables with units."""
    from fmus.export.check import info as describe

    found = describe(file)
    if as_json:
        typer.echo(json.dumps(found))
        return
    from rich.table import Table

    from hil.dashboard.console import Console

    console = Console()
    for key, value in found.items():
        match value:
            case str() | int() | float():
                console.print(f"{key:>16}  {value}", highlight=False, soft_wrap=True)
            case [str(), *_]:
                console.print(f"{key:>16}  {', '.join(value)}", highlight=False, soft_wrap=True)
    for group in ("inputs", "outputs", "parameters"):
        columns = ("name", "type", "unit", "start", "min", "max", "meaning")
        table = Table(*columns, title=group, box=None)
        for variable in found[group]:
            cells = [variable[key] for key in columns[:-1]]
            tunable = " (tunable)" if variable["tunable"] else ""
            table.add_row(*(c or "" for c in cells), variable["description"] + tunable)
        console.print(table)
