"""The plain detectors on the same runs, their limits set to what the diagnosis cried wolf."""

from collections.abc import Sequence
from typing import Any

from hil.campaign.intervals import median
from hil.campaign.outcome import Outcome
from hil.campaign.plain import NAMES

TEXTBOOK_H = 8.0
"""Limit of a CUSUM with a slack of one standard deviation [-] (assumed)."""


def episodes(days: Sequence[float], limit: float) -> int:
    """False events of a run [-]: days above `limit`, of neighbouring days the first."""
    over = [value > limit for value in days]
    return sum(now and not before for before, now in zip([False, *over], over, strict=False))


def equal_limit(runs: Sequence[Sequence[float]], events: int) -> float:
    """Limit with which healthy runs have at most so many false events, as have all above it [-].

    Below it a lower limit may join neighbouring days to one long alarm, which is no better.
    """
    lowest = float("inf")
    for limit in sorted({value for days in runs for value in days}, reverse=True):
        if sum(episodes(days, limit) for days in runs) > events:
            break
        lowest = limit
    return lowest


def compared(
    quiet: Sequence[Outcome], faulty: Sequence[Outcome], events: int, years: float
) -> dict[str, Any] | None:
    """Detected [-], median delay [h] and false events [1/a] of each detector; None of no run.

    `faulty` are runs with one fault that the sensors can see. Without healthy runs there is no
    limit at equal false alarms. There were so many false `events` [-] in `years` [a].
    """
    if not faulty and not quiet:
        return None
    days = {name: [[d[i] for d in o.plain_days] for o in quiet] for i, name in enumerate(NAMES)}
    limits: dict[str, tuple[str, float | None]] = {
        "fixed_2K": ("fixed", 1.0),
        "k_sigma": ("k_sigma", equal_limit(days["k_sigma"], events) if quiet else None),
        "cusum": ("cusum", TEXTBOOK_H),
        "cusum_equal": ("cusum", equal_limit(days["cusum"], events) if quiet else None),
    }
    found: dict[str, Any] = {}
    for label, (name, limit) in limits.items():
        if limit is None:
            found[label] = None
            continue
        times = [_first_h(o.plain_records.get(name, []), limit) for o in faulty]
        hit = [t for t in times if t is not None]
        false = sum(episodes(run, limit) for run in days[name])
        found[label] = {
            "limit": limit,
            "detected": len(hit) / len(faulty) if faulty else None,
            "runs": len(faulty),
            "median_delay_h": median(hit),
            "false_events_per_plant_year": false / years if years > 0.0 else None,
        }
    return found


def _first_h(records: Sequence[Sequence[float]], limit: float) -> float | None:
    return next((hours for hours, value in records if value > limit), None)
