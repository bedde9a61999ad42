"""Series against plain numpy over all raw samples, on every level, over every kind of edge."""

import numpy as np
import pytest
from weeks_plant import (
    CHANNELS,
    EDGE,
    HOUR,
    MONDAY,
    TWIN,
    S,
    every_second,
    fill,
    open_writer,
    oracle,
    readings,
    seal_all,
)

from hil.historian.weeks import Channel, Weeks, WeekWriter
from twin.errors import BadInput

KEYS = [c.key for c in CHANNELS]
STEPS = [0.01, 1e-5, 0.01, 1.0, 1e-9]  # to a part of which a mean is kept; floats keep all


def held(folder, t_ns, values, t0, t1, most):
    """Envelope of a folder, after it was held against the oracle."""
    with Weeks(folder) as weeks:
        found = weeks.series(KEYS, t0, t1, most)
    assert len(found.t_ns) <= most
    widths = np.unique(np.diff(found.t_ns))
    width = int(widths[0]) if len(widths) else max(t1 - t0, 5 * S)
    assert len(widths) <= 1
    assert found.t_ns[0] <= t0 < found.t_ns[0] + width
    assert found.t_ns[-1] < t1 <= found.t_ns[-1] + width
    for j, step in enumerate(STEPS):
        low, mean, high = oracle(t_ns, values[:, j], found.t_ns, width)
        np.testing.assert_allclose(found.low[:, j], low, rtol=1e-9)
        np.testing.assert_allclose(found.high[:, j], high, rtol=1e-9)
        np.testing.assert_allclose(found.mean[:, j], mean, rtol=1e-9, atol=step / 64)
    return found


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory):
    """A day and a half over the end of a week, with two gaps, sealed but for the last hours."""
    folder = tmp_path_factory.mktemp("series") / "weeks"
    t_ns = every_second(EDGE - 30 * HOUR + 17 * S, 36 * 3600, 5)
    gone = (t_ns > EDGE - 9 * HOUR) & (t_ns < EDGE - 6 * HOUR - 1234 * S)
    gone |= (t_ns > EDGE + 700 * S) & (t_ns < EDGE + 999 * S)
    t_ns = t_ns[~gone]
    with open_writer(folder) as writer:
        values, _ = fill(writer, t_ns)
        assert seal_all(writer, int(t_ns[-1])) > 20
        yield folder, t_ns, values


@pytest.mark.parametrize("most", [2, 3, 37, 500, 2000, 40_000])
@pytest.mark.parametrize(
    ("t0", "t1"),
    [
        (-30 * HOUR, 6 * HOUR),
        (-26 * HOUR + 1234, -2 * HOUR),
        (-10 * HOUR, -5 * HOUR),
        (-100 * S, 2000 * S),
        (5 * HOUR, 7 * HOUR),
        (-50 * HOUR, -40 * HOUR),
        (-200 * HOUR, 200 * HOUR),
        (100 * S, 101 * S),
    ],
)
def test_any_window_is_what_numpy_says(two_weeks, t0, t1, most):
    folder, t_ns, values = two_weeks
    held(folder, t_ns, values, EDGE + t0, EDGE + t1, most)


def test_a_gap_is_nan_and_what_is_around_it_is_not(two_weeks):
    folder, t_ns, values = two_weeks
    found = held(folder, t_ns, values, EDGE - 12 * HOUR, EDGE - 4 * HOUR, 100)
    silent = np.isnan(found.mean[:, 0])
    inside = (found.t_ns > EDGE - 9 * HOUR) & (found.t_ns < EDGE - 6 * HOUR - 1600 * S)
    np.testing.assert_array_equal(silent[inside], True)
    assert silent.sum() <= inside.sum() + 2


def test_no_stretch_is_shorter_than_a_step(two_weeks):
    folder, _, _ = two_weeks
    with Weeks(folder) as weeks:
        found = weeks.series(KEYS[:1], EDGE - HOUR, EDGE - HOUR + 100 * S, 5000)
    assert np.diff(found.t_ns).tolist() == [5 * S] * (len(found.t_ns) - 1)
    assert not np.isnan(found.mean).all(axis=1).any()


