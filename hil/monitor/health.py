"""How the desk itself is: links, processes, clock, disk; told every few seconds in `health.json`.

The file is replaced as a whole, so that whoever reads it sees one state or the next. It is news,
not a record: nothing waits for the disk. Now and then it is kept as well, by the keeper.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin.clock import NS_PER_S

NAME = "health.json"
KEPT_EVERY_NS = 600 * NS_PER_S
"""So often it is kept how the desk is, though nothing changes its state [ns] (assumed)."""
SOONEST_NS = 10 * NS_PER_S
"""And not more often than that, whatever changes [ns] (assumed)."""


@dataclass(frozen=True)
class LinkRow:
    """A controller on its link."""

    name: str
    link: str
    up: bool
    transactions: int
    errors: int
    p50_us: float | None
    p99_us: float | None
    last_error: str


@dataclass(frozen=True)
class ProcessRow:
    """A process of the desk."""

    name: str
    up: bool
    restarts: int
    cpu_s: float
    memory_bytes: int
    why: str = ""
    """What ended it last."""


@dataclass(frozen=True)
class Health:
    """How the desk itself is."""

    links: Sequence[LinkRow]
    processes: Sequence[ProcessRow]
    late_us: Mapping[str, float | None]
    """Lateness of cycles [µs]: p50, p99, max."""
    overruns: int
    dropped: int
    """Rows that found no room [-]."""
    clock_offset_s: float
    """Stamps less UTC [s]."""
    disk_free_bytes: int
    disk_used_bytes: int
    disk_days_left: float | None
    gaps: Sequence[tuple[int, int, str]]
    """(from_ns, to_ns, why) of the last day."""
    twin: Mapping[str, float | None]
    """Consistency of each part: normalised innovations squared over their expectation [-]."""
    notes: Sequence[str] = field(default_factory=tuple)
    twin_unknown: str = ""
    """Why `twin` says nothing; empty where it does."""


@dataclass(frozen=True)
class Told:
    """What `health.json` says."""

    t_ns: int
    """When it was written [ns since 1970]."""
    pid: int
    """Of the supervisor [-]."""
    live: Mapping[str, Any]
    """What `hil.monitor.live.Live.of` opens, for other processes of the same user."""
    standing: Mapping[str, str]
    """Part -> what can be said of it."""
    reasons: Mapping[str, str]
    """Part -> why it is not observable, or undecided."""
    health: Health


class Kept:
    """When it is worth keeping how the desk is: when a state has changed, and now and then."""

    def __init__(self) -> None:
        self._state: object = None
        self._kept_ns: int | None = None

    def due(self, health: Health, now_ns: int) -> bool:
        """Whether to keep it; `now_ns` is of a clock that nobody sets [ns]."""
        if self._kept_ns is None:
            return True
        since_ns = now_ns - self._kept_ns
        changed = _state(health) != self._state
        return since_ns >= KEPT_EVERY_NS or (changed and since_ns >= SOONEST_NS)

    def done(self, health: Health, now_ns: int) -> None:
        """It is kept."""
        self._state, self._kept_ns = _state(health), now_ns


def _state(health: Health) -> object:
    """What of it does not change all the time."""
    return (
        [(row.name, row.up) for row in health.links],
        [(row.name, row.up, row.restarts) for row in health.processes],
        len(health.gaps),
        list(health.notes),
    )


class HealthReader:
    """Reads what the monitor with the data `folder` tells of itself."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> Told | None:
        """The newest; None where no monitor has written yet, or the file is none of its."""
        try:
            return told_of(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def told_of(plain: Mapping[str, Any]) -> Told:
    """What `asdict` made JSON types of; ValueError, KeyError, TypeError for anything else."""
    return Told(**{**plain, "health": health_of(plain["health"])})


def health_of(plain: Mapping[str, Any]) -> Health:
    """As `told_of`, of health alone."""
    rest = dict(plain)
    links = [LinkRow(**row) for row in rest.pop("links")]
    processes = [ProcessRow(**row) for row in rest.pop("processes")]
    gaps = [(int(a), int(b), str(why)) for a, b, why in rest.pop("gaps")]
    return Health(links=links, processes=processes, gaps=gaps, **rest)


def write(folder: Path, plain: Mapping[str, Any]) -> None:
    """Replace the file by `asdict` of what is told; OSError where the disk does not take it."""
    fresh = folder / f"{NAME}.new"
    fresh.write_text(json.dumps(plain, separators=(",", ":")), "utf-8")
    fresh.replace(folder / NAME)
