"""What a person does to an alarm."""

from dataclasses import dataclass, replace

from twin.alarms.board import Sheet
from twin.alarms.listed import Listed
from twin.diagnosis.isa import BY_PEOPLE, Action
from twin.errors import BadInput, refuse

LONGEST_COMMENT = 500
"""Characters [-]."""
_NEED_A_REASON = (Action.SHELVE, Action.REMOVE)
"""What keeps an alarm from asking is explained to whoever comes next."""


@dataclass(frozen=True)
class Order:
    """One action on one alarm, by somebody, for a reason."""

    number: int
    """Of the alarm [-]."""
    action: Action
    who: str
    comment: str = ""
    until_ns: int | None = None
    """End of a shelf [ns since 1970]; for `Action.SHELVE` alone."""


def carry_out(sheet: Sheet, order: Order) -> None:
    """Write what a person wants on the sheet.

    An alarm that somebody else has acknowledged already stays so, and nothing is written.

    Raises:
        BadInput: not allowed now, or there is no such alarm.
    """
    place = f"alarm {order.number}"
    alarm = sheet.board.listed.get(order.number)
    if alarm is None:
        raise refuse(place, order.action.value, "there is no such alarm on the list")
    if order.action not in BY_PEOPLE:
        raise refuse(f"{place} action", order.action.value, "happens by itself only")
    if not order.who.strip():
        raise refuse(f"{place} who", order.who, "must say who does it")
    if len(order.comment) > LONGEST_COMMENT:
        rule = f"must have at most {LONGEST_COMMENT} characters"
        raise refuse(f"{place} comment", order.comment[:40], rule)
    if order.action in _NEED_A_REASON and not order.comment.strip():
        raise refuse(f"{place} comment", order.comment, "must say why nobody shall be asked")
    if rule := _not_now(alarm, order.action):
        raise refuse(place, order.action.value, rule)
    if order.action is Action.ACKNOWLEDGE and alarm.alarm.acknowledged:
        return
    if order.comment:
        alarm = replace(alarm, comment=order.comment)
    if order.action is Action.ACKNOWLEDGE:
        alarm = replace(alarm, acknowledged_by=order.who)
    try:
        sheet.do(alarm, order.action, order.who, order.comment, order.until_ns)
    except ValueError as error:
        raise BadInput(f"{place}: {error}") from None


def _not_now(alarm: Listed, action: Action) -> str:
    """Why an action means nothing to an alarm as it is; empty where it does."""
    state = alarm.alarm
    match action:
        case Action.RESET if not state.held and not state.active:
            return "it is not latched"
        case Action.UNSHELVE if state.shelved_until_ns is None:
            return "it is not shelved"
        case Action.REMOVE if state.out_of_service:
            return "it is out of service already"
        case Action.RESTORE if not state.out_of_service:
            return "it is not out of service"
    return ""
