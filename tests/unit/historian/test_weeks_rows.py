"""Rows come back as they were given: over weeks, channels that change, sealing, restarts."""

import numpy as np
import pytest
from weeks_plant import (
    CHANNELS,
    EDGE,
    HOUR,
    MONDAY,
    TWIN,
    WEEK,
    S,
    all_rows,
    every_second,
    fill,
    open_writer,
    readings,
    seal_all,
)

from hil.historian.weeks import Channel, Gap, Weeks, WeekWriter, rounded
from twin.errors import BadInput
from twin.signals import Quality


def test_rows_come_back_to_the_last_bit_before_and_after_sealing(tmp_path):
    folder = tmp_path / "weeks"
    t_ns = every_second(EDGE - 2 * HOUR - 99 * S, 4 * 3600)
    with open_writer(folder) as writer:
        values, quality = fill(writer, t_ns)
        with Weeks(folder) as weeks:
            for pieces in (0, 1, 1, 100):
                for _ in range(pieces):
                    writer.seal(int(t_ns[-1]))
                found = all_rows(weeks)
                np.testing.assert_array_equal(found[0], t_ns)
                np.testing.assert_array_equal(found[1], values)
                np.testing.assert_array_equal(found[2], quality)
            assert weeks.span_ns() == (t_ns[0], t_ns[-1])
            assert weeks.problems() == []
    assert [f.name for f in sorted(folder.glob("*.sqlite"))] == [
        "2026-W48.sqlite",
        "2026-W49.sqlite",
    ]


def test_a_spool_with_a_cursor_sees_every_row_once(tmp_path):
    folder = tmp_path / "weeks"
    t_ns = every_second(EDGE - 3000 * S, 9000)
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        assert len(weeks.after("measured", 0, 10)) == 0
        values, _ = fill(writer, t_ns)
        cursor, found = 0, []
        while len(rows := weeks.after("measured", cursor, 1234, [CHANNELS[4].key])):
            assert len(rows) <= 1234
            found.append(rows)
            cursor = int(rows.t_ns[-1])
            writer.seal(int(t_ns[-1]))
        assert [len(rows) for rows in found[:-1]] == [1234] * (len(found) - 1)
        np.testing.assert_array_equal(np.concatenate([r.t_ns for r in found]), t_ns)
        np.testing.assert_array_equal(np.concatenate([r.values for r in found])[:, 0], values[:, 4])


def test_the_row_of_a_moment_is_the_newest_before_it(tmp_path):
    folder = tmp_path / "weeks"
    t_ns = every_second(EDGE - 2 * HOUR, 3 * 3600, 10)
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        values, _ = fill(writer, t_ns)
        for _ in range(2):
            for t in (t_ns[0], t_ns[500] + 3, EDGE - 1, EDGE, int(t_ns[-1]), t_ns[-1] + HOUR):
                rows = weeks.at("measured", int(t))
                at = int(np.searchsorted(t_ns, t, side="right")) - 1
                assert rows.t_ns.tolist() == [t_ns[at]]
                np.testing.assert_array_equal(rows.values[0], values[at])
            assert len(weeks.at("measured", int(t_ns[0]) - 1)) == 0
            seal_all(writer, int(t_ns[-1]))


def test_streams_have_times_of_their_own(tmp_path):
    folder = tmp_path / "weeks"
    fast, slow = every_second(MONDAY, 7300), every_second(MONDAY + 5 * S, 6000, 10)
    predicted = np.random.default_rng(0).normal(290, 1, (len(slow), 2))
    predicted = rounded(predicted, TWIN)
    with WeekWriter(folder, {"measured": CHANNELS, "twin": TWIN}, ballast_bytes=0) as writer:
        fill(writer, fast)
        writer.append("twin", slow, predicted, np.zeros((len(slow), 2), np.uint8))
        writer.commit()
        seal_all(writer, int(fast[-1]))
        assert writer.last_ns("twin") == slow[-1]
        assert writer.last_ns("measured") == fast[-1]
        with Weeks(folder) as weeks:
            assert weeks.streams() == ["measured", "twin"]
            np.testing.assert_array_equal(all_rows(weeks, "twin")[0], slow)
            np.testing.assert_array_equal(all_rows(weeks, "twin")[1], predicted)
            with pytest.raises(BadInput, match="unknown stream 'twinn', did you mean 'twin'"):
                list(weeks.rows("twinn", 0, 1))


def test_a_stream_is_known_before_its_first_row(tmp_path):
    folder = tmp_path / "weeks"
    with WeekWriter(folder, {"measured": CHANNELS, "twin": TWIN}, ballast_bytes=0) as writer:
        t_ns = every_second(MONDAY, 60)
        fill(writer, t_ns)
        with Weeks(folder) as weeks:
            assert weeks.keys("twin") == tuple(c.key for c in TWIN)
            assert list(weeks.rows("twin", 0, EDGE)) == []
            assert len(weeks.at("twin", EDGE)) == len(weeks.after("twin", 0, 10)) == 0
            keys = [CHANNELS[0].key, TWIN[0].key]
            drawn = weeks.series(keys, MONDAY, MONDAY + 60 * S, 100)
            assert np.isnan(drawn.mean[:, 1]).all()
            assert len(drawn.t_ns) == 60


