"""What alarms the twin has raised, and whether it could have raised one."""

from collections.abc import Iterable, Mapping

from twin.diagnosis.alarms import Alarm, Standing

_DEAF = (None, Standing.NOT_OBSERVABLE.value, Standing.ALARM.value)
"""Standings of a part that can raise no alarm: it has one at most."""


def against(alarms: Iterable[Alarm], part: str | None, since_ns: int) -> Alarm | None:
    """The first alarm, of `part` or of any, that stood at `since_ns` [ns] or was raised later.

    Of any part, what a warm-up from a cold start left standing is not counted.
    """
    for alarm in _known(alarms):
        asked = alarm.raised_ns > 0 if part is None else alarm.part == part
        if asked and (alarm.cleared_ns is None or alarm.cleared_ns > since_ns):
            return alarm
    return None


def left(alarms: Iterable[Alarm]) -> list[str]:
    """Parts of which an alarm of the warm-up still stands."""
    return [a.part for a in _known(alarms) if a.raised_ns <= 0 and a.cleared_ns is None]


def why_deaf(standing: Mapping[str, str], reasons: Mapping[str, str], part: str | None) -> str:
    """Why nothing of `part`, or of all parts, could have raised an alarm; empty where it could."""
    asked = list(standing) if part is None else [part]
    deaf = [name for name in asked if standing.get(name) in _DEAF]
    if len(deaf) < len(asked):
        return ""
    said = (
        f"{name}: {standing.get(name, 'not watched')}"
        + (f", {reasons[name]}" if name in reasons else "")
        for name in deaf
    )
    return "; ".join(said) or "the twin watches no part"


def _known(alarms: Iterable[Alarm]) -> Iterable[Alarm]:
    """Each alarm once: one that was cleared is told as it was raised, and as it is now."""
    return {(alarm.part, alarm.raised_ns): alarm for alarm in alarms}.values()
