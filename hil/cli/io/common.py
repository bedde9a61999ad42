"""What the commands of `hukka io` have in common: arguments, refusals, tables, durations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table

from hil.dashboard.console import Console
from twin.clock import NS_PER_S, parse_duration_s
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.io.selection import Selection
    from hil.links.link import Link
    from hil.links.low_latency import Latency

LinkArgument = Annotated[
    str,
    typer.Argument(
        metavar="LINK",
        help="tcp://HOST[:PORT], tls://HOST[:PORT], rtutcp://HOST:PORT,"
        " rtu:PATH?baud=19200&parity=E&stop=1, or SITE.LINK.",
    ),
]
RangesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RANGE...", help="TABLE:ADDRESS[:COUNT[:TYPE[:ORDER]]], from 0: hr:40:10."
    ),
]
UnitOption = Annotated[int, typer.Option(min=0, max=255, help="Modbus unit id.")]
MapOption = Annotated[Path | None, typer.Option("--map", metavar="MAP", help="Register map.")]
PointsOption = Annotated[
    list[str] | None,
    typer.Option("--point", metavar="NAME", help="Only this point of the map; more than once."),
]
TimeoutOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="How long an answer may take.", show_default="300ms, 500ms"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]

_LONGEST_S = 10 * 365 * 86_400.0


def selection_of(ranges: list[str] | None, map_: Path | None, points: list[str]) -> "Selection":
    """What is to be read: ranges, or points of a map."""
    from hil.io.selection import of_map, of_ranges

    if bool(ranges) == (map_ is not None):
        raise BadInput("give either ranges such as hr:100:10, or --map MAP")
    if map_ is not None:
        return of_map(map_, points)
    if points:
        raise BadInput("--point goes with --map MAP")
    return of_ranges(ranges or ())


def seconds(option: str, text: str | None) -> float | None:
    """A duration [s]; None stays None."""
    if text is None:
        return None
    try:
        found = parse_duration_s(text)
    except ValueError:
        raise refuse(option, text, "must be a duration such as 300ms, 10s or 2m") from None
    if not 0 < found <= _LONGEST_S:
        raise refuse(option, text, "must be longer than nothing, and at most 10 years")
    return found


def nanoseconds(option: str, text: str) -> int:
    """A duration [ns]."""
    return round((seconds(option, text) or 0.0) * NS_PER_S)


def console() -> Console:
    """Where tables go: as wide as the terminal, 80 columns elsewhere."""
    return Console(highlight=False, markup=False, emoji=False)


def show(shown: RenderableType) -> None:
    """Print a table or a text, without the blanks that a table leaves at the ends of its lines."""
    screen = console()
    with screen.capture() as captured:
        screen.print(shown)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def say(text: str) -> None:
    """A remark beside the result, so that the result alone can go into a pipe."""
    typer.echo(f"hukka: {text}", err=True)


def say_latency(latency: "Latency") -> None:
    """That an adapter holds replies back; nothing of one that does not."""
    if latency.delays:
        say(latency.text)


def say_line(link: "Link", *others: object) -> None:
    """What there is to say of a line when it was used: its counters, and a slow adapter."""
    from hil.io.remarks import remarks

    for sentence in remarks(link, *others):
        say(sentence)


def line_counts(link: "Link") -> dict[str, Any]:
    """The same for JSON: `counters`, where there are any."""
    from hil.links.counters import counted

    counts = counted(link)
    return {"counters": counts} if counts else {}


def table(*columns: tuple[str, dict[str, Any]]) -> Table:
    """A table without frames: every column is its title and its options."""
    found = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for title, options in columns:
        found.add_column(title, **options)
    return found


def number(value: float | str | None) -> str:
    """A value for a person: seven digits at most, and a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return repr(value)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.7g}"


def duration(seconds: float) -> str:
    """A duration [s] as people say it."""
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
