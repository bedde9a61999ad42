"""`hukka io read LINK`: values with unit, quality and time."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    MapOption,
    PointsOption,
    RangesArgument,
    TimeoutOption,
    UnitOption,
    line_counts,
    number,
    say_line,
    seconds,
    selection_of,
    show,
    table,
)
from twin.errors import HukkaError, JudgementFailed, LinkLost
from twin.signals import Quality

if TYPE_CHECKING:
    from hil.io.read import Row

_EXAMPLES = """Examples:

hukka io read tcp://192.168.1.5 --unit 1 hr:100:10 ir:0:2:float32:CDAB

hukka io read 'rtu:/dev/ttyUSB0?baud=9600&parity=N' --unit 3 --map heat_pump.csv"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(read)


def read(
    link: LinkArgument,
    ranges: RangesArgument = None,
    unit: UnitOption = 1,
    map_: MapOption = None,
    points: PointsOption = None,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the points of a map, or ranges of addresses, once.

    Every value has its quality and time, every one that failed its reason. Exit code 3 when some
    failed, 4 when nobody answered at all.
    """
    from hil.io.read import read_once
    from hil.links.address import open_link, parse_address

    selection = selection_of(ranges, map_, points or [])
    address = parse_address(link)
    timeout_s = seconds("--timeout", timeout)
    opened = open_link(address, selection.timeout_s if timeout_s is None else timeout_s)
    try:
        rows = read_once(opened, unit, selection, address.cost)
    finally:
        opened.close()
    say_line(opened)
    if as_json:
        values = {"values": [plain(r) for r in rows], **line_counts(opened)}
        typer.echo(json.dumps({"link": link, "unit": unit, **values}))
    else:
        show_rows(rows)
    if (failure := verdict(rows)) is not None:
        raise failure


def show_rows(rows: Sequence["Row"]) -> None:
    """One line a value; below, each reason once with the values that it took."""
    found = table(
        ("name", {}), ("value", {"justify": "right"}), ("unit", {}), ("quality", {}),
        ("UTC", {"no_wrap": True}),
    )  # fmt: skip
    for row in rows:
        value = f"{number(row.value)} {row.meaning}".rstrip()
        unit = "" if row.point.unit == "-" else row.point.unit
        found.add_row(row.point.name, value, unit, row.quality.name, f"{row.t:%H:%M:%S.%f}"[:-3])
    show(found)
    for why, names in reasons(rows).items():
        show(f"{', '.join(names)}: {why}")


def reasons(rows: Sequence["Row"]) -> dict[str, list[str]]:
    """Names of values that failed, by the reason."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.why:
            found.setdefault(row.why, []).append(row.point.name)
    return found


def plain(row: "Row") -> dict[str, Any]:
    """A value as JSON types."""
    return {
        "name": row.point.name,
        "value": row.value,
        "unit": row.point.unit,
        "quality": row.quality.name,
        "t": row.t.isoformat(timespec="milliseconds"),
        **({"meaning": row.meaning} if row.meaning else {}),
        **({"why": row.why} if row.why else {}),
    }


def verdict(rows: Sequence["Row"]) -> HukkaError | None:
    """How a reading ends: None when every value was answered."""
    failed = [row for row in rows if row.failed]
    if not failed:
        return None
    silent = (Quality.TIMEOUT, Quality.LINK_DOWN)
    if len(failed) == len(rows) and all(row.quality in silent for row in rows):
        return LinkLost(f"nothing was read: {failed[0].why}")
    return JudgementFailed(f"{len(failed)} of {len(rows)} values were not read")
