"""Minutes that are over but not sealed, against plain numpy over the rows that are there."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import weeks_old
from hypothesis import given, settings
from hypothesis import strategies as st
from weeks_plant import CHANNELS, EDGE, HOUR, MONDAY, S, every_second, fill, open_writer, oracle

from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.historian.weeks.check import check

MINUTE = 60 * S
WIDE = [Channel(f"p{i}.x:measured", "K", 0.01) for i in range(3)]
PIECE = st.tuples(
    st.integers(1, 300),  # rows
    st.sampled_from([S, 7 * S, 59 * S, MINUTE + 1, 130 * S, HOUR]),  # silence before them
    st.sampled_from(["append", "commit", "seal", "reopen"]),  # what comes behind them
)


def in_tables(path: Path) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Times of rows that are not sealed; minute -> float64[channels, 4] of all that are over."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT minute_ns, numbers FROM open_minutes").fetchall()
        rows = db.execute("SELECT t_ns FROM newest ORDER BY t_ns").fetchall()
    t_ns = np.array([t for (t,) in rows], np.int64)
    minutes = (t_ns // MINUTE * MINUTE).tolist()
    assert {minute for minute, _ in found} == set(minutes) - {*minutes[-1:]}
    return t_ns, {minute: np.frombuffer(blob, "<f8").reshape(-1, 4) for minute, blob in found}


def rolled_by_hand(t_ns, values, minute):
    """float64[channels, 4]."""
    inside = values[(t_ns >= minute) & (t_ns < minute + MINUTE)]
    out = np.full((values.shape[1], 4), np.nan)
    for row, column in zip(out, inside.T, strict=True):
        finite = column[np.isfinite(column)]
        row[3] = len(finite)
        if len(finite):
            row[:3] = finite.min(), finite.mean(), finite.max()
    return out


@settings(max_examples=40)
@given(st.lists(PIECE, min_size=1, max_size=10), st.sampled_from([S, 10 * S]), st.integers(0, 99))
def test_minutes_are_those_of_the_rows(pieces, step, seed):
    rng, now, all_t, all_values = np.random.default_rng(seed), EDGE - 5 * HOUR, [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "weeks"
        writer = WeekWriter(folder, {"measured": WIDE}, ballast_bytes=0)
        try:
            for rows, silence, then in pieces:
                t_ns = now + silence + step * np.arange(rows)
                values = np.rint(rng.normal(0, 900, (rows, 3))) * 0.01
                values[rng.random(values.shape) < 0.1] = np.nan
                values[rng.random(values.shape) < 0.02] = np.inf
                writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))
                all_t, all_values, now = [*all_t, t_ns], [*all_values, values], int(t_ns[-1])
                match then:
                    case "commit":
                        writer.commit()
                    case "seal":
                        writer.seal(now)
                    case "reopen":
                        writer.close()
                        writer = WeekWriter(folder, {"measured": WIDE}, ballast_bytes=0)
            writer.commit()
            t_ns, values = np.concatenate(all_t), np.vstack(all_values)
            for path in folder.glob("*.sqlite"):
                open_ns, minutes = in_tables(path)
                is_open = np.isin(t_ns, open_ns)
                for minute, found in minutes.items():
                    expected = rolled_by_hand(t_ns[is_open], values[is_open], minute)
                    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
            assert check(folder).findings == []
            _series_agree(folder, t_ns, values)
        finally:
            writer.close()


def _series_agree(folder, t_ns, values):
    """Each stretch of two minutes or more that has a sample."""
    first, last = int(t_ns[0]), int(t_ns[-1])
    with Weeks(folder) as weeks:
        drawn = weeks.series([c.key for c in WIDE], first, last + 2 * MINUTE, 200)
    width = int(drawn.t_ns[1] - drawn.t_ns[0])
    if width < MINUTE:
        return
    for j in range(3):
        low, mean, high = oracle(t_ns, values[:, j], drawn.t_ns, width)
        there = np.isfinite(low)  # where nothing is, a slow sample may be held
        np.testing.assert_allclose(drawn.low[there, j], low[there], rtol=1e-9)
        np.testing.assert_allclose(drawn.high[there, j], high[there], rtol=1e-9)
        np.testing.assert_allclose(drawn.mean[there, j], mean[there], rtol=1e-9, atol=0.01 / 64)


def test_a_file_of_before_gets_them_with_its_next_rows(tmp_path):
    folder = tmp_path / "weeks"
    shutil.copytree(weeks_old.FOLDERS[2], folder)
    with open_writer(folder) as writer:
        fill(writer, weeks_old.T_NS[-1] + 10 * S * np.arange(1, 30))
        assert len(in_tables(folder / "2026-W48.sqlite")[1]) == 60 + 4  # and one that is not over
        assert check(folder).findings == []


def test_a_day_with_an_open_hour_reads_few_of_its_rows(tmp_path):
    """What the roll-ups are for: a pixel of a day does not cost the rows behind it."""
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        t_ns = every_second(MONDAY, 3 * 3600 - 30)
        values, _ = fill(writer, t_ns)
        with closing(sqlite3.connect(folder / "2026-W48.sqlite")) as db:
            db.execute("UPDATE newest SET numbers = zeroblob(length(numbers)) WHERE t_ns < ?",
                       (MONDAY + 3 * HOUR - MINUTE,))  # fmt: skip
            db.commit()
        with Weeks(folder) as weeks:
            drawn = weeks.series([CHANNELS[0].key], MONDAY, MONDAY + 24 * HOUR, 1000)
    low, _, high = oracle(t_ns, values[:, 0], drawn.t_ns, 2 * MINUTE)
    np.testing.assert_allclose(drawn.low[:, 0], low, rtol=1e-9)
    np.testing.assert_allclose(drawn.high[:, 0], high, rtol=1e-9)


@pytest.mark.parametrize("spoilt", ["numbers = zeroblob(160)", "minute_ns = minute_ns + 1"])
def test_a_check_says_where_they_are_not_those_of_the_rows(tmp_path, spoilt):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        fill(writer, every_second(MONDAY, 600))
    with closing(sqlite3.connect(folder / "2026-W48.sqlite")) as db:
        db.execute(f"UPDATE open_minutes SET {spoilt} WHERE id = 3")
        db.commit()
    assert any("open minutes" in text for text in check(folder).findings)
