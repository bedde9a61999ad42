"""`hukka screen`: the page on a terminal."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput

if TYPE_CHECKING:
    from hil.page.screen.feed import Feed


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka screen https://plant.example:8470 --user anna")(screen)


def screen(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Run folder, data folder of a monitor, or URL of a page."
        ),
    ],
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="User of the page; its password is asked.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Who signed the page's certificate.", show_default="the system's"
        ),
    ] = None,
) -> None:
    """Show plant, alarms, evidence and health on this terminal: over SSH, keyboard only.

    Alarms can be acknowledged and shelved where DATA is the URL of a monitor's page. The password
    comes from HUKKA_PASSWORD, if that is set.
    """
    from hil.page.screen.app import PlantScreen

    feed = _feed(data, user, ca)
    PlantScreen(feed, feed.site()).run()


def _feed(data: str, user: str | None, ca: Path | None) -> "Feed":
    if "://" not in data:
        from hil.gate.audit import user_name
        from hil.page.opened import open_source
        from hil.page.screen.feed import FolderFeed

        if user is not None or ca is not None:
            raise BadInput("--user and --ca go with a URL: a folder asks nobody")
        return FolderFeed(open_source(Path(data)), user_name())
    from hil.page.screen.feed import PageFeed

    feed = PageFeed(data, ca)
    if user is not None:
        password = os.environ.get("HUKKA_PASSWORD")
        feed.login(user, password or str(typer.prompt("Password", hide_input=True)))
    elif feed.needs_login():
        raise BadInput(f"{data}: give --user: the page wants to know who asks")
    return feed