def test_a_slow_stream_is_held_up_to_its_next_row_and_not_over_a_gap(tmp_path):
    folder = tmp_path / "weeks"
    fast, slow = every_second(MONDAY, 300), every_second(MONDAY, 300, 10)
    slow = np.delete(slow, [10, 11, 12])
    with WeekWriter(folder, {"measured": CHANNELS, "twin": TWIN}, ballast_bytes=0) as writer:
        fill(writer, fast)
        predicted = np.column_stack([np.arange(len(slow)), np.ones(len(slow))]).astype(float)
        writer.append("twin", slow, predicted, np.zeros((len(slow), 2), np.uint8))
        writer.commit()
        with Weeks(folder) as weeks:
            found = weeks.series([KEYS[0], TWIN[0].key], MONDAY, MONDAY + 300 * S, 1000)
    assert len(found.t_ns) == 300
    seconds = (found.t_ns - MONDAY) // S
    expected = np.full(300, np.nan)
    for i, t in enumerate((slow - MONDAY) // S):
        until = t + 10 if i + 1 < len(slow) and slow[i + 1] - slow[i] == 10 * S else t + 16
        expected[(seconds >= t) & (seconds < until)] = i
    np.testing.assert_array_equal(found.mean[:, 1], expected)
    assert np.isnan(expected[116:130]).all()


def test_nothing_recorded_is_nan_and_an_unknown_key_is_refused(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        fill(writer, every_second(MONDAY, 10))
        with Weeks(folder) as weeks:
            found = weeks.series(KEYS[:2], MONDAY - 90 * 24 * HOUR, MONDAY - 80 * 24 * HOUR, 100)
            assert 50 < len(found.t_ns) <= 100
            assert np.isnan(found.mean).all()
            with pytest.raises(BadInput, match=r"did you mean 'cdu\.flow:measured'"):
                weeks.series(["cdu.flo:measured"], MONDAY, MONDAY + S, 100)
            with pytest.raises(BadInput, match="must be after"):
                weeks.series(KEYS, MONDAY, MONDAY, 100)


def test_a_channel_that_came_later_and_one_that_went(tmp_path):
    folder = tmp_path / "weeks"
    first, second = every_second(MONDAY, 5400), every_second(MONDAY + 5400 * S, 5400)
    with open_writer(folder, CHANNELS[:3]) as writer:
        before, _ = readings(first, 1, 3)
        writer.append("measured", first, before, np.zeros(before.shape, np.uint8))
    later = (Channel("new.x:measured", "K", 0.1), *CHANNELS[1:3])
    with open_writer(folder, later) as writer:
        after, _ = readings(second, 2, 3)
        writer.append("measured", second, after, np.zeros(after.shape, np.uint8))
        writer.commit()
        for _ in range(3):  # not sealed, partly sealed, all that can be
            with Weeks(folder) as weeks:
                keys = [CHANNELS[0].key, CHANNELS[1].key, "new.x:measured"]
                found = weeks.series(keys, MONDAY, MONDAY + 3 * HOUR, 181)
                assert weeks.keys("measured") == tuple(c.key for c in later)
                assert set(weeks.channels) == {*keys, CHANNELS[2].key}
            both = np.concatenate([first, second])
            flow = np.concatenate([before[:, 1], after[:, 1]])
            width = int(found.t_ns[1] - found.t_ns[0])
            for j, (t, v) in enumerate(
                [(first, before[:, 0]), (both, flow), (second, after[:, 0])]
            ):
                low, _, high = oracle(t, v, found.t_ns, width)
                np.testing.assert_allclose(found.low[:, j], low, rtol=1e-9)
                np.testing.assert_allclose(found.high[:, j], high, rtol=1e-9)
            writer.seal(int(second[-1]))
            writer.seal(int(second[-1]))
