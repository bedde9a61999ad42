"""What the twin finds explains what limits see: one question for one cause."""

import pytest
from desk_made import SUPPLY, T0, actions, at, event, feed, order, settings

from hil.alarms import AlarmBook, AlarmReader
from twin.diagnosis.isa import Action


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.sqlite"


@pytest.fixture
def book(path):
    with AlarmBook(path, settings()) as book:
        yield book


def asking(book):
    return [n for n, alarm in sorted(book.board.listed.items()) if alarm.asks]


@pytest.mark.parametrize(
    "why",
    [
        {},
        {"part": "heat_pump", "consequences": [SUPPLY]},
        {"part": "heat_pump", "evidence": [{"signal": SUPPLY, "share": 1, "innovation": 1}]},
    ],
    ids=["part", "consequence", "evidence"],
)
def test_a_limit_does_not_ask_while_a_cause_explains_it(book, why):
    book.twin([event(**why)], [], T0)
    (line,) = feed(book, 306.0, 0, 11)
    assert (line.after.under, line.asks) == (1, False)
    assert asking(book) == [1]


def test_a_cause_of_another_place_explains_nothing(book):
    book.twin([event(part="heat_pump")], [], T0)
    (line,) = feed(book, 306.0, 0, 11)
    assert (line.after.under, line.asks) == (None, True)


def test_a_cause_that_comes_later_takes_the_limit_in(book):
    feed(book, 306.0, 0, 11)
    assert asking(book) == [1]
    lines = book.twin([event()], [], at(20))
    assert actions(lines) == [(2, Action.RAISE), (1, Action.GROUP)]
    assert asking(book) == [2]


def test_a_limit_that_outlives_its_cause_asks_for_itself(book):
    book.twin([event()], [], T0)
    feed(book, 306.0, 0, 11)
    book.order(order(1), at(15))
    lines = book.twin([event(cleared=20)], [], at(20))
    assert actions(lines) == [(1, Action.CLEAR), (2, Action.UNGROUP)]
    assert lines[1].asks
    assert asking(book) == [2]


def test_a_limit_that_went_with_its_cause_asks_nothing(book):
    book.twin([event()], [], T0)
    feed(book, 306.0, 0, 11)
    feed(book, 300.0, 11, 40)
    assert asking(book) == [1]
    book.twin([event(cleared=50)], [], at(50))
    assert asking(book) == [1]  # the cause, returned; the limit is still below it
    book.order(order(1), at(60))
    assert book.board.listed == {}


def test_one_that_comes_again_after_its_cause_is_gone_asks(book):
    book.twin([event()], [], T0)
    feed(book, 306.0, 0, 11)
    feed(book, 300.0, 11, 40)
    book.twin([event(cleared=50)], [], at(50))
    feed(book, 306.0, 60, 71)
    assert asking(book) == [1, 2]


def test_a_limit_that_is_more_urgent_makes_its_cause_so(path):
    with AlarmBook(path, settings(priority="high")) as book:
        book.twin([event(fault="cdu_fouling")], [], T0)
        book.order(order(1), at(1))
        assert asking(book) == []
        lines = feed(book, 306.0, 2, 13)
        assert actions(lines) == [(2, Action.RAISE), (1, Action.ESCALATE)]
        assert [line.asks for line in lines] == [False, True]
        assert book.board.listed[1].priority == "high"
        assert book.board.listed[1].acknowledged_by is None


def test_a_limit_that_is_over_makes_no_cause_urgent(path):
    with AlarmBook(path, settings(priority="high")) as book:
        feed(book, 306.0, 0, 11)
        feed(book, 300.0, 11, 40)
        lines = book.twin([event(fault="cdu_fouling")], [], at(50))
        assert actions(lines) == [(2, Action.RAISE), (1, Action.GROUP)]
        assert book.board.listed[2].priority == "medium"


def test_a_limit_that_came_and_went_under_a_cause_that_was_seen_is_off_the_list(book):
    book.twin([event()], [], T0)
    book.order(order(1), at(1))
    feed(book, 306.0, 2, 13)
    lines = feed(book, 300.0, 13, 40)
    assert actions(lines) == [(2, Action.CLEAR), (2, Action.ACKNOWLEDGE)]
    assert lines[1].who == "desk"
    assert list(book.board.listed) == [1]


@pytest.mark.parametrize("action", [Action.SHELVE, Action.REMOVE])
def test_a_cause_that_nobody_sees_explains_nothing(book, action):
    book.twin([event()], [], T0)
    feed(book, 306.0, 0, 11)
    until = at(3600) if action is Action.SHELVE else None
    lines = book.order(order(1, action, until_ns=until), at(12))
    assert actions(lines) == [(1, action), (2, Action.UNGROUP)]
    assert asking(book) == [2]


def test_a_cause_of_a_part_that_is_off_explains_nothing(book):
    book.twin([event()], [], T0)
    feed(book, 306.0, 0, 11)
    lines = book.twin([], ["cooling_loop"], at(20))
    assert actions(lines) == [(1, Action.SUPPRESS), (2, Action.UNGROUP)]


