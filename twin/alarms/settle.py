"""What follows by itself once something has changed: shelves end, parts are off, causes explain."""

from dataclasses import replace

from twin.alarms.board import Board, Sheet
from twin.alarms.listed import Listed, more_urgent
from twin.diagnosis.isa import Action, State, at

EVERYTHING_SILENT = "site.silent"
"""What the twin says when it hears no controller at all."""
_ASKED_FOR = (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.LATCHED, State.LATCHED_ACKNOWLEDGED)


def settle(sheet: Sheet, suppressible: frozenset[str] = frozenset()) -> None:
    """Bring shelves, suppression and grouping up to date.

    `suppressible` are the keys of limits that mean nothing while their part is off.
    """
    for number in sorted(sheet.board.listed):
        alarm = sheet.board.listed[number]
        if at(alarm.alarm, sheet.now_ns) != alarm.alarm:
            sheet.do(alarm, Action.EXPIRE)
    for number in sorted(sheet.board.listed):
        alarm = sheet.board.listed[number]
        by_design = alarm.kind == "twin" or alarm.key in suppressible
        off = by_design and alarm.part in sheet.board.off
        if off != alarm.alarm.suppressed:
            sheet.do(alarm, Action.SUPPRESS if off else Action.UNSUPPRESS)
    for number in sorted(sheet.board.listed):
        now = sheet.board.listed.get(number)
        if now is not None and now.kind != "twin":
            _group(sheet, now)


def cause_of(board: Board, alarm: Listed) -> Listed | None:
    """The standing cause that explains an alarm best: by its signal, what follows, its part.

    A cause that nobody sees (shelved, suppressed, out of service) explains nothing.
    """
    if alarm.kind == "twin":
        return None
    found = [(_closeness(c, alarm), -c.number) for c in board.listed.values() if _stands(c)]
    near, number = max(found, default=(0, 0))
    return board.listed[-number] if near else None


def _stands(cause: Listed) -> bool:
    return cause.kind == "twin" and cause.alarm.active and cause.alarm.state in _ASKED_FOR


def _closeness(cause: Listed, alarm: Listed) -> int:
    """How directly `cause` explains `alarm` [-]; 0 not at all."""
    if alarm.kind == "link":
        return 1 if cause.key.partition("/")[2] in _names_of_link(alarm) else 0
    if alarm.signal in cause.signals:
        return 3
    if alarm.signal in cause.consequences:
        return 2
    return 1 if alarm.part == cause.part else 0


def _names_of_link(alarm: Listed) -> tuple[str, ...]:
    """What the twin calls a controller that is not heard."""
    own = tuple(f"{alarm.part}.{word}" for word in ("silent", "stale", "lossy", "late"))
    return (*own, EVERYTHING_SILENT)


def _group(sheet: Sheet, alarm: Listed) -> None:
    """Under the cause that stands; by itself again when that is gone and the alarm is not."""
    cause = cause_of(sheet.board, alarm)
    if cause is not None:
        if alarm.under != cause.number:
            alarm = sheet.do(replace(alarm, under=cause.number), Action.GROUP, comment=_by(cause))
        if alarm.alarm.active and more_urgent(alarm.priority, cause.priority):
            because = f"alarm {alarm.number}, {alarm.cause}, is {alarm.priority}"
            sheet.do(replace(cause, priority=alarm.priority), Action.ESCALATE, comment=because)
    elif alarm.under is not None and alarm.alarm.active:
        comment = f"alarm {alarm.under} explains it no more"
        sheet.do(replace(alarm, under=None), Action.UNGROUP, comment=comment)
        return
    _with_its_cause(sheet, sheet.board.listed.get(alarm.number))


def _with_its_cause(sheet: Sheet, alarm: Listed | None) -> None:
    """What came and went under a cause needs no word of its own: whoever saw that saw this."""
    if alarm is None or alarm.under is None or alarm.alarm.active or alarm.alarm.acknowledged:
        return
    cause = sheet.board.listed.get(alarm.under)
    if cause is None or cause.alarm.acknowledged:
        sheet.do(alarm, Action.ACKNOWLEDGE, comment=f"with alarm {alarm.under}, which explained it")


def _by(cause: Listed) -> str:
    return f"alarm {cause.number}: {cause.cause}"
