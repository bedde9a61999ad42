"""Who is on site when procedures run, and what opens the gate before real controllers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from twin.errors import refuse

if TYPE_CHECKING:
    from hil.commissioning.by_hand import Hands
    from hil.commissioning.guard import Guard
    from twin.site import Site


def hands_of(by: str | None, instruments: Path | None) -> "Hands":
    """Who answers questions, with which instruments."""
    from hil.commissioning.by_hand import Hands
    from hil.commissioning.instruments import load_instruments
    from hil.commissioning.operator import AtTerminal, Nobody

    known = {} if instruments is None else load_instruments(instruments)
    if by is None:
        return Hands(Nobody(), known)
    if not by.strip():
        raise refuse("--by", by, "say who is on site")
    if sys.stdin is None:
        raise refuse("--by", by, "cannot answer: there is no standard input")
    return Hands(AtTerminal(by.strip()), known)


def guard_of(site: "Site", phrase: str | None) -> "Guard | None":
    """The gate before the real controllers of a site; None where it has none."""
    from hil.cli.io.common import say
    from hil.commissioning.cabinets import cabinets_of
    from hil.commissioning.guard import Guard
    from hil.gate import default_folder

    cabinets = cabinets_of(site)
    if not cabinets:
        return None
    if phrase is None and sys.stdin is not None and sys.stdin.isatty():
        typer.echo(
            f"hukka: readings and settings of {', '.join(cabinets)} will be changed", err=True
        )
        phrase = typer.prompt(f"Type {site.site!r} to go on", err=True)
    if phrase is None or phrase.strip() != site.site:
        raise refuse("--phrase", phrase or "", f"must be {site.site!r}: it moves {cabinets[0]}")
    return Guard(default_folder(), site.site, live=True, say=say)
