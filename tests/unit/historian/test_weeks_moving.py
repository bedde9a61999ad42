"""Weeks come, go and change while they are read; a clock jumps; channels are others by noon."""

import threading

import numpy as np
import pytest
from weeks_plant import (
    CHANNELS,
    EDGE,
    HOUR,
    MONDAY,
    WEEK,
    S,
    all_rows,
    every_second,
    fill,
    open_writer,
    oracle,
    readings,
    seal_all,
)

from hil.historian.weeks import Channel, Gap, Keep, Weeks
from hil.historian.weeks.check import check
from hil.historian.weeks.iso_week import file_name, week_start


@pytest.mark.parametrize("ahead", [WEEK, WEEK + 3 * HOUR, 60 * WEEK])
def test_a_clock_that_jumps_ahead_costs_a_gap_and_no_row(tmp_path, ahead):
    folder = tmp_path / "weeks"
    before = every_second(EDGE - 90 * 60 * S, 3600)
    after = every_second(int(before[-1]) + ahead, 3600)
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        values = [fill(writer, before)[0]]
        seal_all(writer, int(before[-1]))
        writer.gap(int(before[-1]), int(after[0]), "the clock was set forward")
        values.append(fill(writer, after)[0])
        seal_all(writer, int(after[-1]))
        t_ns, found, _ = all_rows(weeks)
        np.testing.assert_array_equal(t_ns, np.concatenate([before, after]))
        np.testing.assert_array_equal(found, np.concatenate(values))
        gap = Gap(int(before[-1]), int(after[0]), "the clock was set forward")
        assert weeks.gaps(int(before[-1]) + HOUR, int(after[0])) == [gap]
        assert len(weeks.at("measured", int(after[0]) - 1)) == 1
        assert weeks.at("measured", int(after[0]) - 1).t_ns[0] == before[-1]
    assert check(folder).findings == []
    weeks_of = {file_name(week_start(int(t))) for t in (*before, *after)}
    assert {path.name for path in folder.glob("*.sqlite")} == weeks_of


def test_weeks_that_are_dropped_for_their_bytes_are_whole_until_they_are_gone(tmp_path):
    """A reader beside it sees the rows from some week on, all of them, and no problem."""
    folder = tmp_path / "weeks"
    t_ns = np.concatenate([every_second(MONDAY + k * WEEK, 1200) for k in range(12)])
    values, quality = readings(t_ns)
    over = threading.Event()
    asked: list[int] = []

    def read() -> None:
        with Weeks(folder) as weeks:
            while not over.is_set():
                rows = weeks.after("measured", 0, 1 << 30)
                known = np.searchsorted(t_ns, rows.t_ns)
                np.testing.assert_array_equal(t_ns[known], rows.t_ns)
                np.testing.assert_array_equal(values[known], rows.values)
                assert np.all(np.diff(known) % 1200 <= 1)  # whole weeks are missing, or nothing
                assert weeks.problems() == []
                asked.append(len(rows))

    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            read()
        except BaseException as error:  # told by the main thread
            failed.append(error)

    with open_writer(folder, keep=Keep(max_bytes=600_000)) as writer:
        writer.append("measured", t_ns[:1200], values[:1200], quality[:1200])
        writer.commit()
        threads = [threading.Thread(target=guarded) for _ in range(2)]
        for thread in threads:
            thread.start()
        for k in range(1, 12):
            part = slice(1200 * k, 1200 * (k + 1))
            writer.append("measured", t_ns[part], values[part], quality[part])
            writer.commit()
            while writer.seal(int(t_ns[part][-1]) + 3 * HOUR):
                pass
        over.set()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]
    assert asked
    with Weeks(folder) as weeks:
        assert weeks.span_ns()[0] > t_ns[0]
        assert weeks.span_ns()[1] == t_ns[-1]


def test_channels_that_change_and_change_back_within_an_hour(tmp_path):
    """Another order, another resolution, one less: columns are found by their key all the same."""
    folder = tmp_path / "weeks"
    key = CHANNELS[0].key
    other = (CHANNELS[2], Channel(key, "K", 0.1))
    lists = [(CHANNELS, range(5)), (other, [2, 0]), (CHANNELS, range(5))]
    t_ns = every_second(MONDAY + 600 * S, 2400)
    values, quality = readings(t_ns)
    for k, (channels, columns) in enumerate(lists):
        part = slice(800 * k, 800 * (k + 1))
        with open_writer(folder, channels) as writer:
            mine = values[part][:, columns], quality[part][:, columns]
            writer.append("measured", t_ns[part], *mine)
    values[800:1600, [1, 3, 4]] = np.nan
    quality[800:1600, [1, 3, 4]] = 1
    for sealed in (False, True):
        with Weeks(folder) as weeks:
            found = all_rows(weeks)
            np.testing.assert_array_equal(found[0], t_ns)
            np.testing.assert_array_equal(found[1], values)
            np.testing.assert_array_equal(found[2], quality)
            for most, width in ((2, HOUR), (61, 60 * S), (1 << 14, S)):
                drawn = weeks.series([key], MONDAY, MONDAY + HOUR, most)
                assert len(drawn.t_ns) == HOUR // width
                low, mean, high = oracle(t_ns, values[:, 0], drawn.t_ns, width)
                np.testing.assert_allclose(drawn.low[:, 0], low)
                np.testing.assert_allclose(drawn.high[:, 0], high)
                np.testing.assert_allclose(drawn.mean[:, 0], mean, atol=0.01)
        if not sealed:
            with open_writer(folder) as writer:
                seal_all(writer, MONDAY + 3 * HOUR)
    assert check(folder).findings == []


def test_a_closed_week_that_breaks_later_is_told_although_it_was_sound(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        fill(writer, every_second(EDGE - HOUR, 7200, 10))
        seal_all(writer, EDGE + 4 * HOUR)
    path = folder / "2026-W48.sqlite"
    sound = path.read_bytes()
    with Weeks(folder) as weeks:
        assert weeks.problems() == weeks.problems() == []
        path.write_bytes(b"\x5a" * len(sound))
        assert weeks.problems() == weeks.problems()
        assert "2026-W48.sqlite: cannot be read" in weeks.problems()[0]
        path.write_bytes(sound)
        assert weeks.problems() == []
