"""The report of a campaign: `report.json` for machines, `report.md` for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hil.campaign.outcome import Outcome
from hil.campaign.plant import TUNING, PlantSpec
from hil.campaign.score import Margins, score

SPLIT = f"drawn plants {TUNING[0]} to {TUNING[-1]} are tuned on; all others are reported on only"
CRITERION = (
    "seen: by the healthy commissioning alone, the expected log-likelihood ratio at full size is,"
    " in some window of up to 24 h, above its threshold by 1.645 standard deviations; but not a"
    " command that froze at an end of its range, where it may stand for as long as a season lasts,"
    " and not a run of which the diagnosis said, from the fault to its end, that the part was not"
    " observable or that not even the full size would be seen (the figures `_all` count the last)"
)
PLACES = {"detected_full": "≥ 0.98", "detected_half": "≥ 0.90", "median_delay_h": "≤ 0.5",
          "false_events_per_plant_year": "≤ 1", "false_alarm_time": "≤ 0.001", "top1": "≥ 0.90",
          "group": "≥ 0.97", "size_coverage": "0.85 to 0.95", "unknown_detected": "≥ 0.90",
          "double_top3": "≥ 0.70"}  # fmt: skip
"""Goals of the score card."""
STOPPED = "**It was stopped before its end: these are the figures of what was finished by then.**"
FAILED = (
    "**Not all of it was run: {n} failed, or could not be run for that, and are in no figure."
    " They are listed at the end; the same command runs them again.**"
)


def report_of(
    site: str,
    plants: Sequence[PlantSpec],
    outcomes: Sequence[Outcome],
    margins: Margins,
    lost: Mapping[str, str],
    blind: Callable[[str], str] = lambda _name: "",
    *,
    stopped: bool = False,
) -> dict[str, Any]:
    """Everything in plain data. The card is that of the reporting plants, where there are any.

    `blind` says of a fault by name why it is not seen; `stopped` that somebody wanted the end.
    """
    reporting = [o for o in outcomes if o.role == "reporting"]
    roles = {p.name: p.role for p in plants}
    shown = "reporting" if "reporting" in roles.values() else "tuning"
    main = score(reporting if shown == "reporting" else outcomes, margins)
    tuned = None
    if shown == "reporting" and len(reporting) < len(outcomes):
        tuned = score([o for o in outcomes if o.role == "tuning"], margins)
    failed = [*main.failed, *(tuned.failed if tuned else ())]
    failed += [{"run": plant, "error": error} for plant, error in lost.items()]
    found: dict[str, Any] = {
        "site": site,
        "whole": not stopped and not failed,
        "stopped": stopped,
        "card": main.card,
        "card_is_of": shown,
        "intervals": main.intervals,
        "split": {
            "rule": SPLIT,
            "tuning": [n for n, r in roles.items() if r == "tuning"],
            "reporting": [n for n, r in roles.items() if r == "reporting"],
        },
        "criterion": CRITERION,
        "seen": {
            plant: sorted(n for n, m in of.items() if m is not None and m >= 0.0)
            for plant, of in margins.items()
        },
        "not_seen": {
            plant: {n: round(m, 2) for n, m in sorted(of.items()) if m is not None and m < 0.0}
            for plant, of in margins.items()
        },
        "without_signature": sorted(
            {n for of in margins.values() for n, m in of.items() if m is None}
        ),
        "why_not": {name: blind(name) for name in _not_seen(margins)},
        "kinds": main.kinds,
        "faults": main.faults,
        "unseen_runs": main.unseen,
        "hidden_runs": main.hidden,
        "events_before_faults": main.early,
        "days_before_faults": main.lead_days,
        "failed": failed,
        "plants": [p.model_dump(mode="json") for p in plants],
    }
    if tuned is not None:
        found["tuning"] = {"card": tuned.card, "intervals": tuned.intervals}
    return found


def _not_seen(margins: Margins) -> list[str]:
    """What not even one plant sees, or only some."""
    return sorted({n for of in margins.values() for n, m in of.items() if m is None or m < 0.0})


def as_json(report: Mapping[str, Any]) -> str:
    """Text of `report.json`; what is infinite (a limit that nothing exceeds) is null."""
    return json.dumps(finite(report), indent=1, allow_nan=False) + "\n"


def finite(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same data without numbers that JSON does not have."""
    match value:
        case dict():
            return {k: finite(v) for k, v in value.items()}
        case list() | tuple():
            return [finite(v) for v in value]
        case float() if not abs(value) < float("inf"):
            return None
    return value


