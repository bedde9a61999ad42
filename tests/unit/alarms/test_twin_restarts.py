"""The twin dies and comes back: no alarm twice, none lost, none for ever."""

import pytest
from desk_made import T0, actions, at, event, order

from hil.alarms import AlarmBook, AlarmReader, AlarmSettings
from twin.diagnosis.isa import Action

HEALTHY = {"cooling_loop": "healthy"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.sqlite"


@pytest.fixture
def book(path):
    with AlarmBook(path) as book:
        yield book


def test_what_is_told_again_after_a_checkpoint_is_no_news(book):
    book.twin([event()], [], T0)
    book.twin([event(fault="pump_wear")], [], at(100))
    assert actions(book.twin([event()], [], at(200))) == [(1, Action.RENAME)]
    assert actions(book.twin([event(fault="pump_wear")], [], at(300))) == [(1, Action.RENAME)]
    assert book.twin([event(fault="pump_wear")], [], at(310)) == []


def test_an_event_that_is_over_does_not_come_back(book, path):
    book.twin([event()], [], T0)
    book.twin([event(cleared=50)], [], at(50))
    book.order(order(1), at(60))
    assert book.twin([event()], [], at(70)) == []
    assert book.twin([event(cleared=50)], [], at(80)) == []
    book.close()
    with AlarmBook(path) as again:
        assert again.twin([event()], [], at(90)) == []
        assert actions(again.twin([event(2, raised=95)], [], at(95))) == [(2, Action.RAISE)]


def test_a_number_that_is_given_again_is_another_event(book, path):
    """As files have it of a twin that began anew under the name of its first row."""
    book.twin([event(cleared=7200)], [], at(7200), open_events=[])
    book.order(order(1), at(7300))
    book.close()
    with AlarmBook(path) as again:
        told = event(fault="condenser_fouling", raised=3600)
        lines = again.twin([told], [], at(8 * 3600), open_events=[1])
        assert actions(lines) == [(2, Action.RAISE)]
        assert again.twin([told], [], at(9 * 3600), open_events=[1]) == []


def test_a_number_that_is_given_again_names_no_alarm_anew(book):
    book.twin([event(5)], [], T0, generation=1, open_events=[5])
    book.order(order(1), at(10))
    told = [event(5, "pump_wear", raised=900)]
    lines = book.twin(told, [], at(900), generation=1, open_events=[5])
    assert actions(lines) == [(2, Action.RAISE)]
    assert lines[0].asks
    done = follow(book, 1, 26, HEALTHY, generation=1, open_events=[5])
    assert actions(done) == [(1, Action.CLEAR)]  # the twin does not know the first any more


def test_a_number_that_is_given_again_to_the_same_fault_goes_on_with_its_alarm(book):
    book.twin([event(5)], [], T0, open_events=[5])
    book.order(order(1), at(10))
    lines = book.twin([event(5, raised=900)], [], at(900), open_events=[5])
    assert [(line.after.number, line.action, line.asks) for line in lines] == [
        (1, Action.ADOPT, False)
    ]
    assert actions(book.twin([event(5, raised=900, cleared=950)], [], at(950))) == [
        (1, Action.CLEAR)
    ]


def test_a_new_event_of_a_fault_that_waits_for_acknowledgement_goes_on_with_it(book):
    book.twin([event()], [], T0)
    book.twin([event(cleared=50)], [], at(50))
    assert actions(book.twin([event(2, raised=60)], [], at(60))) == [(1, Action.RAISE)]
    assert book.twin([event()], [], at(70)) == []  # the first, told again


def test_a_lost_memory_takes_over_what_it_finds_again(book):
    book.twin([event(7)], [], T0)
    book.order(order(1), at(1))
    lines = book.twin([event(1, generation=2, raised=500)], [], at(500))
    assert actions(lines) == [(1, Action.ADOPT)]
    assert not lines[0].asks
    assert book.board.listed[1].acknowledged_by == "anna"
    done = book.twin([event(1, generation=2, raised=500, cleared=600)], [], at(600))
    assert actions(done) == [(1, Action.CLEAR)]


def test_two_events_at_once_are_two_alarms(book):
    book.twin([event(1), event(2, fault="pump_wear")], [], T0)
    assert sorted(book.board.listed) == [1, 2]


def test_one_that_gets_the_name_of_an_older_one_ends_that(book):
    book.twin([event(7)], [], T0)
    book.twin([event(1, None, generation=2, raised=500)], [], at(500))
    assert sorted(book.board.listed) == [1, 2]
    lines = book.twin([event(1, generation=2, raised=500)], [], at(600))
    assert actions(lines) == [(1, Action.CLEAR), (2, Action.RENAME)]
    assert lines[0].comment == "goes on as alarm 2"


def follow(book, since_h, until_h, standing, generation=2, **told):
    """News every 5 min."""
    lines = []
    for minute in range(since_h * 60, until_h * 60, 5):
        now_ns = at(minute * 60)
        lines += book.twin([], [], now_ns, standing=standing, generation=generation, **told)
    return lines


def test_what_is_not_found_again_ends_after_a_day_of_health(book):
    book.twin([event(7)], [], T0)
    assert follow(book, 1, 25, HEALTHY) == []
    lines = follow(book, 25, 26, HEALTHY)
    assert actions(lines) == [(1, Action.CLEAR)]
    assert lines[0].comment == (
        "the twin lost its memory of it, and has seen cooling_loop healthy for 24 h since"
    )


@pytest.mark.parametrize("unsure", ["not observable", "undecided"])
def test_only_health_that_is_seen_counts(book, unsure):
    book.twin([event(7)], [], T0)
    assert follow(book, 1, 20, HEALTHY) == []
    assert follow(book, 20, 90, {"cooling_loop": unsure}) == []
    assert follow(book, 90, 95, HEALTHY) == []
    assert actions(follow(book, 95, 97, HEALTHY)) == [(1, Action.CLEAR)]


def test_a_fault_of_the_part_begins_the_day_anew(book):
    book.twin([event(7)], [], T0)
    follow(book, 1, 20, HEALTHY)
    follow(book, 20, 21, {"cooling_loop": "fault"})
    assert follow(book, 21, 45, HEALTHY) == []
    assert actions(follow(book, 45, 46, HEALTHY)) == [(1, Action.CLEAR)]


def test_nothing_ends_while_nobody_says_how_parts_are(book):
    book.twin([event(7)], [], T0)
    assert follow(book, 1, 60, None) == []


def test_one_that_the_twin_still_has_open_stays(book):
    book.twin([event(7, generation=2)], [], T0)
    assert follow(book, 1, 60, HEALTHY, open_events=[7]) == []
    assert book.board.listed[1].alarm.active


def test_one_that_was_raised_after_the_checkpoint_and_not_again_ends_too(book):
    book.twin([event(7, generation=2)], [], T0)
    lines = follow(book, 1, 60, HEALTHY, open_events=[])
    assert actions(lines) == [(1, Action.CLEAR)]


def test_one_that_is_found_again_with_another_number_goes_on(book):
    book.twin([event(7, generation=2)], [], T0)
    lines = book.twin([event(8, generation=2, raised=50)], [], at(50), open_events=[8])
    assert actions(lines) == [(1, Action.ADOPT)]


def test_an_event_that_turns_out_to_be_of_another_part_takes_its_alarm_there(book):
    book.twin([event()], [], T0)
    told = event(fault="condenser_fouling", part="heat_pump")
    (line,) = book.twin([told], ["heat_pump"], at(60))[:1]
    assert (line.after.part, line.after.key) == ("heat_pump", "heat_pump/condenser_fouling")
    assert book.board.listed[1].alarm.suppressed


def test_the_day_of_health_goes_on_over_a_restart_of_the_desk(path):
    with AlarmBook(path) as book:
        book.twin([event(7)], [], T0)
        follow(book, 1, 20, HEALTHY)
    with AlarmBook(path) as book:
        assert follow(book, 20, 24, HEALTHY) == []
        assert actions(follow(book, 24, 27, HEALTHY)) == [(1, Action.CLEAR)]


def test_how_long_it_takes_can_be_set(path):
    with AlarmBook(path, AlarmSettings.model_validate({"forget_after": "2h"})) as book:
        book.twin([event(7)], [], T0)
        assert actions(follow(book, 1, 4, HEALTHY)) == [(1, Action.CLEAR)]


def test_latching_causes_stay_until_somebody_resets_them(path):
    with AlarmBook(path, AlarmSettings(latching=("cooling_loop",))) as book:
        book.twin([event()], [], T0)
        book.twin([event(cleared=50)], [], at(50))
        assert book.board.listed[1].alarm.held
        book.order(order(1), at(60))
        book.order(order(1, Action.RESET), at(70))
        assert book.board.listed == {}


def test_evidence_is_the_newest_that_was_told(book, path):
    book.twin([event()], [], T0)
    book.twin([event(size=0.6, low=0.5, high=0.7)], [], at(100))
    with AlarmReader(path) as reader:
        told = reader.evidence(1)
        assert told["size"] == 0.6
        assert told["likely"] == [{"name": "fan_loss", "probability": 0.98}]
        assert told["check"] == "fan status lines"
        assert reader.rows()[0].text == "60 % (50 to 70)"
        assert reader.evidence(2) is None
