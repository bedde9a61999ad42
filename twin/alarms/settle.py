"""What follows by itself once something has changed: shelves end, parts are off, causes explain."""

from dataclasses import replace

from twin.alarms.board import Board, Sheet
from twin.alarms.listed import Listed, more_urgent
from twin.diagnosis.isa import Action, State, at

EVERYTHING_SILENT = "site.silent"
"""What the twin says when it hears no controller at all."""
_NOT_HEARD = ("silent", "dead")
"""Last words of what the twin says of a controller or a sensor without readings."""
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
        if now is not None and (now.kind != "twin" or _not_heard(now)):
            _group(sheet, now)


def cause_of(board: Board, alarm: Listed) -> Listed | None:
    """The standing cause that explains an alarm best: by its signal, what follows, its part.

    A cause that nobody sees (shelved, suppressed, out of service) explains nothing. What the twin
    finds is a cause itself, but for what is not heard while the link is lost that it comes over:
    that says the same a second time, so it does not ask even while people have put the link aside.
    """
    others = (c for c in board.listed.values() if c.number != alarm.number)
    found = [(_closeness(c, alarm), -c.number) for c in others if c.alarm.active]
    near, number = max(found, default=(0, 0))
    return board.listed[-number] if near else None


def _not_heard(alarm: Listed) -> bool:
    """Whether it is of the twin, and about readings that do not come from one place."""
    fault = _fault(alarm)
    return fault != EVERYTHING_SILENT and fault.rpartition(".")[2] in _NOT_HEARD


def _fault(alarm: Listed) -> str:
    return alarm.key.partition("/")[2]


def _closeness(cause: Listed, alarm: Listed) -> int:
    """How directly `cause` explains `alarm` [-]; 0 not at all."""
    if alarm.kind == "twin":
        return int(cause.kind == "link" and _not_heard(alarm) and _comes_over(cause, alarm))
    if cause.kind != "twin" or cause.alarm.state not in _ASKED_FOR:
        return 0
    if alarm.kind == "link":
        return int(_fault(cause) in _names_of_link(alarm))
    if alarm.signal in cause.signals:
        return 3
    if alarm.signal in cause.consequences:
        return 2
    return 1 if alarm.part == cause.part else 0


def _comes_over(link: Listed, alarm: Listed) -> bool:
    """Whether a controller that is lost is what `alarm` is about, or has its signal."""
    name = _fault(alarm).rpartition(".")[0]
    return name == link.part or name in link.consequences


def _names_of_link(alarm: Listed) -> tuple[str, ...]:
    """What the twin finds of a controller, or of all, that a lost link comes of."""
    own = tuple(f"{alarm.part}.{word}" for word in ("stale", "lossy", "late"))
    return (*own, EVERYTHING_SILENT)


def _group(sheet: Sheet, alarm: Listed) -> None:
    """Under the cause that stands; by itself again when that is gone and the alarm is not."""
    cause = cause_of(sheet.board, alarm)
    if cause is not None:
        if alarm.under != cause.number:
            alarm = sheet.do(replace(alarm, under=cause.number), Action.GROUP, comment=_by(cause))
        newly = alarm.kind != "twin"  # what is not heard over a lost link says nothing new
        if newly and alarm.alarm.active and more_urgent(alarm.priority, cause.priority):
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
