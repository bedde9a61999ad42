"""Readers in threads and processes beside a writer that seals: every row once, at any moment."""

import multiprocessing
import threading
from pathlib import Path

import numpy as np
import pytest
from weeks_plant import CHANNELS, EDGE, HOUR, WEEK, all_rows, every_second, open_writer, readings

from hil.historian.weeks import Weeks

BEGAN = EDGE - 2 * HOUR
T_NS = every_second(BEGAN, 4 * 3600)
KEY = CHANNELS[0].key


def plant():
    """What is written: the first channel is never missing."""
    values, quality = readings(T_NS)
    values[:, 0] = np.nan_to_num(values[:, 0], nan=293.15)
    return values, quality


def reads(weeks: Weeks, over, values: np.ndarray) -> int:
    """Ask until it is over; every answer is the beginning of what will be there in the end."""
    asked = 0
    while not over.is_set() or asked == 0:
        last = over.is_set()
        t_ns, found, _ = all_rows(weeks, keys=[KEY]) if weeks.span_ns() else (T_NS[:0],) * 3
        np.testing.assert_array_equal(t_ns, T_NS[: len(t_ns)])
        if len(t_ns):
            np.testing.assert_array_equal(found[:, 0], values[: len(t_ns)])
            drawn = weeks.series([KEY], int(t_ns[0]), int(t_ns[-1]) + 1, 300)
            assert np.nanmin(drawn.low) == np.nanmin(found[:, 0])
            assert not np.isnan(drawn.mean).any()
        asked += 1
        if last:
            break
    return asked


def process(folder: Path, over, asked) -> None:
    with Weeks(folder) as weeks:
        asked.put(reads(weeks, over, plant()[0][:, 0]))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_readers_give_back_what_they_open(tmp_path):
    folder = tmp_path / "weeks"

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with open_writer(folder) as writer:
        for k in range(12):
            t_ns = every_second(EDGE + k * WEEK, 600)
            values, quality = readings(t_ns)
            writer.append("measured", t_ns, values, quality)
            writer.commit()
    before = open_files()
    with Weeks(folder) as weeks:
        counts = []
        for _ in range(30):
            threads = [
                threading.Thread(target=weeks.series, args=([KEY], EDGE, EDGE + 12 * WEEK, 99))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            counts.append(open_files())
        assert max(counts) <= before + 4 * 12 * 3
    assert open_files() == before


def test_nobody_sees_an_hour_twice_or_not_at_all(tmp_path):
    folder = tmp_path / "weeks"
    values, quality = plant()
    context = multiprocessing.get_context("spawn")
    over, asked = context.Event(), context.Queue()
    with open_writer(folder) as writer:
        writer.append("measured", T_NS[:1], values[:1], quality[:1])
        writer.commit()
        others = [context.Process(target=process, args=(folder, over, asked)) for _ in range(2)]
        for other in others:
            other.start()
        counts: list[int] = []
        with Weeks(folder) as weeks:
            threads = [
                threading.Thread(target=lambda: counts.append(reads(weeks, over, values[:, 0])))
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for at in range(1, len(T_NS), 40):
                part = slice(at, at + 40)
                writer.append("measured", T_NS[part], values[part], quality[part])
                writer.commit()
                writer.seal(int(T_NS[min(at + 39, len(T_NS) - 1)]))
            over.set()
            for thread in threads:
                thread.join()
        counts += [asked.get(timeout=60) for _ in others]
        for other in others:
            other.join()
            assert other.exitcode == 0
    assert len(counts) == 4
    assert sum(counts) > 8
