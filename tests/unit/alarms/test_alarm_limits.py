"""Limits: delay, deadband, and readings that are not there, against a simple-minded oracle."""

import math

import pytest
from desk_made import HOT, SUPPLY, T0, S, actions, at, feed, order, settings
from hypothesis import given
from hypothesis import strategies as st

from hil.alarms import AlarmBook
from twin.alarms.limit import LONGEST_GAP_NS, Timer, turn
from twin.diagnosis.isa import Action
from twin.signals import Quality

LIMIT = settings().limit_map()[f"limit:{HOT}"]


@pytest.fixture
def book(tmp_path):
    with AlarmBook(tmp_path / "desk.sqlite", settings()) as book:
        yield book


def test_a_limit_asks_after_its_delay_and_ends_behind_its_deadband(book):
    assert feed(book, 306.0, 0, 10) == []
    raised = feed(book, 306.0, 10, 11)
    assert actions(raised) == [(1, Action.RAISE)]
    assert raised[0].after.asks
    assert feed(book, 304.6, 11, 100) == []  # below the limit, inside the deadband
    assert feed(book, 304.4, 100, 120) == []
    assert actions(feed(book, 304.4, 120, 122)) == [(1, Action.CLEAR)]


def test_a_dip_begins_the_delay_anew(book):
    feed(book, 306.0, 0, 10)
    feed(book, 304.9, 10, 11)
    assert feed(book, 306.0, 11, 21) == []
    assert actions(feed(book, 306.0, 21, 22)) == [(1, Action.RAISE)]


@pytest.mark.parametrize("lost", [math.nan, math.inf, None])
def test_what_is_not_read_neither_clears_nor_begins_a_delay_anew(book, lost):
    feed(book, 306.0, 0, 11)
    feed(book, 300.0, 11, 30)  # 18 s of the 20 that are needed
    values = {} if lost is None else {SUPPLY: lost}
    for k in range(30, 3000):
        assert book.limits(at(k), values, {SUPPLY: 0}) == []
    assert feed(book, 300.0, 3000, 3002) == []
    assert actions(feed(book, 300.0, 3002, 3003)) == [(1, Action.CLEAR)]


@pytest.mark.parametrize("quality", [q for q in Quality if q is not Quality.GOOD])
def test_no_bad_quality_clears_or_raises(book, quality):
    assert feed(book, 999.0, 0, 50, quality) == []
    feed(book, 306.0, 50, 61)
    assert feed(book, 280.0, 61, 5000, quality) == []
    assert feed(book, 280.0, 5000, 5021)[-1].action is Action.CLEAR


def test_time_that_nobody_saw_counts_for_no_delay(book):
    feed(book, 306.0, 0, 2)
    gone = 2 + LONGEST_GAP_NS // S
    assert feed(book, 306.0, gone, gone + 9) == []
    assert actions(feed(book, 306.0, gone + 9, gone + 10)) == [(1, Action.RAISE)]


def test_one_that_comes_back_keeps_its_number_until_it_is_acknowledged(book):
    feed(book, 306.0, 0, 11)
    feed(book, 300.0, 11, 33)
    assert actions(feed(book, 306.0, 40, 51)) == [(1, Action.RAISE)]
    book.order(order(1), at(60))
    feed(book, 300.0, 60, 82)
    assert actions(feed(book, 306.0, 90, 101)) == [(2, Action.RAISE)]


def test_one_that_is_shelved_comes_back_in_silence(book):
    feed(book, 306.0, 0, 11)
    book.order(order(1), at(12))
    book.order(order(1, Action.SHELVE, until_ns=at(3600)), at(13))
    feed(book, 300.0, 20, 42)
    (again,) = feed(book, 306.0, 50, 61)
    assert (again.after.number, again.action, again.asks) == (1, Action.RAISE, False)
    (expired,) = book.tick(at(3600))
    assert (expired.action, expired.asks) == (Action.EXPIRE, True)


def test_a_limit_without_delay_asks_at_once(tmp_path):
    with AlarmBook(tmp_path / "d.sqlite", settings(delay_on="0 s", delay_off="0 s")) as book:
        assert actions(feed(book, 306.0, 0, 1)) == [(1, Action.RAISE)]
        assert actions(feed(book, 304.0, 1, 2)) == [(1, Action.CLEAR)]


def test_a_limit_below(tmp_path):
    low = AlarmBook(tmp_path / "d.sqlite", settings(above=None, below="290 K", delay_on="0 s"))
    with low as book:
        assert feed(book, 290.1, 0, 1) == []
        assert actions(feed(book, 289.9, 1, 2)) == [(1, Action.RAISE)]
        assert feed(book, 290.4, 2, 60) == []
        assert actions(feed(book, 290.6, 60, 81)) == [(1, Action.CLEAR)]


def test_a_limit_that_means_nothing_while_its_part_is_off(tmp_path):
    off = settings(suppressed_when_off=True)
    with AlarmBook(tmp_path / "d.sqlite", off) as book:
        book.twin([], ["cooling_loop"], T0)
        (line,) = feed(book, 306.0, 0, 11)
        assert not line.asks
        assert line.after.alarm.suppressed
        (on,) = book.twin([], [], at(20))
        assert (on.action, on.asks) == (Action.UNSUPPRESS, True)


def test_one_that_is_no_longer_set_ends_with_a_reason(tmp_path):
    with AlarmBook(tmp_path / "d.sqlite", settings()) as book:
        feed(book, 306.0, 0, 11)
    with AlarmBook(tmp_path / "d.sqlite") as book:
        assert not book.board.listed[1].alarm.active
        assert book.board.listed[1].asks  # somebody should know


readings = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 5, 59, 60, 61, 4000]),
        st.sampled_from([306.0, 306.0, 305.2, 304.8, 304.2, 304.2, None]),
    ),
    max_size=60,
)


def by_hand(rows):
    """Active after each row: looks back over seen stretches, second by second."""
    active, out, waited = False, [], []
    for step_s, value in rows:
        if value is None:
            waited.append(None)
        else:
            wanted = value > (304.5 if active else 305.0)
            if wanted == active:
                waited = []
            else:
                before = waited[-1] if waited else None
                waited.append(step_s if before is not None and step_s <= 60 else 0)
                if sum(w for w in waited if w) >= (20 if active else 10):
                    active, waited = not active, []
        out.append(active)
    return out


@given(readings)
def test_any_readings(rows):
    active, timer, t_ns, out = False, Timer(), T0, []
    for step_s, value in rows:
        t_ns += step_s * S
        beyond = None if value is None else LIMIT.beyond(value, active)
        delays = (LIMIT.delay_on_ns, LIMIT.delay_off_ns)
        timer, active = turn(timer, t_ns, active, beyond, delays)
        out.append(active)
    assert out == by_hand(rows)
