"""`hukka doctor`: whether a machine and a site are ready for a monitor."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.errors import BadInput, JudgementFailed, refuse

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
        typer.Option(metavar="NAME=ADDRESS", help="Where links are, as of `hukka monitor`."),
    ] = None,
    assume: Annotated[
        list[str] | None, typer.Option(metavar="SIGNAL=VALUE", help="As of `hukka monitor`.")
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Read every device once; nothing is written.")
    ] = False,
    page: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the page will be.")] = (
        "127.0.0.1:8470"
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of words.")
    ] = False,
) -> None:
    """Say whether this machine, and a site, are ready to be monitored for years.

    Exit code 3 if something has to be mended.
    """
    from hil.monitor import of_site
    from hil.monitor.findings import Weight, look
    from hil.monitor.machine_check import check_machine
    from hil.monitor.plant_check import check_data, check_site

    host, colon, port = page.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise refuse("--page", page, "must be HOST:PORT")
    is_data = what is not None and (Path(what) / "weeks").is_dir()
    folder = data or (Path(what) if is_data and what is not None else Path())
    site = what
    kept = list(check_data(folder.resolve())) if is_data or data is not None else []
    runs = any(f.what == "monitor" and f.text.startswith("runs") for f in kept)
    found = list(check_machine(folder.resolve(), None if runs else (host.strip("[]"), int(port))))
    if is_data and what is not None:
        try:
            site = of_site.read(Path(what)).site
        except BadInput as error:
            site = None
            found.append(look("site", str(error), "the next monitor on this folder notes it"))
    if site is not None:
        found += check_site(site, at or (), assume or (), ask=links)
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
