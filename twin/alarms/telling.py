"""Who is told what, and when: alarms become messages of a channel.

State in, state out; time is an argument. A channel that cannot be reached changes nothing here:
what is to be said is decided once, and kept until it was said.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from twin.alarms.listed import DESK, Line, Listed, Priority, more_urgent
from twin.alarms.quiet import Quiet
from twin.alarms.rates import FLOOD, FLOOD_ENDS, TEN_NS
from twin.diagnosis.isa import Action

What = Literal[
    "raised", "again", "returned", "acknowledged", "flood", "flood over", "still", "test"
]


@dataclass(frozen=True)
class Rule:
    """What a channel wants to hear."""

    least: Priority = "low"
    """The least urgent that is told."""
    parts: frozenset[str] = frozenset()
    """Parts whose alarms are told; empty: all."""
    after_ns: int = 0
    """How long an alarm has to have asked before it is told [ns]: a second person's channel."""
    repeat_ns: int | None = None
    """It is told again as long as nobody has acknowledged it [ns]; None: once."""
    returned: bool = True
    """Whether the return to normal is told."""
    acknowledged: bool = False
    """Whether it is told that somebody has acknowledged."""
    quiet: Quiet | None = None

    def wants(self, alarm: Listed) -> bool:
        """Whether the channel is for such an alarm."""
        if more_urgent(self.least, alarm.priority):
            return False
        return not self.parts or alarm.part in self.parts


@dataclass(frozen=True)
class Flood:
    """More came than anybody can read: one message stands for all."""

    count: int
    """Most within 10 min [-]."""
    high: bool
    """Whether something of priority high was among what was told of."""
    held: tuple[int, ...] = ()
    """Alarms that it stands for, by number."""