def as_markdown(report: Mapping[str, Any]) -> str:
    """Text of `report.md`."""
    split = report["split"]
    lines = [
        f"# Campaign at {report['site']}",
        "",
        *((STOPPED, "") if report["stopped"] else ()),
        *((FAILED.format(n=len(report["failed"])), "") if report["failed"] else ()),
        f"Figures of {len(split[report['card_is_of']])} {report['card_is_of']} plants."
        f" Split: {report['split']['rule']}. Tuning: {_names(split['tuning'])}."
        f" Reporting: {_names(split['reporting'])}.",
        "",
        "| figure | found | 95 % interval | of | goal |",
        "|---|---|---|---|---|",
        *_card(report),
        "",
        f"Faults that count: {report['criterion']}.",
        "",
        *_baselines(report["card"]["baselines"]),
        "| kind | size | runs | detected | delay [h] | named | in group | size held | |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_counted(row["kind"], row["share"], row) for row in report["kinds"]),
        "",
        "| fault | size | runs | detected | delay [h] | named | in group | size held | called |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_fault(row) for row in report["faults"]),
        "",
        "Not counted, because the sensors cannot see them by the criterion, or it cannot say:",
        "",
        *(_fault(row) for row in report["unseen_runs"]),
        "",
        "Counted in the figures `_all` alone: from the fault to the end of the run the diagnosis"
        " said that not even the full size would be seen. What was found of them:",
        "",
        *(_fault(row) for row in report["hidden_runs"]),
        "",
        "Not seen, and why; the margin at each plant that misses it:",
        "",
        *(_unseen(name, why, report) for name, why in report["why_not"].items()),
        "",
        f"Events in the healthy lead of runs with a fault: {report['events_before_faults']} in"
        f" {report['days_before_faults']:.0f} days.",
        *(f"- failed: {f['run']}: {f['error']}" for f in report["failed"]),
    ]
    return "\n".join(lines) + "\n"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _card(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, value in report["card"].items():
        if key == "baselines":
            continue
        beside = report["intervals"].get(key, {})
        low_high = beside.get("interval95")
        interval = "" if low_high is None else f"{low_high[0]:.3g} to {low_high[1]:.3g}"
        n = beside.get("n", beside.get("plant_years"))
        of = "" if n is None else f"{beside['hits']}/{n}" if "hits" in beside else f"{n:.3g}"
        lines.append(f"| {key} | {_number(value)} | {interval} | {of} | {PLACES.get(key, '')} |")
    return lines


def _baselines(of: Mapping[str, Any] | None) -> list[str]:
    if of is None:
        return []
    lines = [
        "| detector | limit | detected | delay [h] | false events [1/a] |",
        "|---|---|---|---|---|",
    ]
    for name, row in of.items():
        if row is not None:
            cells = [row["limit"], row["detected"], row["median_delay_h"],
                     row["false_events_per_plant_year"]]  # fmt: skip
            lines.append(f"| {name} | {' | '.join(_number(c) for c in cells)} |")
    return [*lines, ""]


def _fault(row: Mapping[str, Any]) -> str:
    return _counted(row["fault"], row["size"], row)


def _counted(name: str, size: float, row: Mapping[str, Any]) -> str:
    runs, found = row["runs"], row["detected"]
    cells = [f"{found}/{runs}", _number(row["median_delay_h"]), f"{row['top1']}/{found}",
             f"{row['group']}/{found}", f"{row['covered']}/{row['sized']}",
             ", ".join(row.get("called", ()))]  # fmt: skip
    return f"| {name} | {size:g} | {runs} | {' | '.join(cells)} |"


def _unseen(name: str, why: str, report: Mapping[str, Any]) -> str:
    """A line of a fault: by which of the plants it is missed, by how much."""
    of = {plant: told[name] for plant, told in report["not_seen"].items() if name in told}
    told = ", ".join(f"{plant} {margin:g}" for plant, margin in of.items())
    return f"- {name}: {why}{f' ({told})' if told else ''}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
