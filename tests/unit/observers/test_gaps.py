"""Rows that are missing: nothing is lost, made up or put elsewhere, wherever blocks are cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.observers.gaps import Rows, in_order, stretches
from twin.observers.gate import BEGIN_NS, OUTSIDE, RIDE_NS, SETTLE_NS, WARM_NS, Gate, recovery_ns

PERIOD = 10
MINUTE_NS = 60_000_000_000


def rows_at(t_ns: list[int]) -> Rows:
    t = np.array(t_ns, np.int64)
    flags = np.ones((len(t), 1), bool)
    return Rows(t, t[:, None] * 1.0, flags, -t[:, None] * 1.0, flags)


@given(
    st.lists(st.integers(1, 80), min_size=1, max_size=30),
    st.integers(0, 30),
    st.integers(0, 5),
)
def test_short_gaps_are_filled_and_long_ones_told(apart: list[int], cut: int, most: int) -> None:
    t = np.cumsum(apart).tolist()
    pieces = [rows_at(t[:cut]), rows_at(t[cut:])]
    last, found = None, []
    for piece in pieces:
        for broken, stretch in stretches(piece, last, PERIOD, most):
            last = int(stretch.t_ns[-1])
            found.append((broken, stretch))
    told = [x for _, s in found for x in s.t_ns[s.good[:, 0]]]
    assert told == t  # every row, in its place
    for (_, before), (broken, after) in pairwise(found):
        step = int(after.t_ns[0] - before.t_ns[-1])
        whole = step % PERIOD == 0 and step // PERIOD - 1 <= most
        assert broken != (whole and step == PERIOD)
    for _, s in found:
        assert (np.diff(s.t_ns) == PERIOD).all()
        assert (s.measured[s.good] == s.t_ns[s.good[:, 0]]).all()
        assert np.isnan(s.measured[~s.good]).all()
        assert (s.good == s.commanded).all()


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(0, 30))
def test_only_rows_later_than_all_before_are_kept(t: list[int], cut: int) -> None:
    last, kept = None, []
    for piece in (t[:cut], t[cut:]):
        for x in in_order(rows_at(piece), last).t_ns.tolist():
            kept.append(x)
            last = x
    assert kept == sorted(set(kept))
    assert [x for i, x in enumerate(t) if x > max(t[:i], default=-1)] == kept


def test_a_gate_tells_why_and_opens_in_time() -> None:
    gate = Gate()
    assert gate.reason is not None
    assert not gate.heard(0, 0, "T", None)
    assert gate.heard(WARM_NS, 0, "T", None)
    assert not gate.judged(BEGIN_NS - 1, 0)
    assert gate.reason == "its model has just begun"
    assert gate.judged(BEGIN_NS, 0)
    assert gate.reason is None
    assert not gate.judged(BEGIN_NS, 2)
    assert gate.reason == OUTSIDE
    assert not gate.heard(BEGIN_NS, 2 * MINUTE_NS, "T", None)
    assert not gate.judged(BEGIN_NS + 20 * MINUTE_NS - 1, 0)
    assert gate.reason == "T is not read, or was not lately"
    assert gate.judged(BEGIN_NS + 20 * MINUTE_NS, 0)
    off_ns = 2 * BEGIN_NS
    assert not gate.heard(off_ns, 0, "T", "u_run")
    assert not gate.judged(off_ns + SETTLE_NS - 1, 0)
    assert gate.judged(off_ns + SETTLE_NS, 0)


@given(st.integers(0, 10 * BEGIN_NS))
def test_the_longer_inputs_were_held_the_longer_it_takes(age_ns: int) -> None:
    assert recovery_ns(age_ns) <= recovery_ns(age_ns + MINUTE_NS) <= BEGIN_NS
    assert (recovery_ns(age_ns) == BEGIN_NS) == (age_ns >= RIDE_NS)


@pytest.mark.parametrize("begin_h", [-8, 0, 3])
def test_a_part_is_judged_four_hours_after_it_began_also_before_time_zero(begin_h: int) -> None:
    gate, hour_ns = Gate(), 3_600_000_000_000
    begin_ns = begin_h * hour_ns
    judged = []
    for minute in range(6 * 60):
        end_ns = begin_ns + minute * 60_000_000_000
        gate.heard(end_ns, 0, "T", None)
        judged.append(gate.judged(end_ns, 0))
    assert judged.index(True) == 4 * 60
    assert all(judged[240:])