def test_a_late_stream_finds_its_hour_although_it_is_sealed(tmp_path):
    folder = tmp_path / "weeks"
    t_ns = every_second(MONDAY, 3600)
    values, quality = readings(t_ns)
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        writer.append("measured", t_ns[:1000], values[:1000], quality[:1000])
        writer.commit()
        assert seal_all(writer, MONDAY + 3 * HOUR) == 1
        writer.append("measured", t_ns[1000:], values[1000:], quality[1000:])
        writer.commit()
        assert seal_all(writer, MONDAY + 3 * HOUR) == 1
        np.testing.assert_array_equal(all_rows(weeks)[1], values)
        found = weeks.series([CHANNELS[0].key], MONDAY, MONDAY + HOUR, 2)
        assert found.low[0, 0] == np.nanmin(values[:, 0])


def test_an_hour_that_goes_on_is_not_sealed(tmp_path):
    with open_writer(tmp_path / "weeks") as writer:
        fill(writer, every_second(MONDAY, 3599))
        assert not writer.seal(MONDAY + 3599 * S)
        fill(writer, every_second(MONDAY + 3600 * S, 1))
        assert writer.seal(MONDAY + 3600 * S)
        assert not writer.seal(MONDAY + 3600 * S)


def test_a_channel_that_was_not_there_is_missing_not_zero(tmp_path):
    folder = tmp_path / "weeks"
    first, second = every_second(MONDAY, 4000), every_second(MONDAY + 4000 * S, 4000)
    with open_writer(folder, CHANNELS[:2]) as writer:
        old, _ = readings(first, 1, 2)
        writer.append("measured", first, old, np.zeros(old.shape, np.uint8))
    changed = (CHANNELS[1], Channel("new.x:measured", "K"))
    with open_writer(folder, changed) as writer, Weeks(folder) as weeks:
        new = np.column_stack([np.ones(4000), np.arange(4000.0)])
        writer.append("measured", second, new, np.zeros(new.shape, np.uint8))
        writer.commit()
        for _ in range(2):
            t_ns, values, quality = all_rows(weeks, keys=[CHANNELS[0].key, *weeks.keys("measured")])
            np.testing.assert_array_equal(t_ns, np.concatenate([first, second]))
            nothing = np.full(4000, np.nan)
            np.testing.assert_array_equal(values[:, 0], np.append(old[:, 0], nothing))
            np.testing.assert_array_equal(values[:, 1], np.append(old[:, 1], np.ones(4000)))
            np.testing.assert_array_equal(values[:, 2], np.append(nothing, new[:, 1]))
            assert set(quality[4000:, 0]) == set(quality[:4000, 2]) == {Quality.NOT_YET}
            assert not quality[:, 1].any()
            seal_all(writer, int(second[-1]))


def test_gaps_are_kept_and_found_over_weeks(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        writer.gap(EDGE - 5 * HOUR, EDGE + 2 * HOUR, "not running")
        writer.gap(EDGE + 3 * HOUR, EDGE + 3 * HOUR + S, "clock was set forward")
        writer.commit()
        long = Gap(EDGE - 5 * HOUR, EDGE + 2 * HOUR, "not running")
        assert weeks.gaps(EDGE - WEEK, EDGE) == [long]
        assert weeks.gaps(EDGE + 2 * HOUR, EDGE + 3 * HOUR) == []
        assert len(weeks.gaps(0, 1 << 62)) == 2


def test_time_must_rise_and_shapes_must_fit(tmp_path):
    folder = tmp_path / "weeks"
    t_ns = every_second(MONDAY, 5)
    values, quality = readings(t_ns)
    with open_writer(folder) as writer:
        writer.append("measured", t_ns, values, quality)
        with pytest.raises(ValueError, match="does not rise"):
            writer.append("measured", t_ns[-1:], values[-1:], quality[-1:])
        with pytest.raises(ValueError, match="is not"):
            writer.append("measured", t_ns + HOUR, values[:, :2], quality)
    with open_writer(folder) as writer:
        assert writer.last_ns("measured") == t_ns[-1]
        with pytest.raises(ValueError, match="does not rise"):
            writer.append("measured", t_ns, values, quality)
        with Weeks(folder) as weeks:
            assert len(all_rows(weeks)[0]) == 5


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel("cdu.T", "K"), "must be PART.VARIABLE:kind"),
        (Channel("cdu.T:mesured", "K"), "must be PART.VARIABLE:kind"),
        (Channel("cdu.T:measured", "K", 0.0), "must be > 0"),
        (CHANNELS[1], "is there twice"),
    ],
)
def test_channels_that_cannot_be_kept_are_refused(tmp_path, channel, words):
    with pytest.raises(BadInput, match=words):
        open_writer(tmp_path / "weeks", (*CHANNELS[:2], channel))
    assert not (tmp_path / "weeks").exists()
