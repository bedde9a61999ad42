"""An alarm that turns out to be more urgent than people knew asks them again, once."""

import pytest
from desk_made import T0, actions, at, event, feed, order, settings

from hil.alarms import AlarmBook, AlarmReader
from twin.alarms.telling import Memory, Rule, plan
from twin.diagnosis.isa import Action

LOW, HIGH = "cooling_loop.T_supply.bias", "cooling_loop.fan_loss"


class Channel:
    """For what is urgent alone; hears the journal of a desk."""

    def __init__(self, reader):
        self.reader, self.memory = reader, Memory()

    def says(self, now_ns):
        lines = self.reader.after(self.memory.cursor)
        listed = self.reader.listed()
        self.memory, said = plan(Rule(least="high"), self.memory, lines, listed, now_ns)
        return [(say.what, say.number) for say in said]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.sqlite"


@pytest.mark.parametrize("seen", [True, False], ids=["acknowledged", "not acknowledged"])
def test_whom_the_new_name_concerns_is_told(path, seen):
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        channel = Channel(reader)
        book.twin([event(1, LOW)], [], T0)
        assert channel.says(at(1)) == []
        if seen:
            book.order(order(1), at(5))
        lines = book.twin([event(1, HIGH)], [], at(100))
        assert [(line.action, line.asks) for line in lines] == [
            (Action.RENAME, False),
            (Action.ESCALATE, True),
        ]
        assert lines[1].comment == "it was low, and is high"
        assert book.board.listed[1].asks
        assert book.board.listed[1].acknowledged_by is None
        assert channel.says(at(101)) == [("raised", 1)]


def test_a_less_urgent_name_asks_nobody(path):
    with AlarmBook(path) as book:
        book.twin([event(1, HIGH)], [], T0)
        book.order(order(1), at(5))
        assert actions(book.twin([event(1, LOW)], [], at(100))) == [(1, Action.RENAME)]
        assert not book.board.listed[1].asks


def test_a_name_that_comes_and_goes_asks_once(path):
    """As it does when the twin tells again what it told since its checkpoint."""
    with AlarmBook(path) as book:
        book.twin([event(1, HIGH)], [], T0)
        book.order(order(1), at(5))
        lines = []
        for k in range(10):
            lines += book.twin([event(1, (LOW, HIGH)[k % 2])], [], at(100 + k))
        assert {line.action for line in lines} == {Action.RENAME}


def test_one_that_was_acknowledged_under_the_harmless_name_asks_each_time(path):
    with AlarmBook(path) as book:
        book.twin([event(1, HIGH)], [], T0)
        book.twin([event(1, LOW)], [], at(10))
        book.order(order(1), at(20))
        book.twin([event(1, HIGH)], [], at(30))
        assert book.board.listed[1].asks


def test_what_is_suppressed_stays_so(path):
    with AlarmBook(path) as book:
        book.twin([event(1, LOW)], ["cooling_loop"], T0)
        lines = book.twin([event(1, HIGH)], ["cooling_loop"], at(10))
        assert not any(line.asks for line in lines)
        assert book.twin([event(1, HIGH)], [], at(20))[0].asks


@pytest.mark.parametrize(
    ("then", "happened"),
    [
        ("high", [Action.RENAME, Action.ESCALATE]),
        ("low", [Action.RENAME]),
    ],
)
def test_a_limit_that_an_engineer_makes_more_urgent(path, then, happened):
    with AlarmBook(path, settings()) as book:
        feed(book, 306.0, 0, 11)
        book.order(order(1), at(20))
    with AlarmBook(path, settings(priority=then)) as book, AlarmReader(path) as reader:
        told = [line.action for _, line in reader.after(0)]
        assert told == [Action.RAISE, Action.ACKNOWLEDGE, *happened]
        assert book.board.listed[1].asks is (then == "high")


def test_a_limit_that_is_over_asks_nobody_again(path):
    with AlarmBook(path, settings()) as book:
        feed(book, 306.0, 0, 11)
        feed(book, 300.0, 11, 40)
    with AlarmBook(path, settings(priority="high")), AlarmReader(path) as reader:
        told = [line.action for _, line in reader.after(0)]
        assert told == [Action.RAISE, Action.CLEAR, Action.RENAME]
