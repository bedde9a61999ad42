"""An alarm is raised: one that is on the list comes again, another gets a number of its own.

Or it is called something else: one that is more urgent than anybody knew asks again.
"""

from dataclasses import replace

from twin.alarms.board import Sheet
from twin.alarms.listed import Listed, Priority, more_urgent
from twin.alarms.settle import cause_of
from twin.diagnosis.isa import Action


def raise_alarm(sheet: Sheet, listed: Listed | None, fresh: Listed, suppressible: bool) -> Listed:
    """Raise `fresh`, as the alarm `listed` if there is one: who shelved that, shelved this.

    What is explained by a cause, or is by design while its part is off, does not ask even once.
    """
    if listed is None:
        alarm = sheet.add(fresh)
    else:
        alarm = replace(fresh, number=listed.number, alarm=listed.alarm, comment=listed.comment)
    off = suppressible and alarm.part in sheet.board.off
    cause = cause_of(sheet.board, alarm)
    alarm = replace(
        alarm,
        alarm=replace(alarm.alarm, suppressed=off),
        raised_ns=fresh.raised_ns or sheet.now_ns,
        since_ns=fresh.since_ns or sheet.now_ns,
        under=None if cause is None else cause.number,
    )
    return sheet.do(alarm, Action.RAISE)


def rename(sheet: Sheet, alarm: Listed, known_as: Priority) -> Listed:
    """Write down what an alarm is called now; `known_as` is how urgent people know it to be."""
    named = sheet.do(alarm, Action.RENAME)
    if not named.alarm.active or not more_urgent(named.priority, known_as):
        return named
    because = f"it was {known_as}, and is {named.priority}"
    return sheet.do(named, Action.ESCALATE, comment=because)
