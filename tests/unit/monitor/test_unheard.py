"""What a keeper has not confirmed waits for the next, unless keepers end on it."""

from hil.monitor.unheard import LIVES, MOST, Unheard, in_words


def test_what_was_not_confirmed_is_told_again_in_order():
    unheard = Unheard()
    numbers = [unheard.hold({"news": k}) for k in range(4)]
    unheard.heard(numbers[1])
    unheard.heard(numbers[1])
    assert unheard.put_aside() is None
    assert [fields["news"] for _, fields in unheard] == [0, 2, 3]


def test_what_several_keepers_have_ended_on_is_put_aside_alone():
    """The keeper takes things in order: it is the first that nobody survives."""
    unheard = Unheard()
    first, *_ = [unheard.hold({"news": k}) for k in range(3)]
    assert [unheard.put_aside() for _ in range(LIVES)] == [None] * LIVES
    assert unheard.put_aside() == (first, {"news": 0})
    assert [fields["news"] for _, fields in unheard] == [1, 2]
    assert unheard.put_aside() is None


def test_keepers_that_got_further_each_time_put_nothing_aside():
    unheard = Unheard()
    numbers = [unheard.hold({"news": k}) for k in range(20)]
    for number in numbers:
        for _ in range(LIVES):
            assert unheard.put_aside() is None
        unheard.heard(number)
    assert [unheard.put_aside() for _ in range(9)] == [None] * 9


def test_the_oldest_goes_when_there_is_too_much():
    unheard = Unheard()
    for k in range(MOST + 2):
        unheard.hold({"news": k})
    assert next(iter(unheard))[1] == {"news": 2}


def test_what_is_put_aside_is_said_with_who_wanted_it():
    order = {"who": "anna", "action": "acknowledged", "number": 3, "comment": ""}
    assert in_words({"order": order}) == "order of anna (acknowledged, alarm 3)"
    assert in_words({"note": {"who": "olli", "text": "x", "t_ns": 1}}) == "note of olli"
    assert in_words({"news": {"events": []}}).startswith("news")