@pytest.mark.parametrize("fault", ["loop_ctl.stale", "site.silent"])
def test_a_lost_link_is_explained_by_what_is_wrong_with_its_own_controller_alone(book, fault):
    book.twin([event(fault=fault, evidence=[])], [], T0)
    lost = {"loop_ctl": "timeout", "cooling_loop": "timeout"}
    book.links(at(0), lost)
    lines = book.links(at(31), lost)
    under = {line.after.part: line.after.under for line in lines}
    assert under == {"loop_ctl": 1, "cooling_loop": None if fault == "loop_ctl.stale" else 1}


@pytest.fixture
def linked(path):
    """A desk that reads SUPPLY from `loop_ctl`, and nothing else."""
    with AlarmBook(path, settings(), {"loop_ctl": [SUPPLY]}) as book:
        yield book


SILENT = event(fault=f"{SUPPLY}.dead", evidence=[], raised=300)


@pytest.mark.parametrize("fault", [f"{SUPPLY}.dead", "loop_ctl.silent"])
def test_what_comes_over_a_lost_link_does_not_ask_when_it_falls_silent(linked, fault):
    for k in (0, 31):
        linked.links(at(k), {"loop_ctl": "timeout"})
    (line,) = linked.twin([event(fault=fault, evidence=[], raised=300)], [], at(300))
    assert (line.action, line.after.under, line.asks) == (Action.RAISE, 1, False)
    assert asking(linked) == [1]
    assert linked.board.listed[1].consequences == (SUPPLY,)


def test_a_sensor_that_falls_silent_before_its_link_is_an_alarm_is_taken_in(linked):
    linked.twin([SILENT], [], at(0))
    linked.links(at(0), {"loop_ctl": "timeout"})
    lines = linked.links(at(31), {"loop_ctl": "timeout"})
    assert actions(lines) == [(2, Action.RAISE), (1, Action.GROUP)]
    assert asking(linked) == [2]


def test_a_sensor_that_stays_silent_when_its_link_is_back_asks_for_itself(linked):
    for k in (0, 31):
        linked.links(at(k), {"loop_ctl": "timeout"})
    linked.twin([SILENT], [], at(300))
    linked.links(at(400), {})
    lines = linked.links(at(431), {})
    assert actions(lines) == [(1, Action.CLEAR), (2, Action.UNGROUP)]
    assert lines[1].asks


def test_a_sensor_that_comes_back_with_its_link_never_asks(linked, path):
    for k in (0, 31):
        linked.links(at(k), {"loop_ctl": "timeout"})
    linked.order(order(1), at(100))
    linked.twin([SILENT], [], at(300))
    linked.links(at(400), {})
    linked.twin([SILENT | {"cleared_s": at(420) / 1e9}], [], at(420))
    linked.links(at(431), {})
    assert linked.board.listed == {}
    with AlarmReader(path) as reader:
        assert [line.after.number for _, line in reader.after(0) if line.asks] == [1]


def test_a_silent_sensor_does_not_ask_because_its_link_was_put_aside(linked):
    for k in (0, 31):
        linked.links(at(k), {"loop_ctl": "timeout"})
    linked.order(order(1, Action.SHELVE, until_ns=at(3600)), at(100))
    linked.twin([SILENT], [], at(300))
    assert asking(linked) == []


@pytest.mark.parametrize("fault", ["cooling_loop.T_return.dead", f"{SUPPLY}.bias", "fan_loss"])
def test_a_lost_link_explains_nothing_else(linked, fault):
    for k in (0, 31):
        linked.links(at(k), {"loop_ctl": "timeout"})
    linked.twin([event(fault=fault)], [], at(300))
    assert asking(linked) == [1, 2]


def test_a_lost_link_asks_after_its_delay_and_ends_when_it_is_back(book):
    assert book.links(at(0), {"hp": "timeout"}) == []
    (line,) = book.links(at(30), {"hp": "timeout"})
    assert (line.after.kind, line.after.priority, line.asks) == ("link", "diagnostic", True)
    assert line.after.text == "timeout"
    assert book.links(at(31), {}) == []
    assert book.links(at(40), {"hp": "timeout"}) == []
    assert book.links(at(50), {}) == []
    assert actions(book.links(at(80), {})) == [(1, Action.CLEAR)]


def test_links_that_come_back_soon_are_quiet(book):
    for k in range(0, 600, 10):
        assert book.links(at(k), {"hp": "timeout"} if k % 30 else {}) == []


def test_a_lost_link_clears_no_limit(book):
    feed(book, 306.0, 0, 11)
    for k in range(11, 200):
        lines = book.links(at(k), {"hp": "x"}) + book.limits(at(k), {}, {})
        assert Action.CLEAR not in [line.action for line in lines]


def test_the_list_shows_what_is_under_what(book, path):
    book.twin([event(fault="cdu_fouling")], [], T0)
    feed(book, 306.0, 0, 11)
    with AlarmReader(path) as reader:
        rows = {row.number: row for row in reader.rows(at(12))}
        assert (rows[2].under, rows[2].annunciated, rows[2].kind) == (1, False, "limit")
        assert (rows[1].priority, rows[1].annunciated) == ("medium", True)
        assert rows[1].text == "40 % (30 to 50)"
        assert [row.number for row in reader.rows(at(12))] == [1, 2]
