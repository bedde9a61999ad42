"""Resampling against brute force; order and double times against plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.trend.grid import Events, Held, latest_of_each
from twin.trend.order import Reorder, Rows, TooLate
from twin.trend.survey import Bins, Survey

TIMES = st.lists(st.integers(0, 500), min_size=1, max_size=60)


def events(times: list[int], seed: int) -> Events:
    rng = np.random.default_rng(seed)
    t = np.array(sorted(set(times)), np.int64)
    return Events(t, rng.normal(size=len(t)), rng.random(len(t)) < 0.8)


@settings(max_examples=200, deadline=None)
@given(TIMES, st.integers(1, 40), st.integers(1, 120), st.integers(0, 9), st.integers(1, 5))
def test_every_row_has_the_last_value_if_it_is_young_enough(
    times: list[int], period: int, limit: int, seed: int, blocks: int
) -> None:
    found = events(times, seed)
    rows = np.arange(0, 600, period)
    held, parts, begin = Held(limit), [], 0
    for part in np.array_split(rows, blocks):
        if not len(part):
            continue
        end = int(np.searchsorted(found.t_ns, part[-1], side="right"))
        piece = Events(found.t_ns[begin:end], found.values[begin:end], found.good[begin:end])
        parts.append(held.onto(part, piece, period))
        begin = end
    values = np.concatenate([p.values for p in parts])
    good = np.concatenate([p.good for p in parts])
    fresh = np.concatenate([p.fresh for p in parts])
    for i, row in enumerate(rows.tolist()):
        before = [k for k, t in enumerate(found.t_ns.tolist()) if t <= row]
        last = before[-1] if before else None
        believed = last is not None and bool(found.good[last]) and row - found.t_ns[last] <= limit
        assert good[i] == believed
        if believed:
            assert values[i] == found.values[last]
            assert fresh[i] == (found.t_ns[last] > row - period)
        else:
            assert np.isnan(values[i])
            assert not fresh[i]


def table(t: list[int]) -> Rows:
    n = len(t)
    return Rows(
        np.array(t, np.int64), np.arange(n), np.arange(n, dtype=float)[:, None],
        np.zeros((n, 1), np.uint8),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=50), st.integers(0, 300), st.integers(1, 6))
def test_rows_are_put_in_order_or_refused(times: list[int], window: int, pieces: int) -> None:
    newest, too_late = -1, None
    for i, t in enumerate(times):
        if t < newest - window and too_late is None:
            too_late = i
        newest = max(newest, t)
    reorder, out = Reorder(1, window), []
    everything = table(times)
    try:
        for index in np.array_split(np.arange(len(times)), pieces):
            out += reorder.push(everything.take(index)).t_ns.tolist()
        out += reorder.rest().t_ns.tolist()
    except TooLate as late:
        refused = late.place
    else:
        refused = None
    assert refused == too_late
    if too_late is not None:
        return
    assert out == sorted(times)
    assert reorder.late == sum(t < max(times[:i], default=-1) for i, t in enumerate(times))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), max_size=40), st.integers(-1, 10))
def test_of_one_time_the_last_row_counts(rows: list[tuple[int, int]], before: int) -> None:
    rows.sort(key=lambda r: r[0])
    t = np.array([r[0] for r in rows], np.int64)
    found, dropped = latest_of_each(
        Events(t, np.array([float(r[1]) for r in rows]), np.ones(len(t), bool)), before
    )
    want = {k: float(v) for k, v in rows if k > before}
    assert dict(zip(found.t_ns.tolist(), found.values.tolist(), strict=True)) == want
    assert dropped.same + dropped.other == len(rows) - len(want)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=80, unique=True), st.integers(1, 5))
def test_bins_keep_the_sum_however_often_they_double(times_s: list[int], pieces: int) -> None:
    t = np.array(sorted(times_s), np.int64) * 1_000_000_000
    values = np.arange(1.0, len(t) + 1.0)
    bins = Bins(1, most=64)
    for index in np.array_split(np.arange(len(t)), pieces):
        bins.take([Events(t[index], values[index], np.ones(len(index), bool))])
    means = bins.means()[0]
    for i, mean in enumerate(means.tolist()):
        mine = [
            v for k, v in zip(t.tolist(), values.tolist(), strict=True) if bins.index_of(k) == i
        ]
        assert mean == pytest.approx(np.mean(mine)) if mine else np.isnan(mean)
    assert len(means) <= 3 * 64


def test_a_survey_knows_the_usual_step_and_the_longest_rest() -> None:
    survey = Survey()
    t = np.arange(0, 1000, 10, dtype=np.int64) * 1_000_000_000
    values = np.where((t >= 200e9) & (t <= 500e9), 7.0, t / 1e9)
    for index in np.array_split(np.arange(len(t)), 7):
        part = Events(t[index], values[index], np.ones(len(index), bool))
        survey.take(*latest_of_each(part, -1))
    assert survey.step_s() == pytest.approx(10.0, rel=0.03)
    assert survey.longest_same_ns == 300e9
    assert survey.same_since_ns == 200e9
