"""Whatever happened in whatever order: the file gives the book back, and each line its state."""

import math
import tempfile
from pathlib import Path

import pytest
from desk_made import SUPPLY, S, at, event, settings
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hil.alarms import AlarmBook, AlarmReader, Order
from twin.diagnosis.isa import BY_PEOPLE, LONGEST_SHELF_NS, Action
from twin.errors import BadInput

PEOPLE = sorted(BY_PEOPLE, key=lambda action: action.value)
FAULTS = [None, "fan_loss", "T_supply.bias"]


def by_the_standard(action, latching, active, acknowledged, held):
    """(active, acknowledged, held) after what happens to an alarm, from ISA-18.2 alone."""
    match action:
        case Action.RAISE:
            return True, False, False
        case Action.CLEAR:
            return False, acknowledged, latching
        case Action.ACKNOWLEDGE:
            return active, True, held
        case Action.RESET:
            return active, acknowledged, False
        case Action.ESCALATE:
            return active, False, held
    return active, acknowledged, held


class Desk(RuleBasedStateMachine):
    """A desk to which anything may happen."""

    @initialize(latching=st.booleans())
    def opened(self, latching):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "desk.sqlite"
        self.settings = settings(latching=latching, delay_on="2 s", delay_off="2 s")
        self.book = AlarmBook(self.path, self.settings)
        self.book._db.pragma("synchronous", "off")  # of power loss another test speaks
        self.t, self.generation, self.number = 0, 1, 0
        self.open, self.lines = {}, []

    def wrote(self, lines):
        self.lines += lines
        self.t += 1

    @rule(value=st.sampled_from([304.0, 304.7, 306.0, 306.0, math.nan]), n=st.integers(2, 5))
    def read(self, value, n):
        for _ in range(n):
            lines = self.book.limits(at(self.t), {SUPPLY: value}, {SUPPLY: 0})
            assert not (math.isnan(value) and Action.CLEAR in [line.action for line in lines])
            self.wrote(lines)

    @rule(lost=st.booleans(), step=st.sampled_from([1, 31]))
    def linked(self, lost, step):
        self.t += step
        self.wrote(self.book.links(at(self.t), {"hp": "timeout"} if lost else {}))

    @rule(fault=st.sampled_from(FAULTS), part=st.sampled_from(["cooling_loop", "heat_pump"]))
    def found(self, fault, part):
        self.number += 1
        self.open[self.number] = event(
            self.number, fault, part=part, generation=self.generation, raised=self.t
        )
        self.told(self.number)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), fault=st.sampled_from(FAULTS), over=st.booleans())
    def better(self, data, fault, over):
        number = data.draw(st.sampled_from(sorted(self.open)))
        self.open[number] |= {"fault": fault}
        if over:
            self.open[number]["cleared_s"] = at(self.t) / S
        self.told(number)
        if over:
            del self.open[number]

    @rule(off=st.sampled_from([(), ("cooling_loop",)]), healthy=st.booleans())
    def looked(self, off, healthy):
        standing = dict.fromkeys(("cooling_loop", "heat_pump"), "healthy" if healthy else "fault")
        lines = self.book.twin(
            [],
            off,
            at(self.t),
            standing=standing,
            generation=self.generation,
            open_events=list(self.open),
        )
        self.wrote(lines)

    @rule()
    def forgot_everything(self):
        self.generation, self.number, self.open = self.generation + 1, 0, {}

    @rule(data=st.data(), action=st.sampled_from(PEOPLE), hours=st.sampled_from([0, 1, 25]))
    def ordered(self, data, action, hours):
        numbers = sorted(self.book.board.listed) or [1]
        number = data.draw(st.sampled_from(numbers))
        until = at(self.t + hours * 3600) if action is Action.SHELVE else None
        before = self.book.board, len(self.lines)
        try:
            self.wrote(self.book.order(Order(number, action, "anna", "why", until), at(self.t)))
        except BadInput:
            assert self.book.board == before[0]

    @rule(hours=st.sampled_from([0, 1, 24]))
    def waited(self, hours):
        self.t += hours * 3600
        self.wrote(self.book.tick(at(self.t)))

    @rule()
    def died_and_came_back(self):
        before = self.book.board, self.book.timers
        self.book.close()
        self.book = AlarmBook(self.path, self.settings)
        self.book._db.pragma("synchronous", "off")
        assert (self.book.board, self.book.timers) == before

    def told(self, number):
        self.wrote(self.book.twin([self.open[number]], [], at(self.t)))

    @invariant()
    def each_line_is_what_the_standard_says(self):
        known = {}
        for line in self.lines:
            alarm, number = line.after.alarm, line.after.number
            before = known.get(number, (False, True, False))
            after = by_the_standard(line.action, alarm.latching, *before)
            assert (alarm.active, alarm.acknowledged, alarm.held) == after, line
            known[number] = after
            if alarm.shelved_until_ns is not None:
                assert alarm.shelved_until_ns <= line.t_ns + LONGEST_SHELF_NS

    @invariant()
    def who_waits_under_a_cause_waits_under_one_that_stands(self):
        listed = self.book.board.listed
        for alarm in listed.values():
            if alarm.under is not None and alarm.alarm.active:
                assert listed[alarm.under].alarm.active

    @invariant()
    def one_thing_stands_once(self):
        standing = [a.event for a in self.book.board.listed.values() if a.alarm.active and a.event]
        assert len(standing) == len(set(standing))

    @invariant()
    def every_open_event_has_an_alarm(self):
        events = {a.event for a in self.book.board.listed.values() if a.alarm.active}
        told = {(e.generation, e.number) for e in events if e}
        assert {(str(self.generation), number) for number in self.open} <= told

    def teardown(self):
        if not hasattr(self, "book"):
            return
        with AlarmReader(self.path) as reader:
            written = [line for _, line in reader.after(0, 10**9)]
            assert written == self.lines
            for line in self.lines[:: max(1, len(self.lines) // 5)]:
                then = {row.number: row.state for row in reader.rows(line.t_ns)}
                assert then == self.shown_at(line.t_ns)
        self.book.close()
        self.folder.cleanup()

    def shown_at(self, t_ns):
        """Number and state of what was on the list, from the lines that calls returned."""
        last = {line.after.number: line.after for line in self.lines if line.t_ns <= t_ns}
        return {n: a.alarm.state.value for n, a in last.items() if not a.gone}


Desk.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=50, deadline=None)
test_anything_may_happen = pytest.mark.timeout(300)(Desk.TestCase)