@dataclass(frozen=True)
class Memory:
    """What a channel remembers; times are ns since 1970."""

    cursor: int = 0
    """Of the last line of the journal that it has seen."""
    waiting: Mapping[int, int] = field(default_factory=dict)
    """Alarms that are not due yet: number, and since when each asks."""
    told: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Alarms that have been told: number, when last, how often."""
    recent: tuple[int, ...] = ()
    """When alarms were due within the last 10 min."""
    flood: Flood | None = None
    journal_ns: int | None = None
    """Time of the first line of the journal that it is of; None of an empty one, or not known."""


@dataclass(frozen=True)
class Say:
    """Something is to be said."""

    what: What
    number: int | None
    """Of the alarm; None of a flood."""
    t_ns: int
    times: int = 1
    """The how many-th time that this alarm is told."""
    numbers: tuple[int, ...] = ()
    """Alarms of a flood that still ask."""
    count: int = 0
    """Alarms of a flood [-]."""
    who: str = ""


def plan(
    rule: Rule,
    memory: Memory,
    lines: Iterable[tuple[int, Line]],
    listed: Mapping[int, Listed],
    now_ns: int,
    unsaid: Collection[int] = (),
) -> tuple[Memory, list[Say]]:
    """What is to be said at `now_ns`.

    `lines` are new ones of the journal with their cursors, `listed` is the list as it is now.
    Of alarms that are `unsaid` something waits to be said, so that nothing is said of them again.
    A time after `now_ns` is one of a clock that was set back since: what was then, is taken as now.
    """
    memory, said = _hear(rule, memory, lines, now_ns)
    memory = _until_now(memory, now_ns)
    asking = {n: t_ns for n, t_ns in memory.waiting.items() if n in listed and listed[n].asks}
    due = [
        n for n, t_ns in sorted(asking.items(), key=_by_time) if _due(rule, listed[n], t_ns, now_ns)
    ]
    recent = [t_ns for t_ns in memory.recent if t_ns > now_ns - TEN_NS] + [now_ns] * len(due)
    waiting = {n: t_ns for n, t_ns in asking.items() if n not in due}
    memory = replace(memory, recent=tuple(recent), waiting=waiting)
    if memory.flood is None and len(recent) < FLOOD:
        memory, said = _one_by_one(rule, memory, due, said, listed, now_ns, unsaid)
    else:
        memory, said = _flooded(rule, memory, due, listed, now_ns)
    told = {n: t for n, t in memory.told.items() if n in listed and _goes_on(listed[n])}
    return replace(memory, told=told), said


def _until_now(memory: Memory, now_ns: int) -> Memory:
    """Without times that are still to come: nobody waits for them."""
    return replace(
        memory,
        waiting={n: min(t_ns, now_ns) for n, t_ns in memory.waiting.items()},
        told={n: (min(t_ns, now_ns), times) for n, (t_ns, times) in memory.told.items()},
        recent=tuple(min(t_ns, now_ns) for t_ns in memory.recent),
    )


def _by_time(item: tuple[int, int]) -> tuple[int, int]:
    return item[1], item[0]


def _due(rule: Rule, alarm: Listed, since_ns: int, now_ns: int) -> bool:
    return now_ns - since_ns >= rule.after_ns and not _quiet(rule, alarm.priority, now_ns)


def _goes_on(alarm: Listed) -> bool:
    return alarm.alarm.active or alarm.asks


def _hear(
    rule: Rule, memory: Memory, lines: Iterable[tuple[int, Line]], now_ns: int
) -> tuple[Memory, list[Say]]:
    """What new lines bring, and what is said of them at once."""
    waiting, told, said = dict(memory.waiting), dict(memory.told), []
    cursor = memory.cursor
    for cursor, line in lines:  # noqa: B007 - the last one stays
        alarm, number = line.after, line.after.number
        if not rule.wants(alarm):
            continue
        if line.asks:
            anew = line.action is not Action.ESCALATE  # who has waited since before has waited
            waiting[number] = line.t_ns if anew else waiting.get(number, line.t_ns)
            told.pop(number, None)
        elif number in told and _worth_a_word(rule, line):
            what: What = "returned" if line.action is Action.CLEAR else "acknowledged"
            if not _quiet(rule, alarm.priority, now_ns):
                said.append(Say(what, number, line.t_ns, who=line.who))
    return replace(memory, cursor=cursor, waiting=waiting, told=told), said


def _worth_a_word(rule: Rule, line: Line) -> bool:
    match line.action:
        case Action.CLEAR:
            return rule.returned
        case Action.ACKNOWLEDGE:
            return rule.acknowledged and line.who != DESK
    return False


def _flooded(
    rule: Rule, memory: Memory, due: list[int], listed: Mapping[int, Listed], now_ns: int
) -> tuple[Memory, list[Say]]:
    """One message stands for FLOOD alarms and more within 10 min.

    It is told again when the first of priority high comes. The flood ends with fewer than
    FLOOD_ENDS: what asks then has been told of, or in quiet hours waits for their end.
    """
    count, before = len(memory.recent), memory.flood
    held = (*(before.held if before is not None else ()), *due)
    held = tuple(n for n in held if n in listed and listed[n].asks)
    high = any(listed[n].priority == "high" for n in held)
    if before is not None and count < FLOOD_ENDS:
        urgent: list[Priority] = ["high"] if before.high else [listed[n].priority for n in held]
        if all(_quiet(rule, priority, now_ns) for priority in urgent or ["diagnostic"]):
            waiting = {**memory.waiting, **dict.fromkeys(held, now_ns)}
            return replace(memory, flood=None, waiting=waiting), []
        told = {**memory.told, **dict.fromkeys(held, (now_ns, 1))}
        over = _of_many("flood over", held, before.count, now_ns)
        return replace(memory, flood=None, told=told), [over]
    if before is None:
        flood, news = Flood(count, high, held), True
    else:
        news = high and not before.high
        flood = Flood(max(before.count, count), high or before.high, held)
    said = [_of_many("flood", held, count, now_ns)] if news else []
    return replace(memory, flood=flood), said


def _of_many(what: What, numbers: tuple[int, ...], count: int, now_ns: int) -> Say:
    return Say(what, None, now_ns, numbers=numbers, count=count)


def _one_by_one(
    rule: Rule,
    memory: Memory,
    due: list[int],
    said: list[Say],
    listed: Mapping[int, Listed],
    now_ns: int,
    unsaid: Collection[int],
) -> tuple[Memory, list[Say]]:
    """What is due, and what is told again because it still asks."""
    told = {**memory.told, **dict.fromkeys(due, (now_ns, 1))}
    said = [*said, *(Say("raised", n, now_ns) for n in due)]
    again = []
    for number, (last_ns, times) in sorted(told.items()):
        alarm = listed.get(number)
        if rule.repeat_ns is None or alarm is None or not alarm.asks:
            continue
        if now_ns - last_ns < rule.repeat_ns or _quiet(rule, alarm.priority, now_ns):
            continue
        if number in unsaid:  # nobody can have done anything about it yet
            told[number] = (now_ns, times)
        else:
            told[number] = (now_ns, times + 1)
            again.append(Say("again", number, now_ns, times + 1))
    if len(again) >= FLOOD:
        numbers = tuple(say.number for say in again if say.number is not None)
        again = [_of_many("still", numbers, len(numbers), now_ns)]
    return replace(memory, told=told), [*said, *again]


def _quiet(rule: Rule, priority: Priority, now_ns: int) -> bool:
    return rule.quiet is not None and rule.quiet.holds_back(priority, now_ns)
