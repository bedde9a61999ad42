"""What a twin that had learned said of the run: its events, their alarms, each part at the end."""

from collections.abc import Mapping
from typing import Any

from hil.historian import Run
from hil.report.numbers import clock, words
from hil.report.summary import Table
from twin.site.amounts import MISSING, significant


def diagnosis_tables(run: Run) -> list[Table]:
    """Events, standing of the parts and journal; nothing of a run without a diagnosis."""
    if not run.header.options.get("learned"):
        return []
    return [events(run), standing(run), journal(run)]


def events(run: Run) -> Table:
    """One row a cause: what, how large, since when, what it may be instead, what to look at."""
    rows = tuple(
        (
            str(told["number"]),
            words(told["part"]),
            told["fault"] or "unknown fault",
            _size(told),
            clock(told["since_s"]) if told["since_s"] >= 0 else "before the run",
            clock(told["raised_s"]),
            clock(told["cleared_s"]),
            _why(told),
        )
        for told in run.diagnoses
    )
    head = ("event", "part", "fault", "size (90 %)", "since", "raised", "cleared", "why (SI)")
    return Table("Diagnosis", head, rows, 99, "no event", (0, 1, 3, 4, 5, 6))


def standing(run: Run) -> Table:
    """What could be said of each part at the end: silence is not health."""
    rows = tuple(
        (words(part["part"]), part["standing"], part["reason"] or MISSING)
        for part in (run.header.result or {}).get("standing") or ()
    )
    head = ("part", "standing", "why")
    return Table("What can be said of each part", head, rows, 99, "the run has no end")


def journal(run: Run) -> Table:
    """What happened to alarms, and the state of each afterwards (ISA-18.2)."""
    rows = tuple(
        (
            clock(entry.t_ns / 1e9),
            str(entry.number),
            words(entry.part),
            entry.fault or "unknown fault",
            entry.action.value,
            entry.state.value,
        )
        for entry in run.journal
    )
    head = ("at", "event", "part", "fault", "what happened", "state")
    return Table("Journal of alarms", head, rows, 99, "nothing happened", (0, 1, 2, 3))


def _why(told: Mapping[str, Any]) -> str:
    """In one cell, which may be as high as it needs: side by side these leave the page."""
    shown = ", ".join(f"{s['signal']} {significant(s['innovation'], 3)}" for s in told["evidence"])
    said = (
        ("shown by", shown),
        ("cannot be told from", ", ".join(told["group"])),
        ("explains", ", ".join(told["consequences"])),
        ("look at", told["check"]),
    )
    return "; ".join(f"{name} {text}" for name, text in said if text) or MISSING


def _size(told: Mapping[str, Any]) -> str:
    if told["size"] is None or told["fault"] is None:
        return MISSING
    low, size, high = (significant(told[key], 3) for key in ("low", "size", "high"))
    unit = "" if told["unit"] == "-" else f" {told['unit']}"
    drift = ", growing" if told["drift"] else ""
    return f"{size}{unit} ({low} to {high}){drift}"
