"""Steps found in an input: one by one, as ramps, by their least size."""

from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.response.changes import changes


def test_steps_with_what_lies_between() -> None:
    found = changes([0, 10, 20, 30, 40, 50], [1, 1, 3, 3, 2, 2])
    assert [(c.seen_after_s, c.at_s, c.over_s) for c in found] == [(10, 20, 20), (30, 40, 40)]
    assert [(c.before, c.after, c.size) for c in found] == [(1, 3, 2), (3, 2, -1)]
    assert [c.until_s for c in found] == [40, inf]


def test_a_ramp_is_one_step() -> None:
    (found,) = changes(range(8), [0, 0, 1, 2, 3, 4, 4, 4])
    assert (found.at_s, found.over_s, found.size) == (2, 5, 4)


def test_what_turns_round_is_two() -> None:
    up, down = changes(range(6), [0, 0, 2, 1, 1, 1])
    assert (up.size, down.size, up.until_s) == (2, -1, 3)


def test_small_ones_are_none() -> None:
    u = [0, 0.01, 0, 0, 1, 1]
    assert [c.size for c in changes(range(6), u, least=0.05)] == [1]
    assert len(changes(range(6), u)) == 3
    assert changes(range(3), [5, 5, 5]) == ()
    assert changes([], []) == ()


def test_missing_samples_hide_only_when_it_was() -> None:
    (found,) = changes([0, 1, 2, 3, 4], [1, 1, nan, 2, 2])
    assert (found.seen_after_s, found.at_s) == (1, 3)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_steps_lead_from_the_first_value_to_the_last(u: list[int]) -> None:
    found = changes(np.arange(len(u)), u)
    assert sum(c.size for c in found) == u[-1] - u[0]
    for one, following in pairwise(found):
        assert one.after == following.before
        assert one.until_s == following.at_s


def test_a_least_size_is_a_size() -> None:
    with pytest.raises(BadInput, match="least = -1"):
        changes([0, 1], [0, 1], least=-1.0)
