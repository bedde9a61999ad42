"""Health of the desk, from what its processes said of themselves."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from hil.monitor.health import Health, LinkRow, ProcessRow
from hil.monitor.roster import Seat
from hil.monitor.sources import Plan
from hil.monitor.usage import usage

NOT_KNOWN: Mapping[str, Any] = {"p50": None, "p99": None, "max": None}


def how_it_is(plan: Plan, seats: Mapping[str, Seat], notes: Sequence[str]) -> Health:
    """Of all processes, links, clock and disk; `notes` are sentences to go with it."""
    loop, keeper = seats["loop"].told, seats["keeper"].told
    twin = seats["twin"].told if "twin" in seats else {}
    said = [
        *notes,
        *keeper.get("problems", []),
        *(text for text in (keeper.get("trouble"), twin.get("unsaved")) if text),
        *_of_neighbours(seats),
        *(f"without {name}: {seat.refused}" for name, seat in seats.items() if seat.refused),
    ]
    offset_s = float(loop.get("offset_s", 0.0))
    if abs(offset_s) > 1.0:
        said.append(f"stamps are {offset_s:+.0f} s from UTC: the clock was set back")
    return Health(
        links=[row for line in plan.lines for row in _links(line.name, line.sources, seats)],
        processes=[_supervisor(), *(_process(name, seat) for name, seat in seats.items())],
        late_us=loop.get("late_us", NOT_KNOWN),
        overruns=int(loop.get("overruns", 0)),
        dropped=int(loop.get("dropped", 0)),
        clock_offset_s=offset_s,
        disk_free_bytes=int(keeper.get("disk_free_bytes", 0)),
        disk_used_bytes=int(keeper.get("disk_used_bytes", 0)),
        disk_days_left=keeper.get("disk_days_left"),
        gaps=[(int(a), int(b), str(why)) for a, b, why in keeper.get("gaps", [])],
        twin=twin.get("consistency", {}),
        notes=said,
        twin_unknown=_unknown(seats.get("twin")),
    )


def _unknown(twin: Seat | None) -> str:
    """Why no consistency is told."""
    if twin is None:
        return "no part of the site is watched"
    if twin.member.config["learned"] is None:
        return "not known without --learned: the first detector has bands, and no variances"
    return "" if twin.told.get("consistency") else "not known yet"


def _of_neighbours(seats: Mapping[str, Seat]) -> list[str]:
    """What keeps neighbours from being told."""
    told = {name: str(s.told.get("trouble") or "") for name, s in seats.items() if name != "keeper"}
    return [f"{name}: {trouble}" for name, trouble in told.items() if trouble]


def _links(line: str, sources: Sequence[Any], seats: Mapping[str, Seat]) -> list[LinkRow]:
    seat = seats[f"link {line}"]
    rows = seat.told.get("links", {})
    found = []
    for source in sources:
        row = rows.get(source.name, {})
        up = bool(row.get("up")) and seat.child is not None
        error = str(row.get("last_error", "")) if seat.child is not None else seat.lives.why
        found.append(
            LinkRow(
                source.name,
                line,
                up,
                int(row.get("transactions", 0)),
                int(row.get("errors", 0)),
                row.get("p50_us"),
                row.get("p99_us"),
                error,
            )
        )
    return found


def _supervisor() -> ProcessRow:
    used = usage(os.getpid())
    return ProcessRow("supervisor", True, 0, used.cpu_s, used.memory_bytes)


def _process(name: str, seat: Seat) -> ProcessRow:
    used = usage(seat.child.process.pid) if seat.child is not None else usage(-1)
    return ProcessRow(
        name, seat.ready, seat.lives.restarts, used.cpu_s, used.memory_bytes, seat.lives.why
    )
