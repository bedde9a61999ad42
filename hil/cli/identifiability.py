"""`hukka twin identifiability`: what the sensors of a site can see, before alarms are enabled."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.site import SiteArgument
from hil.cli.trend import MapOption
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.replay.moves import Period
    from hil.replay.watching import Watching
    from twin.diagnosis.learned import Learned
    from twin.diagnosis.settings import Window
    from twin.site.model import Site

PERIOD_NS = 10_000_000_000
"""Of the rows of the plant that is simulated [ns]."""
DAY_NS = 86_400_000_000_000


def identifiability(
    site: SiteArgument,
    learned: Annotated[
        Path | None,
        typer.Option(
            "--learned",
            metavar="FILE",
            help="What the twin has learned.",
            show_default="the bands of the site file",
        ),
    ] = None,
    window: Annotated[
        str, typer.Option("--window", help="Time within which a fault shall be found.")
    ] = "24h",
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="Measured data: CSV or Parquet file, or a run folder.",
            show_default="two simulated days",
        ),
    ] = None,
    map_file: MapOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Which faults the sensors of a site see, separate and size, and which sensor would help most.

    Without data the site's own plant is simulated for a winter and a summer day.
    """
    from hil.replay.identifiability import doubt_of, report_of
    from hil.replay.identifiability_page import plain
    from hil.replay.watching import Watching
    from twin.site import load_site

    loaded, chosen = load_site(site), _window(window)
    if map_file is not None and data is None:
        raise refuse("--map", map_file, "is for measured data: give --data too")
    known = _learned(loaded, learned)
    with _followed(loaded, chosen, data, map_file) as (watching, periods):
        doubt = doubt_of(loaded, watching, periods, chosen, known)
        report = report_of(loaded, watching, periods, doubt)
        found = plain(loaded, watching, report)
    ...
