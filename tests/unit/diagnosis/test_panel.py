"""The alarm states against a table written from ISA-18.2, and the panel against its own journal."""

from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from twin.diagnosis import panel as panels
from twin.diagnosis.isa import LONGEST_SHELF_NS, Action, Alarm, State, act
from twin.diagnosis.panel import Entry, Panel
from twin.diagnosis.verdict import Event, Standing, Verdict

HOUR = 3_600_000_000_000
N, U, A, R, L, LA = (
    State.NORMAL,
    State.UNACKNOWLEDGED,
    State.ACKNOWLEDGED,
    State.RETURNED,
    State.LATCHED,
    State.LATCHED_ACKNOWLEDGED,
)
ORDINARY = {
    N: {Action.RAISE: U, Action.CLEAR: N, Action.ACKNOWLEDGE: N, Action.RESET: N},
    U: {Action.RAISE: U, Action.CLEAR: R, Action.ACKNOWLEDGE: A, Action.RESET: None},
    A: {Action.RAISE: A, Action.CLEAR: N, Action.ACKNOWLEDGE: A, Action.RESET: None},
    R: {Action.RAISE: U, Action.CLEAR: R, Action.ACKNOWLEDGE: N, Action.RESET: None},
}
"""Clause 5.4, states A to D: state -> action -> state; None is refused."""
LATCHING = {
    N: ORDINARY[N],
    U: {**ORDINARY[U], Action.CLEAR: L},
    A: {**ORDINARY[A], Action.CLEAR: LA},
    L: {Action.RAISE: U, Action.CLEAR: L, Action.ACKNOWLEDGE: LA, Action.RESET: None},
    LA: {Action.RAISE: U, Action.CLEAR: LA, Action.ACKNOWLEDGE: LA, Action.RESET: N},
}
"""With latched states between: what has gone stays until it is acknowledged and reset."""


class OneAlarm(RuleBasedStateMachine):
    """Any order of what may happen: the state is the table's, under what takes it away."""

    table: ClassVar = ORDINARY
    latching: ClassVar = False

    def __init__(self) -> None:
        super().__init__()
        self.alarm = Alarm(latching=self.latching)
        self.below, self.now = N, 0
        self.until: int | None = None
        self.suppressed = self.out = False

    @rule(action=st.sampled_from([Action.RAISE, Action.CLEAR, Action.ACKNOWLEDGE, Action.RESET]))
    def moved(self, action: Action) -> None:
        expected = self.table[self.below][action]
        if expected is None:
            with pytest.raises(ValueError, match="reset: "):
                act(self.alarm, action, self.now)
            return
        self.alarm = act(self.alarm, action, self.now)
        self.below = expected

    @rule(hours=st.sampled_from([-1, 0, 1, 24, 25]))
    def put_aside(self, hours: int) -> None:
        until = self.now + hours * HOUR
        if not 0 < hours * HOUR <= LONGEST_SHELF_NS:
            with pytest.raises(ValueError, match="shelve"):
                act(self.alarm, Action.SHELVE, self.now, until)
            return
        self.alarm = act(self.alarm, Action.SHELVE, self.now, until)
        self.until = until

    @rule()
    def taken_back(self) -> None:
        self.alarm, self.until = act(self.alarm, Action.UNSHELVE, self.now), None

    @rule(hours=st.integers(1, 12))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * HOUR
        self.alarm = act(self.alarm, Action.EXPIRE, self.now)
        if self.until is not None and self.now >= self.until:
            self.until = None

    @rule(to=st.booleans())
    def part_switched(self, to: bool) -> None:
        self.alarm = act(self.alarm, Action.SUPPRESS if to else Action.UNSUPPRESS, self.now)
        self.suppressed = to

    @rule(to=st.booleans())
    def maintained(self, to: bool) -> None:
        self.alarm = act(self.alarm, Action.REMOVE if to else Action.RESTORE, self.now)
        self.out = to

    @invariant()
    def is_the_tables(self) -> None:
        shown = self.below
        for hidden, state in (
            (self.until is not None, State.SHELVED),
            (self.suppressed, State.SUPPRESSED),
            (self.out, State.OUT_OF_SERVICE),
        ):
            shown = state if hidden else shown
        assert self.alarm.state is shown
        assert self.alarm.annunciated == (shown in (U, R, L))


