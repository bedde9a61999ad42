"""How many alarms an operator gets, and which are to blame, after ISA-18.2 and EEMUA 191.

Definitions with their sources are in `rates.csv`, a line a figure.
"""

import csv
import functools
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.alarms.listed import PRIORITIES, Listed

MINUTE_NS = 60_000_000_000
TEN_NS = 10 * MINUTE_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
CHATTER_NS = TEN_NS
"""Within this, `CHATTER` times mark an alarm as chattering on the list [ns] (assumed)."""
CHATTER = 3
FLOOD = 10
"""So many alarms an operator within 10 min begin a flood [-]."""
FLOOD_ENDS = 5
"""Fewer than so many end it [-]."""
STALE_NS = DAY_NS
_FILE = Path(__file__).with_name("rates.csv")


@dataclass(frozen=True)
class Annunciation:
    """An alarm began to ask for somebody."""

    t_ns: int
    key: str
    """Of the alarm: the same each time it comes."""
    priority: str


@dataclass(frozen=True)
class Figure:
    """One rate, with what it means and what is held to be good."""

    name: str
    value: float | None
    """None where nothing came that it could be of."""
    unit: str
    acceptable: float | None
    definition: str
    source: str


@dataclass(frozen=True)
class Rates:
    """How alarms were in a period."""

    from_ns: int
    to_ns: int
    operators: int
    count: int
    figures: tuple[Figure, ...]
    top: tuple[tuple[str, int], ...]
    """The most frequent alarms and how often each came, ten at most."""
    chattering: tuple[str, ...]
    stale: tuple[int, ...]
    """Numbers of alarms."""
    priorities: Mapping[str, int]
    floods: tuple[tuple[int, int], ...]
    """From when to when [ns]."""

    def value(self, name: str) -> float | None:
        """Of a figure by its name."""
        return next(figure.value for figure in self.figures if figure.name == name)


def rates(
    asked: Sequence[Annunciation],
    standing: Sequence[Listed],
    t0_ns: int,
    t1_ns: int,
    operators: int = 1,
) -> Rates:
    """Rates from t0 to t1; `asked` in order, `standing` are alarms that are active at t1."""
    times = [a.t_ns for a in asked]
    span_ns = max(t1_ns - t0_ns, 1)
    each = len(asked) / operators
    keys = Counter(a.key for a in asked)
    top = keys.most_common(10)
    by_priority = Counter(a.priority for a in asked)
    ranked = sum(by_priority[p] for p in PRIORITIES[:3])
    found = floods(times, t1_ns, operators)
    in_minute, slowly = repeats(asked, MINUTE_NS), repeats(asked, CHATTER_NS)
    stale = tuple(a.number for a in standing if t1_ns - a.raised_ns > STALE_NS)
    values: dict[str, float | None] = {
        "alarms_per_day": each / (span_ns / DAY_NS),
        "alarms_per_hour": each / (span_ns / HOUR_NS),
        "alarms_per_10_min": each / (span_ns / TEN_NS),
        "peak_per_10_min": peak(times, TEN_NS) / operators,
        "peak_per_hour": peak(times, HOUR_NS) / operators,
        "hours_above_30": share_above(times, t0_ns, t1_ns, HOUR_NS, 30 * operators),
        "tens_above_10": share_above(times, t0_ns, t1_ns, TEN_NS, 10 * operators),
        "floods": len(found),
        "share_in_flood": sum(end - begin for begin, end in found) / span_ns,
        "top_ten_share": sum(n for _, n in top) / len(asked) if asked else None,
        "chattering": len(in_minute),
        "chattering_slowly": len(slowly),
        "stale": len(stale),
    }
    for priority in PRIORITIES[:3]:
        values[f"share_{priority}"] = by_priority[priority] / ranked if ranked else None
    return Rates(
        t0_ns,
        t1_ns,
        operators,
        len(asked),
        tuple(_figure(row, values[row["name"]]) for row in _rows()),
        tuple(top),
        tuple(sorted(slowly)),
        stale,
        {p: by_priority[p] for p in PRIORITIES},
        tuple(found),
    )


def repeats(asked: Sequence[Annunciation], within_ns: int) -> set[str]:
    """Keys of alarms that came CHATTER times or more within such a time."""
    recent: dict[str, deque[int]] = {}
    found = set()
    for a in asked:
        times = recent.setdefault(a.key, deque(maxlen=CHATTER))
        times.append(a.t_ns)
        if len(times) == CHATTER and times[-1] - times[0] <= within_ns:
            found.add(a.key)
    return found


def peak(times_ns: Sequence[int], within_ns: int) -> int:
    """Most alarms that came within any such time [-]; times rise."""
    return max(
        (i - bisect_right(times_ns, t - within_ns) + 1 for i, t in enumerate(times_ns)), default=0
    )


def share_above(
    times_ns: Sequence[int], t0_ns: int, t1_ns: int, each_ns: int, most: int
) -> float | None:
    """Share [-] of whole stretches from t0 with more than `most` alarms; None without stretches."""
    stretches = (t1_ns - t0_ns) // each_ns
    if stretches < 1:
        return None
    counts = Counter((t - t0_ns - 1) // each_ns for t in times_ns)
    return sum(n > most for k, n in counts.items() if k < stretches) / stretches


def floods(times_ns: Sequence[int], t1_ns: int, operators: int = 1) -> list[tuple[int, int]]:
    """From when to when too many came at once, up to t1 [ns]; times rise."""
    changes = sorted([(t, 1) for t in times_ns] + [(t + TEN_NS, -1) for t in times_ns])
    found: list[tuple[int, int]] = []
    count, since = 0, None
    for t_ns, change in changes:
        if t_ns > t1_ns:
            break
        count += change
        if since is None and count >= FLOOD * operators:
            since = t_ns
        elif since is not None and count < FLOOD_ENDS * operators:
            found.append((since, t_ns))
            since = None
    if since is not None:
        found.append((since, t1_ns))
    return found


@functools.cache
def _rows() -> tuple[Mapping[str, str], ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _figure(row: Mapping[str, str], value: float | None) -> Figure:
    acceptable = float(row["acceptable"]) if row["acceptable"] else None
    return Figure(row["name"], value, row["unit"], acceptable, row["definition"], row["source"])
