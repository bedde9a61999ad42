"""Links that are lost: alarms of the desk itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.alarms.board import Sheet
from twin.alarms.limit import Timer, turn
from twin.alarms.listed import Listed, Priority
from twin.alarms.raising import raise_alarm
from twin.diagnosis.isa import Action


@dataclass(frozen=True)
class LinkRule:
    """When a lost link asks for somebody."""

    delay_on_ns: int = 30_000_000_000
    """Links come back by themselves, mostly sooner (assumed) [ns]."""
    delay_off_ns: int = 30_000_000_000
    priority: Priority = "diagnostic"


def follow_links(
    sheet: Sheet,
    rule: LinkRule,
    timers: Mapping[str, Timer],
    t_ns: int,
    lost: Mapping[str, str],
    reads: Mapping[str, Sequence[str]],
) -> dict[str, Timer]:
    """Raise and clear alarms of controllers; gives the timers that run.

    `reads` is what comes over each: it is silent because the link is lost, see `settle`.
    """
    kept = {key: timer for key, timer in timers.items() if not key.startswith("link:")}
    running = timers.keys() - kept.keys()
    listed = {a.key for a in sheet.board.listed.values() if a.kind == "link"}
    for key in sorted({f"link:{name}" for name in lost} | running | listed):
        name = key.removeprefix("link:")
        alarm = sheet.board.of_key(key)
        active = alarm is not None and alarm.alarm.active
        delays = (rule.delay_on_ns, rule.delay_off_ns)
        timer, now = turn(timers.get(key, Timer()), t_ns, active, name in lost, delays)
        if timer != Timer():
            kept[key] = timer
        if now and not active:
            text = lost[name]
            fresh = Listed(
                0,
                "link",
                key,
                name,
                f"link lost: {name}",
                None,
                rule.priority,
                text=text,
                consequences=tuple(reads.get(name, ())),
            )
            raise_alarm(sheet, alarm, fresh, suppressible=False)
        elif active and not now and alarm is not None:
            sheet.do(alarm, Action.CLEAR)
    return kept
