"""One alarm a part: raised when a residual stays too large, cleared when it has long been small."""

from dataclasses import dataclass, replace
from enum import Enum
from math import isnan, nan

RAISE_AT = 1.0
CLEAR_BELOW = 0.5
CLEAR_AFTER_S = 1800.0
"""A part must have been quiet so long before its alarm clears [s] (assumed)."""
HEARD_FOR_S = 10.0
"""A sensor that was silent must be read in every sample for so long [s] (assumed): one good reading
of a loose terminal is no return, and a link that is back is no reason to ask for its sensors."""
SUSPECT_INPUT = "a wrong reading among its inputs would explain what it shows"


class Standing(Enum):
    """What can be said of a part now."""

    WATCHED = "watched"
    ALARM = "alarm"
    WITHHELD = "input suspect"
    """The residual is large, but a wrong reading among the inputs would explain it."""
    NOT_OBSERVABLE = "not observable"
    """The part is starting, or too much of what the prediction needs was not read."""


@dataclass(frozen=True)
class Alarm:
    """A part deviates from its prediction: worst signal, mean residual and band in its unit.

    The residual is NaN where the signal had no good reading any more.
    """

    part: str
    signal: str
    residual: float
    band: float
    raised_ns: int
    cleared_ns: int | None = None


@dataclass(frozen=True)
class PartState:
    """Verdict on a part, its open alarm and since when it has been quiet [ns]."""

    standing: Standing = Standing.NOT_OBSERVABLE
    alarm: Alarm | None = None
    quiet_since_ns: int | None = None
    reason: str | None = "nothing was read yet"
    """Why it is not observable, or no alarm though it deviates; None while it is judged."""


@dataclass(frozen=True)
class Evidence:
    """What one sample says of a part.

    `score` is the worst share of a threshold [-] and belongs to `signal`, whichever of the readings
    or the predictions of the inputs is believed; `suspect` says that it is too much only while
    the readings are. `observable` says whether there is a prediction.
    `silent` names a sensor of the part that has long had no good reading: that is an alarm of its
    own, whatever can be predicted, because a sensor far out of range would else raise none.
    `unheard` are those without one in this sample. `reason` says why it is not observable.
    """

    signal: str
    score: float
    residual: float
    band: float
    suspect: bool
    observable: bool
    silent: str | None = None
    unheard: frozenset[str] = frozenset()
    reason: str | None = None


def judge(part: str, before: PartState, seen: Evidence, t_ns: int) -> tuple[PartState, list[Alarm]]:
    """State of `part` after a sample at `t_ns`, and the alarms that it raised or cleared."""
    if before.alarm is not None and isnan(before.alarm.residual):
        return _while_silent(before.alarm, before, seen, t_ns)
    if seen.silent is not None and before.alarm is None:
        alarm = Alarm(part, seen.silent, nan, seen.band, t_ns)
        return PartState(Standing.ALARM, alarm, reason=None), [alarm]
    if not seen.observable:
        # silence is not health: an open alarm stays, and a quiet spell must begin again
        unknown = Standing.NOT_OBSERVABLE
        return replace(before, standing=unknown, quiet_since_ns=None, reason=seen.reason), []
    if before.alarm is not None:
        return _while_alarmed(before.alarm, before, seen, t_ns)
    if seen.score < RAISE_AT:
        return _without_alarm(seen), []
    alarm = Alarm(part, seen.signal, seen.residual, seen.band, t_ns)
    return PartState(Standing.ALARM, alarm, reason=None), [alarm]


def _without_alarm(seen: Evidence) -> PartState:
    if not seen.observable:
        return PartState(Standing.NOT_OBSERVABLE, reason=seen.reason)
    if seen.suspect:
        return PartState(Standing.WITHHELD, reason=SUSPECT_INPUT)
    return PartState(Standing.WATCHED, reason=None)


def _while_silent(
    alarm: Alarm, before: PartState, seen: Evidence, t_ns: int
) -> tuple[PartState, list[Alarm]]:
    """The alarm of a sensor stands while that is silent, however well the part is predicted."""
    since = t_ns if before.quiet_since_ns is None else before.quiet_since_ns
    heard = alarm.signal not in seen.unheard
    if heard and t_ns - since >= HEARD_FOR_S * 1e9:
        return _without_alarm(seen), [replace(alarm, cleared_ns=t_ns)]
    standing = Standing.ALARM if seen.observable else Standing.NOT_OBSERVABLE
    reason = None if seen.observable else seen.reason
    return PartState(standing, alarm, since if heard else None, reason), []


def _while_alarmed(
    alarm: Alarm, before: PartState, seen: Evidence, t_ns: int
) -> tuple[PartState, list[Alarm]]:
    if seen.score >= CLEAR_BELOW:
        return PartState(Standing.ALARM, alarm, reason=None), []
    since = t_ns if before.quiet_since_ns is None else before.quiet_since_ns
    if t_ns - since < CLEAR_AFTER_S * 1e9:
        return PartState(Standing.ALARM, alarm, since, None), []
    return PartState(Standing.WATCHED, reason=None), [replace(alarm, cleared_ns=t_ns)]
