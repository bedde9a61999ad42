"""How long nothing could be judged, on what was said Step by Step."""

from types import SimpleNamespace

import pytest

from hil.campaign.dark import Dark
from twin.diagnosis.verdict import Standing
from twin.estimation.step import STEP_NS

OFF, UP = Standing.NOT_OBSERVABLE, Standing.HEALTHY


def followed(said: dict[str, str], begun: int, raised: int | None = None) -> Dark:
    """`said` of each part: a letter a Step, o is not observable; an event is raised in a Step."""
    dark = Dark(said, begun * STEP_NS)
    for i in range(len(next(iter(said.values()), "ooo"))):
        news = [SimpleNamespace(raised_ns=i * STEP_NS)] if i == raised else []
        dark.take(i * STEP_NS, news, lambda part: OFF if said[part][i] == "o" else UP)  # noqa: B023
    return dark


@pytest.mark.parametrize(
    ("said", "raised", "steps"),
    [
        ("oooo..oo....", 10, 4),  # two before the fault, which begins in the third
        ("oooo..oo....", 6, 2),  # what comes after the event is no delay
        ("oo..........", 10, 0),
        ("oooooooooooo", None, 10),
    ],
)
def test_it_is_counted_from_the_fault_to_the_event(said, raised, steps) -> None:
    dark = followed({"pump": said}, 2, raised)
    assert dark.hours == pytest.approx(steps * 100 / 3600)
    assert dark.throughout == ("." not in said[2:])


def test_an_event_before_the_fault_is_of_something_else() -> None:
    assert followed({"pump": "oooooo"}, 3, raised=1).hours == pytest.approx(3 * 100 / 3600)


def test_a_part_that_stood_after_the_event_and_before_stood_throughout() -> None:
    assert followed({"pump": "oooooo"}, 1, raised=3).throughout
    assert not followed({"pump": "oooo.o"}, 1, raised=3).throughout


def test_of_two_parts_one_that_runs_could_be_judged() -> None:
    dark = followed({"pump": "oooo", "loop": "o.o."}, 0)
    assert dark.hours == pytest.approx(2 * 100 / 3600)
    assert dark.throughout  # of one of them nothing could ever be said


def test_without_a_fault_nothing_is_asked() -> None:
    dark = followed({}, 0)
    assert (dark.hours, dark.throughout) == (0.0, False)
