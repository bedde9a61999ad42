"""Alarm states of an event, after ISA-18.2 (IEC 62682): what an operator may do, and what follows.

State in, state out; time is an argument. A reading that is lost is not a return to normal: only
`clear` is, and the diagnosis calls it when it has seen that the fault is gone.
"""

from dataclasses import dataclass, replace
from enum import Enum

LONGEST_SHELF_NS = 24 * 3_600_000_000_000
"""An alarm cannot be shelved for longer [ns] (assumed; the standard asks for a limit)."""


class State(Enum):
    """States of the standard."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned to normal, unacknowledged"
    LATCHED = "latched, unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched, acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed by design"
    OUT_OF_SERVICE = "out of service"


class Action(Enum):
    """What happens to an alarm: by itself, or (`BY_PEOPLE`) because a person wants it."""

    RAISE = "raised"
    CLEAR = "returned to normal"
    SUPPRESS = "suppressed by design"
    UNSUPPRESS = "no longer suppressed"
    EXPIRE = "shelf expired"
    RENAME = "named anew"
    ADOPT = "taken over"
    GROUP = "explained by a cause"
    UNGROUP = "asks for itself"
    ESCALATE = "more urgent"
    ACKNOWLEDGE = "acknowledged"
    RESET = "reset"
    SHELVE = "shelved"
    UNSHELVE = "unshelved"
    REMOVE = "taken out of service"
    RESTORE = "put back into service"


BY_PEOPLE = frozenset(
    {
        Action.ACKNOWLEDGE,
        Action.RESET,
        Action.SHELVE,
        Action.UNSHELVE,
        Action.REMOVE,
        Action.RESTORE,
    }
)


@dataclass(frozen=True)
class Alarm:
    """One alarm; `latching` ones stay after the fault is gone, until somebody resets them."""

    latching: bool = False
    active: bool = False
    acknowledged: bool = True
    held: bool = False
    """Latched: the fault is gone and nobody has reset it."""
    shelved_until_ns: int | None = None
    suppressed: bool = False
    out_of_service: bool = False

    @property
    def state(self) -> State:
        """What a panel shows; what takes the alarm from the operator comes first."""
        if self.out_of_service:
            return State.OUT_OF_SERVICE
        if self.suppressed:
            return State.SUPPRESSED
        if self.shelved_until_ns is not None:
            return State.SHELVED
        if self.held:
            return State.LATCHED_ACKNOWLEDGED if self.acknowledged else State.LATCHED
        if self.active:
            return State.ACKNOWLEDGED if self.acknowledged else State.UNACKNOWLEDGED
        return State.NORMAL if self.acknowledged else State.RETURNED

    @property
    def annunciated(self) -> bool:
        """Whether it asks for somebody now."""
        return self.state in (State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED)


def raised(alarm: Alarm) -> Alarm:
    """The fault is there. A fault that comes back must be acknowledged anew."""
    if alarm.active:
        return alarm
    return replace(alarm, active=True, acknowledged=False, held=False)


def cleared(alarm: Alarm) -> Alarm:
    """The fault has been seen to be gone."""
    if not alarm.active:
        return alarm
    return replace(alarm, active=False, held=alarm.latching)


def acknowledged(alarm: Alarm) -> Alarm:
    """Somebody has seen it."""
    return replace(alarm, acknowledged=True)


def reset(alarm: Alarm) -> Alarm:
    """Somebody releases a latched alarm whose fault is gone.

    Raises:
        ValueError: if the fault is still there, or nobody has acknowledged it.
    """
    if alarm.active:
        raise ValueError("reset: the fault is still there")
    if not alarm.acknowledged:
        raise ValueError("reset: acknowledge it first")
    return replace(alarm, held=False)


def shelved(alarm: Alarm, now_ns: int, until_ns: int) -> Alarm:
    """Put aside by an operator until `until_ns`.

    Raises:
        ValueError: if that is not within LONGEST_SHELF_NS from now.
    """
    if not now_ns < until_ns <= now_ns + LONGEST_SHELF_NS:
        hours = LONGEST_SHELF_NS / 3.6e12
        raise ValueError(f"shelve: {(until_ns - now_ns) / 3.6e12:g} h, must be in 0 to {hours:g} h")
    return replace(alarm, shelved_until_ns=until_ns)


def unshelved(alarm: Alarm) -> Alarm:
    """Back from the shelf; what happened meanwhile stands as it is."""
    return replace(alarm, shelved_until_ns=None)


def at(alarm: Alarm, now_ns: int) -> Alarm:
    """The alarm at `now_ns`: shelves expire by themselves."""
    until_ns = alarm.shelved_until_ns
    return unshelved(alarm) if until_ns is not None and now_ns >= until_ns else alarm


def suppressed(alarm: Alarm, by_design: bool) -> Alarm:
    """Suppressed while the design says so (the part is off), and not any more."""
    return replace(alarm, suppressed=by_design)


def serviced(alarm: Alarm, out_of_service: bool) -> Alarm:
    """Taken out of service for maintenance, and put back."""
    return replace(alarm, out_of_service=out_of_service)


def act(alarm: Alarm, action: Action, now_ns: int, until_ns: int | None = None) -> Alarm:
    """The alarm after `action`; `until_ns` is the end of the shelf, for SHELVE alone.

    Raises:
        ValueError: the action is not allowed now, see `reset` and `shelved`.
    """
    match action:
        case Action.RAISE:
            return raised(alarm)
        case Action.CLEAR:
            return cleared(alarm)
        case Action.SUPPRESS | Action.UNSUPPRESS:
            return suppressed(alarm, action is Action.SUPPRESS)
        case Action.EXPIRE:
            return at(alarm, now_ns)
        case Action.RENAME | Action.ADOPT | Action.GROUP | Action.UNGROUP:
            return alarm
        case Action.ESCALATE:
            return replace(alarm, acknowledged=False)
        case Action.ACKNOWLEDGE:
            return acknowledged(alarm)
        case Action.RESET:
            return reset(alarm)
        case Action.SHELVE:
            return shelved(alarm, now_ns, now_ns if until_ns is None else until_ns)
        case Action.UNSHELVE:
            return unshelved(alarm)
        case Action.REMOVE | Action.RESTORE:
            return serviced(alarm, action is Action.REMOVE)