class OneLatchingAlarm(OneAlarm):
    table: ClassVar = LATCHING
    latching: ClassVar = True


PARTS = ("heat_pump", "cooling_loop")
PEOPLE = [Action.ACKNOWLEDGE, Action.RESET, Action.UNSHELVE, Action.REMOVE, Action.RESTORE]


def event(number: int, part: str, fault: str | None = None, cleared: int | None = None) -> Event:
    v = Verdict(
        Standing.FAULT, part, fault, False, "-", 0.1, 0.0, 0.2, 0.9, 0, (), (), "1 h", "look"
    )
    return Event(number, v, 0, v, (), cleared)


class ManyAlarms(RuleBasedStateMachine):
    """Events and people; whenever the panel is built again from its journal it is the same."""

    def __init__(self) -> None:
        super().__init__()
        self.latching = frozenset({"cooling_loop"})
        self.panel, self.journal = Panel(latching=self.latching), list[Entry]()
        self.open: dict[int, str] = {}
        self.number, self.now, self.off = 0, 0, frozenset[str]()

    def take(self, *news: Event) -> list[Entry]:
        self.panel, entries = panels.follow(self.panel, news, self.off, self.now)
        self.journal += entries
        return entries

    @rule(part=st.sampled_from(PARTS))
    def begins(self, part: str) -> None:
        self.number += 1
        self.open[self.number] = part
        first = self.take(event(self.number, part, "fouling"))[0]
        assert (first.action, first.number, first.part) == (Action.RAISE, self.number, part)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), part=st.sampled_from(PARTS))
    def is_something_else(self, data: st.DataObject, part: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.open)))
        before = self.panel.alarms[number].alarm
        self.open[number] = part
        self.take(event(number, part, "bypass"))
        named = self.panel.alarms[number]
        assert (named.part, named.fault) == (part, "bypass")
        assert named.alarm.acknowledged == before.acknowledged  # one event, one alarm

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.open)))
        acknowledged = self.panel.alarms[number].alarm.acknowledged
        part = self.panel.alarms[number].part
        latching = self.panel.alarms[number].alarm.latching
        del self.open[number]
        self.take(event(number, part, "fouling", self.now))
        assert (number in self.panel.alarms) == (latching or not acknowledged)

    @precondition(lambda self: self.panel.alarms)
    @rule(data=st.data(), action=st.sampled_from(PEOPLE))
    def somebody_acts(self, data: st.DataObject, action: Action) -> None:
        number = data.draw(st.sampled_from(sorted(self.panel.alarms)))
        try:
            self.panel, entry = panels.order(self.panel, number, action, self.now)
        except ValueError:
            assert action is Action.RESET
            return
        self.journal.append(entry)

    @precondition(lambda self: self.panel.alarms)
    @rule(data=st.data(), hours=st.integers(1, 24))
    def somebody_shelves(self, data: st.DataObject, hours: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.panel.alarms)))
        until = self.now + hours * HOUR
        self.panel, entry = panels.order(self.panel, number, Action.SHELVE, self.now, until)
        assert number not in self.panel.annunciated
        self.journal.append(entry)

    @rule(hours=st.integers(1, 30), off=st.sets(st.sampled_from(PARTS)))
    def time_goes_on(self, hours: int, off: set[str]) -> None:
        self.now += hours * HOUR
        self.off = frozenset(off)
        self.take()
        for named in self.panel.alarms.values():
            assert named.alarm.suppressed == (named.part in off)
            until = named.alarm.shelved_until_ns
            assert until is None or until > self.now

    @invariant()
    def the_journal_is_the_panel(self) -> None:
        assert panels.restored(self.journal, self.latching) == self.panel
        assert set(self.open) <= set(self.panel.alarms)  # no open event is without its alarm
        for entry in self.journal[-1:]:
            known = self.panel.alarms.get(entry.number)
            assert known is None or known.alarm.state is entry.state


for machine in (OneAlarm, OneLatchingAlarm, ManyAlarms):
    machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestOneAlarm = OneAlarm.TestCase
TestOneLatchingAlarm = OneLatchingAlarm.TestCase
TestManyAlarms = ManyAlarms.TestCase


def test_what_is_not_there_cannot_be_acknowledged() -> None:
    with pytest.raises(ValueError, match="there is no alarm 7"):
        panels.order(Panel(), 7, Action.ACKNOWLEDGE, 0)
