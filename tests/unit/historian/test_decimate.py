import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.historian.decimate import Decimator, envelope

S = 1_000_000_000


def kept(t_ns: list[int], blocks: int = 1) -> list[int]:
    decimator = Decimator(S)
    parts = np.array_split(np.array(t_ns, dtype=np.int64), blocks)
    return [int(t) for part in parts for t in part[decimator.keep(part)]]


def test_a_faster_cycle_keeps_the_row_at_each_full_second() -> None:
    assert kept(list(range(0, 5 * S, S // 10))) == [0, S, 2 * S, 3 * S, 4 * S]


def test_a_cycle_that_does_not_divide_the_second_keeps_the_first_row_after_it() -> None:
    cycle = 300_000_000
    assert kept([k * cycle for k in range(11)]) == [0, 4 * cycle, 7 * cycle, 10 * cycle]


def test_a_slower_cycle_keeps_every_row() -> None:
    times = [0, 5 * S, 10 * S]
    assert kept(times) == times


@given(st.sets(st.integers(0, 20 * S), min_size=1, max_size=60), st.integers(1, 10))
def test_blocks_do_not_matter(times: set[int], blocks: int) -> None:
    assert kept(sorted(times), blocks) == kept(sorted(times))


def test_envelope_keeps_every_spike_and_the_order_within_a_bucket() -> None:
    t = np.arange(10_000, dtype=np.int64)
    values = np.zeros((10_000, 2))
    values[1234, 0], values[1235, 0] = 9.0, -9.0
    values[7000, 1] = -5.0
    t_few, few = envelope(t, values, 100)
    assert few.shape == (100, 2)
    assert np.all(np.diff(t_few) > 0)
    assert (few.max(), few[:, 1].min()) == (9.0, -5.0)
    assert np.argmax(few[:, 0]) < np.argmin(few[:, 0])


@given(st.integers(5, 400), st.integers(4, 60), st.integers(0, 2**32 - 1))
def test_envelope_stays_within_its_bounds(count: int, points: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(count, 1))
    t_few, few = envelope(np.arange(count, dtype=np.int64), values, points)
    assert len(t_few) <= max(points, 4)
    assert (few.min(), few.max()) == (values.min(), values.max())


@pytest.mark.parametrize("missing", [slice(0, 500), slice(250, 750), slice(0, 1000)])
def test_a_gap_stays_a_gap(missing: slice) -> None:
    values = np.ones((1000, 1))
    values[missing] = np.nan
    _, few = envelope(np.arange(1000, dtype=np.int64), values, 100)
    assert np.isnan(few).sum() == pytest.approx((missing.stop - missing.start) / 10, abs=2)
    assert np.all(few[~np.isnan(few)] == 1.0)
