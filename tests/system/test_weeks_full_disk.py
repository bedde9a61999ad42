"""A disk that is filled to the brim, 20 times: the newest samples stay, the oldest go."""

import numpy as np
import pytest
from small_disks import small_disk

from hil.historian.run_folder import RecordingStopped
from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.historian.weeks.check import check

S = 1_000_000_000
HOUR = 3600 * S
DAY = 24 * HOUR
MONDAY = 1_795_996_800 * S
CHANNELS = tuple(Channel(f"part.x_{k}:measured", "W") for k in range(30))
BALLAST = 2_000_000
TIMES = 20


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    with small_disk(tmp_path, "24m") as there:
        yield there


def fill_up(path) -> None:
    """Take the last byte that there is."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\x55" * size)
            except OSError:
                continue


def noise(t_ns: np.ndarray) -> np.ndarray:
    """Numbers that nothing makes small, known by their times."""
    return np.array([np.random.default_rng(int(t) // S).normal(0, 1, 30) for t in t_ns])


def append(writer: WeekWriter, t_ns: np.ndarray) -> None:
    """In pieces, as a loop would, sealing on the way."""
    for at in range(0, len(t_ns), 90):
        part = t_ns[at : at + 90]
        writer.append("measured", part, noise(part), np.zeros((len(part), 30), np.uint8))
        writer.commit()
        writer.seal(int(part[-1]))


def test_the_newest_samples_stay_and_the_oldest_go(disk, record_property):
    folder, filler = disk / "weeks", disk / "somebody else's"
    dropped = 0
    with WeekWriter(folder, {"measured": CHANNELS}, ballast_bytes=BALLAST) as writer:
        now = MONDAY
        for k in range(4):  # weeks that can be dropped
            now = MONDAY + k * 7 * DAY
            append(writer, now + 10 * S * np.arange(2000))
        now += 2 * DAY
        for _ in range(TIMES):
            fill_up(filler)
            with Weeks(folder) as weeks:
                before = weeks.span_ns()
            t_ns = now + 10 * S * np.arange(720)
            append(writer, t_ns)
            with Weeks(folder) as weeks:
                rows = weeks.after("measured", now - 1, 1 << 30)
                np.testing.assert_array_equal(rows.t_ns, t_ns)
                np.testing.assert_array_equal(rows.values, noise(t_ns))
                assert weeks.problems() == []
                dropped += int(weeks.span_ns()[0] > before[0])
            filler.unlink()
            now = int(t_ns[-1]) + 5 * HOUR
            while writer.seal(now):
                pass
            assert (disk / "ballast").stat().st_size == BALLAST
    report = check(folder)
    assert report.findings == []
    assert dropped > 0
    assert list(folder.glob("*.broken")) == []
    record_property("figure", f"disk full {TIMES} times: the oldest went {dropped} times")


def test_a_disk_without_anything_to_drop_says_so_and_loses_nothing(disk):
    folder, filler = disk / "weeks", disk / "somebody else's"
    t_ns = MONDAY + 10 * S * np.arange(3)
    with WeekWriter(folder, {"measured": CHANNELS}, ballast_bytes=0) as writer:
        fill_up(filler)
        writer.append("measured", t_ns, noise(t_ns), np.zeros((3, 30), np.uint8))
        with pytest.raises(RecordingStopped, match=r"2026-W49\.sqlite: recording stopped: .*full"):
            writer.commit()
        filler.unlink()
        writer.commit()
        with Weeks(folder) as weeks:
            np.testing.assert_array_equal(weeks.after("measured", 0, 10).values, noise(t_ns))


def test_early_on_a_monday_the_week_before_loses_hours_and_not_all(disk):
    folder = disk / "weeks"
    friday = MONDAY + 4 * DAY
    old, new = friday + 10 * S * np.arange(7200), MONDAY + 7 * DAY + 10 * S * np.arange(90)
    with WeekWriter(folder, {"measured": CHANNELS}, ballast_bytes=BALLAST) as writer:
        append(writer, old)
        while writer.seal(int(old[-1])):
            pass
        fill_up(disk / "somebody else's")
        append(writer, new)
        with Weeks(folder) as weeks:
            rows = weeks.after("measured", 0, 1 << 30)
            left = len(rows) - len(new)
            np.testing.assert_array_equal(rows.t_ns, np.concatenate([old[-left:], new]))
            np.testing.assert_array_equal(rows.values, noise(rows.t_ns))
    assert left >= 0.7 * len(old)


def test_others_who_take_every_byte_for_good_never_get_the_newest_week(disk):
    folder, filler = disk / "weeks", disk / "somebody else's"
    now = MONDAY
    with WeekWriter(folder, {"measured": CHANNELS}, ballast_bytes=BALLAST) as writer:
        for k in range(3):
            now = MONDAY + k * 7 * DAY
            append(writer, now + 10 * S * np.arange(1500))
        wednesday, kept, stopped = now + 2 * DAY, 0, False
        for k in range(200):
            fill_up(filler)
            t_ns = wednesday + 10 * S * np.arange(9 * k, 9 * k + 9)
            writer.append("measured", t_ns, noise(t_ns), np.zeros((9, 30), np.uint8))
            try:
                writer.commit()
                kept = 9 * k + 9
            except RecordingStopped:
                stopped = True
                break
        assert stopped
        assert kept > 0
        with Weeks(folder) as weeks:
            assert [path.name for path in folder.glob("*.sqlite")] == ["2026-W51.sqlite"]
            rows = weeks.after("measured", wednesday - 1, 1 << 30)
            np.testing.assert_array_equal(rows.values, noise(wednesday + 10 * S * np.arange(kept)))
        filler.unlink()
        writer.commit()
        with Weeks(folder) as weeks:
            assert len(weeks.after("measured", wednesday - 1, 1 << 30)) == kept + 9
    assert check(folder).findings == []
