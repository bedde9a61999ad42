"""`hukka io watch LINK`: a live table of a map's points, or of an address in every order."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    MapOption,
    PointsOption,
    RangesArgument,
    TimeoutOption,
    UnitOption,
    console,
    nanoseconds,
    number,
    say,
    say_line,
    seconds,
    selection_of,
    table,
)
from hil.cli.io.read import plain, verdict
from hil.gate.interrupt import Interrupted, interruptible
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.io.line_watch import LineWatch
    from hil.io.orders import Candidate
    from hil.io.read import Row
    from hil.io.selection import Selection
    from hil.io.watched import Look, Watch
    from twin.registers import RegisterMap

_EXAMPLES = """Examples:

hukka io watch tcp://192.168.1.5 --map heat_pump.csv

hukka io watch tcp://192.168.1.5 hr:100 --expect 20..90

hukka io watch 'rtu:/dev/ttyUSB0?baud=9600' --device 3=heat_pump.csv --device 7=meter.csv"""

_MOST_REASONS = 8
"""Reasons below a live table, so that it stays in sight [-]."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(watch)


def watch(
    link: LinkArgument,
    ranges: RangesArgument = None,
    unit: UnitOption = 1,
    map_: MapOption = None,
    points: PointsOption = None,
    devices: Annotated[
        list[str] | None,
        typer.Option(
            "--device",
            metavar="UNIT=MAP",
            help="A unit of the line with its map, polled as that says; more than once.",
        ),
    ] = None,
    every: Annotated[str, typer.Option(metavar="TIME", help="From one look to the next.")] = "1s",
    count: Annotated[
        int | None, typer.Option(min=1, help="Looks.", show_default="until Ctrl-C")
    ] = None,
    for_: Annotated[
        str | None,
        typer.Option("--duration", metavar="TIME", help="How long.", show_default="until Ctrl-C"),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(metavar="LOW..HIGH", help="Where the value is known to be, such as 20..90."),
    ] = None,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Watch points of a map, ranges of a type, or an address in every type and byte order.

    A range without a type (`hr:100`, `hr:100:8`) is shown as every number that may begin at its
    addresses, those that can be meant marked: within reason or `--expect`, and changing smoothly.
    Several units (`--device`) share the line by the `poll` of their points.
    """
    from hil.io.line_watch import LineWatch, devices_of
    from hil.io.watched import Watch
    from hil.links.address import open_link, parse_address
    from twin.clock import NS_PER_S, WallClock

    if devices and (ranges or map_ or points):
        raise BadInput("--device goes without ranges, --map and --point")
    units = devices_of(devices or ())
    if not units:
        _check(ranges, map_)
    period_ns = nanoseconds("--every", every)
    left = count if for_ is None else max(1, nanoseconds("--duration", for_) // period_ns)
    if count is not None and for_ is not None:
        raise BadInput("give either --count or --duration")
    raw = bool(ranges) and all(text.count(":") < 3 for text in ranges or ())
    expected = _expected(expect)
    selection = None if units or raw else selection_of(ranges, map_, points or [])
    address = parse_address(link)
    opened = open_link(address, _timeout_s(timeout, selection, units))
    clock = WallClock()
    watched: Watch | LineWatch
    if units:
        watched = LineWatch(opened, units, address.cost, clock, period_ns)
        if watched.overload is not None:
            say(f"the polls ask for {watched.overload:.0%} of the line's time: some come late")
    elif selection is None:
        watched = Watch.of_addresses(opened, unit, ranges or [], address.cost, expected)
    else:
        watched = Watch.of(opened, unit, selection, address.cost)
    who = ", ".join(map(str, units or [unit]))
    title = f"{link} unit {who}, every {period_ns / NS_PER_S:g} s"
    with interruptible(), _Shown(title, as_json) as show:
        try:
            while left is None or watched.looks < left:
                clock.wait_until(watched.looks * period_ns)  # several units: polled until then
                show(watched.look())
        except Interrupted:
            if count is not None or for_ is not None:
                raise
        finally:
            opened.close()
    if isinstance(watched, LineWatch):
        for late in watched.late:
            say(f"late: {late}")
        say_line(opened, *watched.devices)
    else:
        say_line(opened)
    _end(watched, raw)


def _end(watched: "Watch | LineWatch", raw: bool) -> None:
    look = watched.last
    if look is None:
        return
    if not raw and (failure := verdict(look.rows)) is not None:
        raise failure
    if raw and not look.candidates and (failure := verdict(look.rows)) is not None:
        raise failure


def _check(ranges: list[str] | None, map_: Path | None) -> None:
    if bool(ranges) == (map_ is not None):
        raise BadInput("give either ranges such as hr:100, or --map MAP")
    typed = [text for text in ranges or () if text.count(":") >= 3]
    if typed and len(typed) != len(ranges or ()):
        raise BadInput("ranges with a type and ranges without one are watched apart")


def _timeout_s(
    option: str | None, selection: "Selection | None", units: "Mapping[int, RegisterMap]"
) -> float | None:
    """How long an answer may take [s]: as the option says, else the maps, the slowest of them."""
    if option is not None:
        return seconds("--timeout", option)
    if selection is not None:
        return selection.timeout_s
    return max((device.header.timeout for device in units.values()), default=None)


def _expected(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    low, dots, high = text.partition("..")
    try:
        found = float(low), float(high)
    except ValueError:
        raise refuse("--expect", text, "must be LOW..HIGH, such as 20..90") from None
    if not dots or not found[0] < found[1]:
        raise refuse("--expect", text, "must be LOW..HIGH, such as 20..90")
    return found


class _Shown:
    """Looks as they come: a live table on a terminal, lines or JSON elsewhere."""

    def __init__(self, title: str, as_json: bool) -> None:
        self._title = title
        self._as_json = as_json
        self._live: Any = None

    def __enter__(self) -> Callable[["Look"], None]:
        if self._as_json:
            return lambda look: typer.echo(json.dumps(_plain(look)))
        if not sys.stdout.isatty():
            return lambda look: typer.echo("\n".join(_lines(look)))
        from rich.live import Live

        self._live = Live(console=console(), auto_refresh=False, transient=False)
        self._live.start()
        return lambda look: self._live.update(render(self._title, look), refresh=True)

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()


def render(title: str, look: "Look") -> RenderableType:
    """One look as a picture."""
    head = Text(f"{title}, look {look.number}, {look.t:%H:%M:%S} UTC", style="bold")
    parts: list[RenderableType] = [head]
    if look.candidates:
        parts += [_grid(place, found) for place, found in look.candidates.items()]
    else:
        parts.append(_values(look.rows))
    failed = [row for row in look.rows if row.failed]
    parts += [Text(f"{row.point.name}: {row.why}") for row in failed[:_MOST_REASONS]]
    return Group(*parts)


def _values(rows: Sequence["Row"]) -> RenderableType:
    found = table(("name", {}), ("value", {"justify": "right"}), ("unit", {}), ("quality", {}))
    for row in rows:
        value = f"{number(row.value)} {row.meaning}".rstrip()
        unit = "" if row.point.unit == "-" else row.point.unit
        style = "red" if row.failed else ""
        found.add_row(row.point.name, value, unit, row.quality.name, style=style)
    return found


def _grid(place: str, found: Sequence["Candidate"]) -> RenderableType:
    """Types downwards, orders across; `*` and bold where the number can be meant."""
    orders = sorted(dict.fromkeys(c.reading.order for c in found))
    grid = table((place, {"no_wrap": True}), *((o, {"justify": "right"}) for o in orders))
    for kind in dict.fromkeys(c.reading.kind for c in found):
        cells = {c.reading.order: c for c in found if c.reading.kind == kind}
        grid.add_row(kind, *(_cell(cells.get(order)) for order in orders))
    return grid


def _cell(candidate: "Candidate | None") -> Text:
    if candidate is None:
        return Text("")
    text = number(candidate.value) if candidate.value is None else f"{candidate.value:.6g}"
    return Text(text, style="dim") if candidate.against else Text(f"*{text}", style="bold green")


def _lines(look: "Look") -> list[str]:
    """One look as lines: of an address only what can be meant."""
    t = f"{look.t:%H:%M:%S}"
    if not look.candidates:
        return [
            f"{t} {r.point.name:24} {number(r.value):>14} {r.point.unit:8} {r.quality.name}"
            f" {r.why}".rstrip()
            for r in look.rows
        ]
    return [
        f"{t} {place:9} {c.reading.kind:8} {c.reading.order} {number(c.value)}"
        for place, found in look.candidates.items()
        for c in found
        if not c.against
    ]


def _plain(look: "Look") -> dict[str, Any]:
    t = look.t.isoformat(timespec="milliseconds")
    if not look.candidates:
        return {"t": t, "values": [plain(row) for row in look.rows]}
    return {
        "t": t,
        "addresses": {
            place: [
                {
                    "type": c.reading.kind,
                    "order": c.reading.order,
                    "value": c.value,
                    "plausible": not c.against,
                    **({"against": c.against} if c.against else {}),
                }
                for c in found
            ]
            for place, found in look.candidates.items()
        },
    }
