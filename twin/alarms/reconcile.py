"""An engineer changes limits while their alarms stand."""

from collections.abc import Mapping
from dataclasses import replace

from twin.alarms.board import Sheet
from twin.alarms.limit import Limit
from twin.alarms.raising import rename
from twin.diagnosis.isa import Action


def reconcile(sheet: Sheet, limits: Mapping[str, Limit]) -> None:
    """End alarms of limits (by key) that are gone; tell others' priority and text anew."""
    for alarm in list(sheet.board.listed.values()):
        if alarm.kind != "limit":
            continue
        limit = limits.get(alarm.key)
        if limit is None:
            if alarm.alarm.active:
                comment = "the limit is no longer set"
                sheet.do(alarm, Action.CLEAR, comment=comment)
        elif (alarm.priority, alarm.text) != (limit.priority, limit.text):
            named = replace(alarm, priority=limit.priority, text=limit.text)
            rename(sheet, named, alarm.known_as)
