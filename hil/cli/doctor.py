"""`hukka doctor`: whether a machine and a site are ready for a monitor."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from hil.monitor.findings import Finding

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
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ADDRESS",
            help="Where links are, as of `hukka monitor`.",
            show_default="as the monitor of DATA was started",
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SIGNAL=VALUE", help="As of `hukka monitor`.", show_default="likewise"
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
    from hil.monitor import of_site
    from hil.monitor.findings import Weight, good, look
    from hil.monitor.machine_check import check_machine
    from hil.monitor.options import PAGE
    from hil.monitor.plant_check import check_data, check_site
    from hil.page.serving import place_of

    is_data = what is not None and (Path(what) / "weeks").is_dir()
    folder = data or (Path(what) if is_data and what is not None else Path())
    kept = list(check_data(folder.resolve())) if is_data or data is not None else []
    runs = any(f.what == "monitor" and f.text.startswith("runs") for f in kept)
    site, found = what, []
    if is_data and what is not None:
        try:
            known = of_site.read(Path(what))
        except BadInput as error:
            site = None
            found.append(look("site", str(error), "the next monitor on this folder notes it"))
        else:
            site, at, assume = known.site, at or [*known.at], assume or [*known.assumed]
            page = page or known.page
            words = [*(f"--at {text}" for text in at), *(f"--assume {text}" for text in assume)]
            found.append(good("options", " ".join(words) or "none beside the site's own links"))
    place = place_of(page or PAGE, None, None, "--page")
    found = [*check_machine(folder.resolve(), None if runs else (place.host, place.port)), *found]
    if site is not None:
        found += check_site(site, at or (), assume or (), folder.resolve(), ask=links)
        found += _of_neighbours(folder / "neighbours.yaml")
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


def _of_neighbours(file: Path) -> "list[Finding]":
    from hil.monitor.findings import bad
    from hil.neighbours.settings import load_neighbours

    try:
        load_neighbours(file)
    except BadInput as error:
        return [bad(file.name, str(error), "mend it: a monitor that starts unattended goes on")]
    return []
