"""Alarms of a recorded run, as the page lists them."""

from collections.abc import Mapping
from typing import Any, Literal

from hil.alarms.row import AlarmRow
from hil.historian import Alarm, Run
from twin.diagnosis.isa import Action, State
from twin.diagnosis.panel import restored

_FOREVER = 2**62


def alarm_rows(run: Run, t_ns: int | None = None) -> list[AlarmRow]:
    """Alarms of a moment [ns] (None: the last) that stand or ask for somebody, newest first."""
    at_ns = _FOREVER if t_ns is None else t_ns
    panel = restored([entry for entry in run.journal if entry.t_ns <= at_ns])
    said = {told["number"]: told for told in run.diagnoses}
    rows = []
    for number, alarm in _numbered(run):
        if _ns(alarm["raised_s"]) > at_ns:
            continue
        cleared_ns = _cleared(alarm, at_ns)
        state = State.RETURNED if cleared_ns is not None else State.UNACKNOWLEDGED
        if "event" in alarm:
            named = panel.alarms.get(number)
            if named is None:
                continue
            state = named.alarm.state
        rows.append(_row(number, alarm, state, cleared_ns, said.get(number, {})))
    return sorted(rows, key=lambda row: (row.cleared_ns is not None, -row.raised_ns))


def journal_of(run: Run) -> list[dict[str, Any]]:
    """What happened to alarms, in order; of the first detector: that they came and went."""
    lines: list[dict[str, Any]] = [
        {
            "t_ns": entry.t_ns,
            "number": entry.number,
            "part": entry.part,
            "cause": entry.fault or "unknown fault",
            "action": entry.action.value,
            "state": entry.state.value,
            "who": None,
            "comment": "",
        }
        for entry in run.journal
    ]
    for number, alarm in _numbered(run):
        if "event" in alarm:
            continue
        about = {"number": number, "part": alarm["part"], "cause": _cause(alarm)}
        by = {"who": None, "comment": ""}
        came = {"action": Action.RAISE.value, "state": State.UNACKNOWLEDGED.value}
        lines.append({"t_ns": _ns(alarm["raised_s"]), **about, **came, **by})
        if (cleared_ns := _cleared(alarm, _FOREVER)) is not None:
            went = {"action": Action.CLEAR.value, "state": State.RETURNED.value}
            lines.append({"t_ns": cleared_ns, **about, **went, **by})
    return sorted(lines, key=lambda line: line["t_ns"])


def evidence_of(run: Run, number: int) -> Mapping[str, Any] | None:
    """What the twin said of the event, or the first detector of its alarm."""
    for told in run.diagnoses:
        if told["number"] == number:
            return told
    for own, alarm in _numbered(run):
        if own == number:
            return {
                "number": number,
                "part": alarm["part"],
                "fault": None,
                "verdict": "unknown",
                "since_s": alarm["raised_s"],
                "raised_s": alarm["raised_s"],
                "cleared_s": alarm.get("cleared_s"),
                "evidence": _one_signal(alarm),
                "residual": alarm.get("residual"),
                "band": alarm.get("band"),
                "text": alarm.get("text", ""),
            }
    return None


def _one_signal(alarm: Alarm) -> list[dict[str, Any]]:
    if alarm.get("signal") is None:
        return []
    return [{"signal": alarm["signal"], "share": 1.0, "innovation": alarm.get("residual")}]


def _numbered(run: Run) -> list[tuple[int, Alarm]]:
    """Alarms by their event; those of the first detector, which has none, in their order."""
    found: list[tuple[int, Alarm]] = []
    for place, alarm in enumerate(run.alarms, 1):
        event = alarm.get("event")
        if event is None:
            alarm.pop("event", None)
        found.append((place if event is None else event, alarm))
    return found


def _row(
    number: int, alarm: Alarm, state: State, cleared_ns: int | None, told: Mapping[str, Any]
) -> AlarmRow:
    return AlarmRow(
        number=number,
        cause=_cause(alarm),
        part=alarm["part"],
        signal=alarm.get("signal"),
        priority=_priority(told),
        state=state.value,
        annunciated=state in (State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED),
        raised_ns=_ns(alarm["raised_s"]),
        since_ns=_ns(told.get("since_s", alarm["raised_s"])),
        cleared_ns=cleared_ns,
        acknowledged_by=None,
        comment="",
        shelved_until_ns=None,
        text=alarm.get("text", ""),
        consequences=tuple(told.get("consequences", ())),
    )


def _priority(told: Mapping[str, Any]) -> Literal["high", "medium", "low", "diagnostic"]:
    """A bench knows no consequences: what pulls other parts along comes before what does not."""
    return "high" if told.get("consequences") else "medium"


def _cause(alarm: Alarm) -> str:
    named = alarm.get("named")
    return named or f"{alarm['part']} deviates"


def _cleared(alarm: Alarm, at_ns: int) -> int | None:
    cleared_s = alarm.get("cleared_s")
    if cleared_s is None or _ns(cleared_s) > at_ns:
        return None
    return _ns(cleared_s)


def _ns(t_s: float) -> int:
    return round(t_s * 1e9)
