"""The score card: its figures, the intervals beside them, and a table by fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hil.campaign.compare import compared
from hil.campaign.intervals import (
    Share,
    median,
    median_interval,
    poisson_interval,
    poisson_upper,
)
from hil.campaign.judged import (
    Judged,
    both_in_top_three,
    false_events,
    judged,
    listed,
    unknown_in_part,
)
from hil.campaign.outcome import Outcome
from hil.campaign.scenario import OUTSIDE

Margins = Mapping[str, Mapping[str, float | None]]
"""Plant: fault: margin, as `seen.margins` gives it."""

KEYS = (
    "plant_years",
    "false_events_per_plant_year",
    "false_events_upper95",
    "false_alarm_time",
    "detected_full",
    "detected_half",
    "median_delay_h",
    "top1",
    "group",
    "size_coverage",
    "unknown_detected",
    "double_top3",
    "baselines",
)
"""Of the card, in this order."""
BESIDE = (
    "detected_full_all",
    "detected_half_all",
    "unknown_detected_all",
    "double_top3_all",
    "promise_kept",
    "median_delay_observable_h",
)
"""After them: with the runs of which the diagnosis said that nobody could see the fault, the
share found of what it said would be seen, and the delay while the part was observable."""
PROMISED_H = 6.0
"""What would be seen for so long in all must have been found [h] (assumed): it may be so only
for moments, and noise hides it in 5 % of the windows."""


@dataclass(frozen=True)
class Scored:
    """Card, 95 % intervals of its figures, and what is behind them."""

    card: dict[str, Any]
    intervals: dict[str, Any]
    faults: list[dict[str, Any]]
    """By fault and size."""
    kinds: list[dict[str, Any]]
    """By kind of fault, at full and at half size."""
    unseen: list[dict[str, Any]]
    """Faults that were run although the sensors cannot see them or the criterion cannot say."""
    hidden: list[dict[str, Any]]
    """Those of which the diagnosis said all the time that not even the full size would be seen."""
    early: int
    """Events in runs with a fault before it began; they count nowhere else [-]."""
    lead_days: float
    """How long those runs were healthy [d]."""
    failed: list[dict[str, Any]]
    """Runs that did not come to their end."""


def score(outcomes: Sequence[Outcome], margins: Margins) -> Scored:
    """Figures of finished runs; None where no run of that kind was finished."""
    done = [o for o in outcomes if o.error is None]
    quiet = [o for o in done if o.scenario.kind == "quiet"]
    single = [o for o in done if o.scenario.kind == "single"]
    full_or_half = [o for o in single if _seen(o, margins)]
    seen = [o for o in full_or_half if not o.hidden]
    unseen = [o for o in done if o.scenario.faults and not _seen(o, margins)]
    double = [o for o in done if o.scenario.kind == "double" and _seen(o, margins)]
    outside = [o for o in done if o.scenario.kind == "unknown" and _seen(o, margins)]
    broken = [o for o in done if o.scenario.faults]
    years = sum(o.years for o in quiet)
    false = sum(len(false_events(o)) for o in quiet)
    answers = [(o, judged(o)) for o in seen]
    shares = _shares(answers)
    shares["unknown_detected"] = _share([unknown_in_part(o) for o in outside if not o.hidden])
    shares["unknown_detected_all"] = _share([unknown_in_part(o) for o in outside])
    shares["double_top3"] = _share([both_in_top_three(o) for o in double if not o.hidden])
    shares["double_top3_all"] = _share([both_in_top_three(o) for o in double])
    every = _shares([(o, judged(o)) for o in full_or_half])
    shares |= {f"{name}_all": every[name] for name in ("detected_full", "detected_half")}
    shares["promise_kept"] = _share([judged(o).detected for o in single if _promised(o)])
    found_at_once = [a for o, a in answers if a.detected and not o.scenario.faults[0].drift]
    delays = {
        "median_delay_h": [a.delay_h for a in found_at_once if a.delay_h is not None],
        "median_delay_observable_h": [
            a.observable_h for a in found_at_once if a.observable_h is not None
        ],
    }
    medians = {name: median(several) for name, several in delays.items()}
    steps = sum(o.steps for o in quiet)
    figures: dict[str, Any] = {name: share.value for name, share in shares.items()} | medians
    figures |= {
        "plant_years": years,
        "false_events_per_plant_year": false / years if years else None,
        "false_events_upper95": poisson_upper(false, years),
        "false_alarm_time": sum(o.open_steps for o in quiet) / steps if steps else None,
        "baselines": compared(quiet, seen, false, years),
    }
    intervals: dict[str, Any] = {
        name: {"hits": s.hits, "n": s.n, "interval95": s.interval} for name, s in shares.items()
    }
    intervals["false_events_per_plant_year"] = {
        "events": false,
        "plant_years": years,
        "interval95": poisson_interval(false, years),
    }
    intervals |= {
        name: {"n": len(several), "interval95": median_interval(several)}
        for name, several in delays.items()
    }
    return Scored(
        {key: figures[key] for key in (*KEYS, *BESIDE)},
        intervals,
        _by_fault(answers),
        _by_kind(answers),
        _by_fault([(o, listed(o)) for o in unseen]),
        _by_fault([(o, listed(o)) for o in [*full_or_half, *outside, *double] if o.hidden]),
        sum(len(false_events(o)) for o in broken),
        sum(min(f.at_s for f in o.scenario.faults) for o in broken) / 86_400.0,
        [{"run": o.scenario.key, "error": o.error} for o in outcomes if o.error is not None],
    )


def _seen(outcome: Outcome, margins: Margins) -> bool:
    of = margins.get(outcome.scenario.plant, {})
    outside = OUTSIDE if outcome.scenario.kind == "unknown" else ""
    found = [of.get(outside + f.name) for f in outcome.scenario.faults]
    hidden = outcome.at_end or outcome.blind
    return not hidden and all(m is not None and m >= 0.0 for m in found)


def _promised(outcome: Outcome) -> bool:
    return outcome.could_h is not None and outcome.could_h >= PROMISED_H


def _share(hits: Sequence[bool | None]) -> Share:
    asked = [h for h in hits if h is not None]
    return Share(sum(asked), len(asked))


def _shares(answers: Sequence[tuple[Outcome, Judged]]) -> dict[str, Share]:
    full = [a.detected for o, a in answers if o.scenario.share == 1.0]
    half = [a.detected for o, a in answers if o.scenario.share < 1.0]
    found = [a for _, a in answers if a.detected]
    return {
        "detected_full": _share(full),
        "detected_half": _share(half),
        "top1": _share([a.top1 for a in found]),
        "group": _share([a.group for a in found]),
        "size_coverage": _share([a.covered for a in found]),
    }


def _by_kind(answers: Sequence[tuple[Outcome, Judged]]) -> list[dict[str, Any]]:
    rows = []
    groups: dict[tuple[str, float], list[Judged]] = {}
    for o, a in answers:
        groups.setdefault((o.scenario.faults[0].kind, o.scenario.share), []).append(a)
    for (kind, share), several in sorted(groups.items(), key=lambda g: (g[0][0], -g[0][1])):
        rows.append({"kind": kind, "share": share, **_counted(several)})
    return rows


def _counted(several: Sequence[Judged]) -> dict[str, Any]:
    found = [a for a in several if a.detected]
    return {
        "runs": len(several),
        "detected": len(found),
        "median_delay_h": median([a.delay_h for a in found if a.delay_h is not None]),
        "top1": sum(bool(a.top1) for a in found),
        "top1_at_once": sum(bool(a.top1_at_once) for a in found),
        "group": sum(bool(a.group) for a in found),
        "covered": sum(bool(a.covered) for a in found),
        "sized": sum(a.covered is not None for a in found),
    }


def _by_fault(answers: Sequence[tuple[Outcome, Judged]]) -> list[dict[str, Any]]:
    rows = []
    groups: dict[tuple[str, float], list[tuple[Outcome, Judged]]] = {}
    for o, a in answers:
        outside = OUTSIDE if o.scenario.kind == "unknown" else ""
        name = outside + "+".join(f.name for f in o.scenario.faults)
        groups.setdefault((name, o.scenario.faults[0].size), []).append((o, a))
    for (name, size), group in sorted(groups.items()):
        several = [a for _, a in group]
        found = [a for a in several if a.detected]
        others = {e.fault or f"unknown in {e.part}" for o, a in group if a.detected and not a.top1
                  for e in o.events if e.raised_s >= o.scenario.faults[0].at_s}  # fmt: skip
        rows.append(
            {
                "fault": name,
                "size": size,
                **_counted(several),
                "grown_si": median([a.grown_si for a in found if a.grown_si is not None]),
                "called": sorted(others),
            }
        )
    return rows
