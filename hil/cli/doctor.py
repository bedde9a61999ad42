"""`hukka doctor`: whether a machine and a site are ready for a monitor."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.clock import NS_PER_S
from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from hil.monitor.findings import Finding
    from hil.monitor.of_site import OfSite

_EXAMPLES = """Examples:

hukka doctor

hukka doctor mantsala --at hp_line=rtu:/dev/ttyUSB0 --links

hukka doctor /var/lib/hukka --json"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(doctor)


def doctor(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[SITE|DATA]", help="A site, or the data folder of a monitor."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Data folder to be.", show_default="DATA, or the working folder"),
    ] = None,
    learned: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="As of `hukka monitor`.",
            show_default="as the monitor of DATA was started",
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ADDRESS",
            help="Where links are, as of `hukka monitor`.",
            show_default="likewise",
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SIGNAL=VALUE", help="As of `hukka monitor`.", show_default="likewise"
        ),
    ] = None,
    neighbours: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="As of `hukka monitor`.",
            show_default="likewise, else neighbours.yaml of the data folder",
        ),
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Read every device once; nothing is written.")
    ] = False,
    page: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the page will be; port 0: a free one.",
            show_default="likewise, else 127.0.0.1:8470",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of words.")
    ] = False,
) -> None:
    """Say whether this machine, and a site, are ready to be monitored for years.

    Exit code 3 if something has to be mended.
    """
    from hil.monitor.findings import Finding, Weight
    from hil.monitor.machine_check import check_machine
    from hil.monitor.of_site import OfSite
    from hil.monitor.options import PAGE
    from hil.monitor.plant_check import check_data, check_site
    from hil.page.serving import place_of

    is_data = what is not None and (Path(what) / "weeks").is_dir()
    folder = (data or (Path(what) if is_data and what is not None else Path())).resolve()
    kept = list(check_data(folder)) if is_data or data is not None else []
    runs = any(f.what == "monitor" and f.text.startswith("runs") for f in kept)
    of: OfSite | None = None
    found: list[Finding] = []
    if is_data:
        of, found = _as_started(folder)
    elif what is not None:
        of = OfSite(what, what, NS_PER_S)
    if of is not None:
        of = replace(
            of,
            at=tuple(at or of.at),
            assumed=tuple(assume or of.assumed),
            page=page or of.page,
            learned=of.learned if learned is None else str(learned),
            neighbours=of.neighbours if neighbours is None else str(neighbours),
        )
    listens = (page or PAGE) if of is None else of.page
    place = None if listens is None else place_of(listens, None, None, "--page")
    port = None if runs or place is None else (place.host, place.port)
    found = [*check_machine(folder, port), *found]
    if of is not None:
        found += check_site(of, folder, ask=links)
        found += _of_neighbours(folder, of.neighbours)
    found += kept
    worst = [f for f in found if f.weight is Weight.BAD]
    if as_json:
        typer.echo(json.dumps({"ready": not worst, "findings": [f.plain() for f in found]}))
    else:
        for f in found:
            typer.echo(
                f"{f.weight.value:5} {f.what}: {f.text}" + (f" -> {f.help}" if f.help else "")
            )
    if worst:
        raise JudgementFailed(
            f"{len(worst)} {'thing' if len(worst) == 1 else 'things'} must be mended:"
            f" {', '.join(f.what for f in worst)}"
        )


def _as_started(folder: Path) -> "tuple[OfSite | None, list[Finding]]":
    """What the last monitor of `folder` was told, and how that is said."""
    from hil.monitor.findings import good, look
    from hil.monitor.of_site import read

    try:
        of = read(folder)
    except BadInput as error:
        return None, [look("site", str(error), "the next monitor on this folder notes it")]
    words = [f"--at {text}" for text in of.at] + [f"--assume {text}" for text in of.assumed]
    words += [] if of.learned is None else [f"--learned {of.learned}"]
    words += [] if of.neighbours is None else [f"--neighbours {of.neighbours}"]
    words += ["--no-page"] if of.page is None else []
    return of, [good("options", " ".join(words) or "none beside the site's own links")]


def _of_neighbours(folder: Path, named: str | None) -> "list[Finding]":
    from hil.monitor.findings import bad
    from hil.neighbours.settings import FILE, load_neighbours

    file = folder / FILE if named is None else Path(named)
    try:
        if named is not None and not file.exists():
            raise BadInput(f"{file}: no such file")
        load_neighbours(file)
    except BadInput as error:
        return [bad(file.name, str(error), "mend it: a monitor that starts unattended goes on")]
    return []
