"""Conditions that come true one after the other."""

import pytest
from commissioning_samples import Series
from hypothesis import given
from hypothesis import strategies as st

from hil.commissioning.judging import in_order
from hil.commissioning.procedure import InOrder

POINTS = ("no_flow", "no_start", "source_cold")
STATES = {"1": 1.0, "0": 0.0, "?": None}


def judged(texts, within, *afters):
    """What is found where three alarms are 1, 0 or have no value (?), a letter a second."""
    order = [
        InOrder(point=point, equals=True, after=f"{after} s")
        for point, after in zip(POINTS, (0, *afters), strict=False)
    ][: len(texts)]
    values = {p: [STATES[letter] for letter in t] for p, t in zip(POINTS, texts, strict=False)}
    series = Series(values)
    return in_order(order, within, series.scope, series.cycle, 0.0), series.t_s


# (series of each alarm, within [s], after [s] of the second and third, verdict, when, why)
CASES = [
    (["01", "0001"], 9, [0], "pass", 3, "at 1 s, 3 s"),
    (["1", "0001"], 9, [0], "pass", 3, "at 0 s, 3 s"),
    (["0100", "0001"], 9, [0], "pass", 3, "at 1 s, 3 s"),  # the first need not stay so
    (["01", "001", "0001"], 9, [0, 0], "pass", 3, "at 1 s, 2 s, 3 s"),
    (["01", "0001"], 3, [0], "pass", 3, "at 1 s, 3 s"),
    (["01", "00001"], 3, [0], "fail", 3,
     "after 3 s not yet: no_start is true; no_start is 0"),
    (["0", "0"], 3, [0], "fail", 3, "after 3 s not yet: no_flow is true; no_flow is 0"),
    # the wrong way round
    (["00001", "01"], 9, [0], "fail", 1, "no_start is true before no_flow is true"),
    (["01", "00001", "001"], 9, [0, 0], "fail", 2, "source_cold is true before no_start is true"),
    (["01", "01"], 9, [0], "fail", 1, "no_start is true together with no_flow is true"),
    (["01", "1"], 9, [0], "fail", 0, "before it began no_start is true"),
    # too early
    (["01", "00001"], 9, [3], "pass", 4, "at 1 s, 4 s"),
    (["01", "0001"], 9, [3], "fail", 3,
     "no_start is true 2 s after no_flow is true, not before 3 s"),
    (["01", "0001", "00001"], 9, [2, 2], "fail", 4,
     "source_cold is true 1 s after no_start is true, not before 2 s"),
    # nobody can say
    (["?", "0"], 9, [0], "inconclusive", 5, "no_flow has no value"),
    (["01", "?"], 9, [0], "inconclusive", 6, "no_start has no value"),
    (["1", "0???1"], 9, [3], "pass", 4, "at 0 s, 4 s"),
    (["1", "0?????1"], 9, [3], "inconclusive", 5, "no_start has no value"),
    (["0?1", "01"], 9, [0], "inconclusive", 2,
     "nobody saw whether no_start is true before no_flow is true"),
    (["0?0", "01"], 9, [0], "fail", 2, "no_start is true before no_flow is true"),
    (["0?1", "0001"], 9, [0], "pass", 3, "at 2 s, 3 s"),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "within", "afters", "verdict", "at_s", "why"), CASES)
def test_what_is_found(texts, within, afters, verdict, at_s, why):
    found, when_s = judged(texts, within, *afters)
    assert (found.verdict, found.why, when_s) == (verdict, why, at_s)


FIRST = st.one_of(st.integers(0, 12), st.just(99))
SERIES = st.tuples(FIRST, st.text("01", max_size=6)).map(lambda s: "0" * s[0] + "1" + s[1])


SEVERAL = st.lists(SERIES, min_size=2, max_size=3)
AFTER = st.integers(0, 4)


@given(SEVERAL, st.integers(0, 15), st.tuples(AFTER, AFTER))
def test_it_passes_if_and_only_if_the_first_times_are_in_order(texts, within, afters):
    firsts = [text.index("1") for text in texts]
    steps = list(zip(firsts, firsts[1:], (max(1, after) for after in afters), strict=False))
    passes = firsts[-1] <= within and all(b - a >= after for a, b, after in steps)
    found, _ = judged(texts, within, *afters)
    assert found.verdict == ("pass" if passes else "fail")
