"""Stretches of a run against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.historian import Column, RunHeader, RunRecorder, open_run
from twin.errors import BadInput

S = 1_000_000_000
ROWS = 500


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(3)
    values = rng.normal(size=ROWS)
    values[100:130] = np.nan
    values[rng.integers(0, ROWS, 40)] = np.nan
    columns = (Column("a.x", "measured", "K", "a"),)
    with RunRecorder.create(folder, RunHeader(site="a", seed=1), columns) as recorder:
        recorder.append(np.column_stack([np.arange(ROWS) * float(S), values]))
        recorder.finish("done", {})
    return open_run(folder), values


@settings(max_examples=40)
@given(st.integers(0, ROWS), st.integers(1, ROWS), st.integers(2, 80))
def test_stretches_are_those_of_numpy(run, first, length, most):
    opened, values = run
    t0_ns, t1_ns = first * S, (first + length) * S
    drawn = opened.stretches(["a.x:measured"], t0_ns, t1_ns, most)
    assert len(drawn.t_ns) <= most
    t_ns = np.arange(ROWS) * S
    inside = (t_ns >= t0_ns) & (t_ns < t1_ns)
    left = int(inside.sum())
    ends = [*drawn.t_ns[1:].tolist(), t1_ns]
    for i, (begin, end) in enumerate(zip(drawn.t_ns.tolist(), ends, strict=False)):
        picked = inside & (t_ns >= begin) & (t_ns < end)
        left -= int(picked.sum())
        own = values[picked]
        own = own[np.isfinite(own)]
        told = drawn.low[i, 0], drawn.mean[i, 0], drawn.high[i, 0]
        if len(own):
            assert told == pytest.approx((own.min(), own.mean(), own.max()))
        else:
            assert np.isnan(told).all()
    assert left == 0, "every row is in one stretch"


def test_the_newest_row_is_the_one_before(run):
    opened, values = run
    assert opened.newest(["a.x:measured"], -1) is None
    assert opened.newest(["a.x:measured"], 5 * S + 7) == (5 * S, [pytest.approx(values[5])])
    assert opened.newest(["a.x:measured"], 110 * S) == (110 * S, [None])
    with pytest.raises(BadInput, match=r"did you mean 'a\.x:measured'"):
        opened.newest(["a.x:measurd"], 0)
