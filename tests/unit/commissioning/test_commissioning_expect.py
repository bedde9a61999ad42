"""What is expected within a time and for a time, against an oracle that sees the whole series."""

from itertools import count

import pytest
from commissioning_samples import GAP_S, Series
from hypothesis import given
from hypothesis import strategies as st

from hil.commissioning.judging import expect
from hil.commissioning.procedure import Expect
from hil.commissioning.verdict import Verdict

STATES = {"1": 1.0, "0": 0.0, "?": None}


def judged(text, within=0, hold=0, unit="s"):
    """What is found where `no_flow` is 1, 0 or has no value (?), a letter a second."""
    series = Series({"no_flow": [STATES[letter] for letter in text]})
    wanted = Expect(point="no_flow", equals=True, within=f"{within} {unit}", hold=f"{hold} {unit}")
    return expect(wanted, series.scope, series.cycle, 0.0), series.t_s


# (series, within [s], hold [s], verdict, when it is known [s], why)
CASES = [
    ("1", 0, 0, "pass", 0, "after 0 s; no_flow is 1"),
    ("0", 0, 0, "fail", 0, "no_flow is 0"),
    ("0001", 5, 0, "pass", 3, "after 3 s; no_flow is 1"),
    ("000001", 5, 0, "pass", 5, "after 5 s; no_flow is 1"),
    ("0000001", 5, 0, "fail", 5, "after 5 s no_flow is 0"),
    ("1", 0, 10, "pass", 10, "after 0 s; no_flow is 1"),
    ("0001", 5, 10, "pass", 13, "after 3 s; no_flow is 1"),
    ("1110", 0, 3, "fail", 3, "was so for 3 s only; no_flow is 0"),
    ("1110", 0, 2, "pass", 2, "after 0 s; no_flow is 1"),
    ("1110000", 5, 4, "fail", 5, "was so for 3 s only; after 5 s no_flow is 0"),
    ("11100111111", 5, 4, "pass", 9, "after 5 s; no_flow is 1"),
    ("111000111111", 5, 4, "fail", 5, "was so for 3 s only; after 5 s no_flow is 0"),
    ("0000011111", 5, 4, "pass", 9, "after 5 s; no_flow is 1"),
    ("000001110", 5, 4, "fail", 8, "was so for 3 s only; after 5 s no_flow is 0"),
    # a value that is missing for a while
    ("?1", 0, 0, "pass", 1, "after 1 s; no_flow is 1"),
    ("????1", 0, 0, "pass", 4, "after 4 s; no_flow is 1"),
    ("?0", 0, 0, "fail", 1, "no_flow is 0"),
    ("11????11", 0, 7, "pass", 7, "after 0 s; no_flow is 1"),
    ("11???0", 0, 7, "fail", 5, "was so for 5 s only; no_flow is 0"),
    ("11?????11", 0, 7, "inconclusive", 6, "was so for 6 s only; no_flow has no value"),
    ("11?????1", 9, 7, "pass", 14, "after 7 s; no_flow is 1"),
    ("1?", 0, 3, "inconclusive", 5, "was so for 5 s only; no_flow has no value"),
    # for ever
    ("?", 0, 0, "inconclusive", 5, "no_flow has no value"),
    ("?", 9, 0, "inconclusive", 9, "after 9 s no_flow has no value"),
    ("00?", 9, 0, "inconclusive", 9, "after 9 s no_flow has no value"),
    ("000?", 4, 0, "inconclusive", 7, "after 4 s no_flow has no value"),
]


@pytest.mark.parametrize(("text", "within", "hold", "verdict", "at_s", "why"), CASES)
def test_what_is_found(text, within, hold, verdict, at_s, why):
    found, when_s = judged(text, within, hold)
    assert (found.verdict, found.why, when_s) == (verdict, why, at_s)


def test_the_time_of_the_run_does_not_matter():
    series = Series({"no_flow": [0.0, 0.0, 1.0]})
    clock = count(7201.0)
    wanted = Expect(point="no_flow", equals=True, within="2 s", hold="3 s")
    found = expect(wanted, series.scope, lambda: series.cycle() and next(clock), 7200.0)
    assert (found.verdict, found.why) == (Verdict.PASS, "after 2 s; no_flow is 1")


TIMES = st.integers(0, 12)
QUARTERS = st.integers(0, 48).map(lambda n: n / 4)


def drawn(letters):
    """Series that change now and then, not in every second."""
    runs = st.tuples(st.sampled_from(letters), st.integers(1, 8)).map(lambda r: r[0] * r[1])
    return st.lists(runs, min_size=1, max_size=8).map("".join)


@given(drawn("01"), QUARTERS, QUARTERS)
def test_it_passes_if_and_only_if_a_long_enough_run_begins_in_time(text, within, hold):
    series = text + 60 * text[-1]
    begins = range(int(within // 1) + 1)  # whole seconds that are not later
    passes = any("0" not in series[i : i + int(-(-hold // 1)) + 1] for i in begins)
    assert judged(text, within, hold)[0].verdict == ("pass" if passes else "fail")


def oracle(text, within, hold):
    """The verdict, by trying every pair of a beginning and an end."""
    series = text + 60 * text[-1]

    def breaks(t):
        if series[t] == "?":  # for how long has nobody seen it?
            return t - max((i for i in range(t) if series[i] != "?"), default=0) >= GAP_S
        return series[t] == "0"

    broken = [t for t in range(len(series)) if breaks(t)]
    late = [t for t in broken if t >= within]
    for begin in range(len(series)):
        for end in range(begin, len(series)):
            whole = end - begin >= hold and series[begin] == series[end] == "1"
            whole = whole and not any(begin <= t <= end for t in broken)
            if whole and (not late or end < late[0]):
                return "pass"
    return "fail" if series[late[0]] == "0" else "inconclusive"


@given(drawn("01?"), TIMES, TIMES)
def test_gaps_neither_meet_nor_break(text, within, hold):
    assert judged(text, within, hold)[0].verdict == oracle(text, within, hold)
