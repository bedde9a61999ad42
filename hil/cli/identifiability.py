"""`hukka twin identifiability`: what the sensors of a site can see, before alarms are enabled."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.site import SiteArgument
from hil.cli.trend import MapOption, refuse_bad
from hil.cli.unconfined import UnconfinedOption, said
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.replay.moves import Period
    from hil.replay.watching import Watching
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
            help="Measured data: CSV or Parquet file, run folder, or data folder of a monitor.",
            show_default="two simulated days",
        ),
    ] = None,
    map_file: MapOption = None,
    unconfined: UnconfinedOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Which faults the sensors of a site see, separate and size, and which sensor would help most.

    Without data the site's own plant is simulated for a winter and a summer day.
    """
    import hil.bench.direct.seasons  # noqa: F401 - finds its machine code before it is shut in
    from hil.bench.inside import inside
    from hil.replay.calibrated import as_learned
    from hil.replay.identifiability import doubt_of, report_of
    from hil.replay.identifiability_page import advice, plain
    from hil.replay.known import known_of
    from hil.replay.watching import Watching
    from hil.trend.trend import load_readers
    from twin.site import load_site

    load_readers()
    loaded, chosen = load_site(site), _window(window)
    if map_file is not None and data is None:
        raise BadInput("--map: is the map of measured data; give --data too")
    modelled = loaded if learned is None else as_learned(loaded, learned)

    def work() -> dict[str, Any]:
        with Watching(modelled, PERIOD_NS, carry=True) as watching:
            known = None if learned is None else known_of(watching, learned)
            length_ns = min(chosen.length_ns, DAY_NS)
            if data is None:
                periods = _simulated(loaded, watching, length_ns)
            else:
                periods = [_measured(loaded, watching, data, map_file, length_ns)]
            doubt = doubt_of(loaded, watching, periods, chosen, known)
            report = report_of(loaded, watching, periods, doubt)
            return {"plain": plain(loaded, watching, report), "advice": advice(loaded, report)}

    found = inside(loaded, work, said, unconfined, [data, map_file, learned])
    if as_json:
        typer.echo(json.dumps(found["plain"], allow_nan=False))
    else:
        _tell(found["plain"], found["advice"])


def _window(text: str) -> "Window":
    from twin.clock import parse_duration_s
    from twin.diagnosis.settings import WINDOWS

    known = [w for w in WINDOWS if not w.against]
    try:
        length_ns = round(parse_duration_s(text) * 1e9)
    except ValueError:
        raise refuse("--window", text, "must be a time such as 24h") from None
    for window in known:
        if window.length_ns == length_ns:
            return window
    names = ", ".join(w.name for w in known)
    raise refuse("--window", text, f"the diagnosis has windows of {names}")


def _simulated(site: "Site", watching: "Watching", length_ns: int) -> "list[Period]":
    from hil.bench.direct.seasons import season_rows
    from hil.replay.moves import period_of

    days = season_rows(site, PERIOD_NS)
    return [period_of(watching, name, rows, length_ns) for name, rows in days.items()]


def _measured(
    site: "Site", watching: "Watching", data: Path, map_file: Path | None, length_ns: int
) -> "Period":
    from hil.replay.moves import period_of
    from hil.trend.trend import open_trend

    with open_trend(site, data, map_file, PERIOD_NS) as trend:
        refuse_bad(trend)
        return period_of(watching, data.name, trend.blocks(), length_ns)


def _tell(found: dict[str, Any], advice: str) -> None:
    from rich.table import Table

    from hil.dashboard.console import Console

    console = Console(highlight=False)
    for part in dict.fromkeys(fault["part"] for fault in found["faults"]):
        table = Table("fault", "full", "seen from", "sd", "seen", title=part, title_justify="left")
        table.add_column("cannot be told from, or why it is not seen", overflow="fold")
        for fault in found["faults"]:
            if fault["part"] == part:
                table.add_row(*_line(fault))
        console.print(table)
    days = ", ".join(found["periods"])
    said = (
        f"Window {found['window']}, uncertainty from the {_SOURCE[found['uncertainty']]}; {days}."
    )
    console.print(f"{said} {advice}", markup=False)


_SOURCE = {"bands": "bands of the site file", "learned": "commissioning"}
_SEEN = {"half": "at half size", "full": "at full size", "no": "no"}


def _line(fault: dict[str, Any]) -> tuple[str, ...]:
    own = f"{fault['part']}."
    unit = "" if fault["unit"] == "-" else f" {fault['unit']}"
    at = [name for name, period in fault["periods"].items() if period["seen"] != "no"]
    when = "" if len(at) in (0, len(fault["periods"])) else f", {' and '.join(at)} only"
    if fault["seen"] == "no":
        more = "; ".join(
            why if len(fault["periods"]) == 1 else f"{name}: {why}"
            for name, period in fault["periods"].items()
            if (why := period["why"])
        )
    else:
        more = ", ".join(name.removeprefix(own) for name in fault["group"])
    return (
        fault["fault"].removeprefix(own),
        f"{fault['full']:.3g}{unit}",
        _short(fault["smallest"]),
        _short(fault["deviation"]),
        _SEEN[fault["seen"]] + when,
        more,
    )


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
