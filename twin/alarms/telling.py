"""Who is told what, and when: alarms become messages of a channel.

State in, state out; time is an argument. A channel that cannot be reached changes nothing here:
what is to be said is decided once, and kept until it was said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from twin.alarms.listed import DESK, Line, Listed, Priority, more_urgent
from twin.alarms.quiet import Quiet
from twin.alarms.rates import FLOOD, FLOOD_ENDS, TEN_NS
from twin.diagnosis.isa import Action

What = Literal["raised", "again", "returned", "acknowledged", "flood", "flood over", "test"]


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

    since_ns: int
    count: int
    high: bool
    """Whether something of priority high was among what was told of."""


@dataclass(frozen=True)
class Memory:
    """What a channel remembers; times are ns since 1970."""

    cursor: int = 0
    """Of the last line of the journal that it has seen."""
    waiting: Mapping[int, int] = field(default_factory=dict)
    """Alarms that have not been told: number, and since when each asks."""
    told: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Alarms that have been told: number, when last, how often."""
    recent: tuple[int, ...] = ()
    """When alarms came to it within the last 10 min."""
    flood: Flood | None = None


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
) -> tuple[Memory, list[Say]]:
    """What is to be said at `now_ns`.

    `lines` are new ones of the journal with their cursors, `listed` is the list as it is now.
    """
    memory, said = _hear(rule, memory, lines, now_ns)
    recent = tuple(t_ns for t_ns in memory.recent if t_ns > now_ns - TEN_NS)
    asking = {n: t_ns for n, t_ns in memory.waiting.items() if n in listed and listed[n].asks}
    memory = replace(memory, recent=recent, waiting=asking)
    memory, floods = _flood(memory, listed, now_ns)
    if memory.flood is None:
        memory, own = _tell(rule, memory, listed, now_ns)
        said = [*said, *floods, *own]
    else:
        said = floods
    told = {n: t for n, t in memory.told.items() if n in listed and _goes_on(listed[n])}
    return replace(memory, told=told), said


def _goes_on(alarm: Listed) -> bool:
    return alarm.alarm.active or alarm.asks


def _hear(
    rule: Rule, memory: Memory, lines: Iterable[tuple[int, Line]], now_ns: int
) -> tuple[Memory, list[Say]]:
    """What new lines bring, and what is said of them at once."""
    waiting, told, recent, said = dict(memory.waiting), dict(memory.told), [*memory.recent], []
    cursor = memory.cursor
    for cursor, line in lines:  # noqa: B007 - the last one stays
        alarm, number = line.after, line.after.number
        if not rule.wants(alarm):
            continue
        if line.asks:
            waiting[number] = line.t_ns
            told.pop(number, None)
            recent.append(now_ns)
        elif number in told and _worth_a_word(rule, line):
            quiet = rule.quiet is not None and rule.quiet.holds_back(alarm.priority, now_ns)
            what: What = "returned" if line.action is Action.CLEAR else "acknowledged"
            if not quiet:
                said.append(Say(what, number, line.t_ns, who=line.who))
    return Memory(cursor, waiting, told, tuple(recent), memory.flood), said


def _worth_a_word(rule: Rule, line: Line) -> bool:
    match line.action:
        case Action.CLEAR:
            return rule.returned
        case Action.ACKNOWLEDGE:
            return rule.acknowledged and line.who != DESK
    return False


def _flood(memory: Memory, listed: Mapping[int, Listed], now_ns: int) -> tuple[Memory, list[Say]]:
    """One message stands for FLOOD alarms and more within 10 min.

    It is told again when the first of priority high comes. The flood ends with fewer than
    FLOOD_ENDS: what asks then has been told of.
    """
    numbers = tuple(sorted(memory.waiting))
    high = any(listed[n].priority == "high" for n in numbers)
    count = len(memory.recent)
    flood = memory.flood
    if flood is None:
        if count < FLOOD:
            return memory, []
        begun = Flood(now_ns, count, high)
        return replace(memory, flood=begun), [_of_flood("flood", numbers, count, now_ns)]
    if count < FLOOD_ENDS:
        told = {**memory.told, **dict.fromkeys(numbers, (now_ns, 1))}
        over = _of_flood("flood over", numbers, flood.count, now_ns)
        return replace(memory, flood=None, waiting={}, told=told), [over]
    most = replace(flood, count=max(flood.count, count), high=flood.high or high)
    said = [_of_flood("flood", numbers, count, now_ns)] if high and not flood.high else []
    return replace(memory, flood=most), said


def _of_flood(what: What, numbers: tuple[int, ...], count: int, now_ns: int) -> Say:
    return Say(what, None, now_ns, numbers=numbers, count=count)


def _tell(
    rule: Rule, memory: Memory, listed: Mapping[int, Listed], now_ns: int
) -> tuple[Memory, list[Say]]:
    """What has waited long enough, and what is told again."""
    waiting, told, said = dict(memory.waiting), dict(memory.told), []
    for number, since_ns in sorted(waiting.items(), key=lambda item: (item[1], item[0])):
        late = now_ns - since_ns >= rule.after_ns
        if late and not _quiet(rule, listed[number], now_ns):
            del waiting[number]
            told[number] = (now_ns, 1)
            said.append(Say("raised", number, now_ns))
    for number, (last_ns, times) in sorted(told.items()):
        alarm = listed.get(number)
        if rule.repeat_ns is None or alarm is None or not alarm.asks:
            continue
        if now_ns - last_ns >= rule.repeat_ns and not _quiet(rule, alarm, now_ns):
            told[number] = (now_ns, times + 1)
            said.append(Say("again", number, now_ns, times + 1))
    return replace(memory, waiting=waiting, told=told), said


def _quiet(rule: Rule, alarm: Listed, now_ns: int) -> bool:
    return rule.quiet is not None and rule.quiet.holds_back(alarm.priority, now_ns)
