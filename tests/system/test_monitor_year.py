"""A year of a monitor in two minutes: loop, keeper and twin in one process, on virtual clocks.

Every day has an hour of rows; between the days the machine sleeps. On some days the clock is set
forward or back, or a leap second is put in; every week the twin ends and goes on from its memory.
"""

import gc
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from hil.historian.weeks import Keep, Weeks
from hil.loop.ring import RING_ROWS, Ring
from hil.monitor.following import Following
from hil.monitor.keeper import Keeper
from hil.monitor.rows import as_followed, row_type, twin_type
from hil.monitor.stamps import Stamps
from hil.monitor.usage import usage
from twin.clock import NS_PER_S as S
from twin.clock import Instant
from twin.signals import Quality
from twin.site import load_site

PERIOD = 30 * S
ROWS = 120
DAY = 86_400 * S
BEGAN = 1_798_761_600 * S  # 2027-01-01
DAYS = 365
SET = {50: -3 * S, 90: 90 * S, 180: -S, 200: -3 * S, 300: 90 * S}
"""By day, by how much the clock is set: by hand, by a time server, by a leap second [ns]."""
FOREVER = (1 << 62) - 1


class Clocks:
    """Of a machine that sleeps, and that people set."""

    def __init__(self) -> None:
        self.mono = self.boot = 7 * S
        self.utc = BEGAN

    def now(self) -> Instant:
        return Instant(self.mono, self.utc, self.boot)

    def wait(self, until_ns: int) -> Instant:
        passed = max(0, until_ns - self.mono) + 40_000
        self.mono, self.boot, self.utc = self.mono + passed, self.boot + passed, self.utc + passed
        return self.now()

    def sleep_until(self, utc_ns: int) -> None:
        passed = max(0, utc_ns - self.utc)
        self.boot, self.utc = self.boot + passed, self.utc + passed


@pytest.mark.timeout(900)
def test_a_year_leaves_memory_and_files_as_they_were(tmp_path: Path) -> None:
    site = load_site("mantsala")
    layout = layout_of(site)
    known = list(plant_rows(site, Variant(), Span(ROWS * PERIOD, PERIOD), 1, []))
    values = np.vstack([np.hstack([r.measured, r.commands]) for r in known])[-ROWS:]
    good = np.zeros(values.shape[1], np.uint8)
    good_rows = np.where(np.isfinite(values), good, Quality.NO_VALUE).astype(np.uint8)
    measured, predicted = (
        Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
        for dtype in (row_type(layout), twin_type(layout))
    )
    clocks = Clocks()
    stamps = Stamps(PERIOD, clocks.now())
    twin = Following(site, PERIOD, None)
    seen: list[tuple[int, int]] = []
    weights: list[int] = []
    stamped = []
    with closing(Keeper(tmp_path, site, layout, PERIOD, Keep(), measured, predicted)) as keeper:
        for day in range(DAYS):
            for k in range(ROWS):
                if k == ROWS // 2:
                    clocks.utc += SET.get(day, 0)
                stamp = stamps.take(clocks.wait(stamps.deadline_ns))
                stamped.append(stamp.t_ns)
                row = (stamp.t_ns, stamp.late_ns, int(stamp.missing), values[k], good_rows[k])
                assert measured.put(row)
            rows = measured.look(0, RING_ROWS)
            said = twin.take(as_followed(layout, rows["t_ns"], rows["values"], rows["quality"]))
            for t_ns, p in zip(said.t_ns.tolist(), said.predicted, strict=True):
                assert predicted.put((t_ns, p))
            for news in said.news:
                told = {
                    "t_ns": news.t_ns,
                    "generation": twin.generation,
                    "events": news.events,
                    "off": twin.off,
                    "standing": twin.standing(),
                    "reasons": twin.reasons(),
                    "open": [event["number"] for event in twin.open_told()],
                }
                keeper.news(told)
            while keeper.take():
                pass
            keeper.commit()
            while keeper.tidy(clocks.utc):
                pass
            if day % 7 == 6:
                memory = twin.kept()
                twin.close()
                twin = Following(site, PERIOD, None)
                twin.take_up(memory)
                weights.append(len(memory))
            if day % 30 == 29:
                gc.collect()
                used = usage(os.getpid())
                seen.append((used.memory_bytes, used.files))
            clocks.sleep_until(BEGAN + (day + 1) * DAY)
        twin.close()
    with Weeks(tmp_path / "weeks") as weeks:
        kept = np.concatenate([b.t_ns for b in weeks.rows("measured", 0, FOREVER)])
        gaps = weeks.gaps(0, FOREVER)
        problems = weeks.problems()
    assert np.array_equal(kept, np.array(stamped))
    holes = np.flatnonzero(np.diff(kept) != PERIOD)
    assert [(int(kept[i]), int(kept[i + 1])) for i in holes] == [(g.from_ns, g.to_ns) for g in gaps]
    assert len(holes) >= DAYS - 1
    assert {g.why for g in gaps} == {"the machine was asleep", "the clock was set forward"}
    assert problems == []
    assert len(list((tmp_path / "weeks").glob("*.sqlite"))) in (53, 54)
    (early, files), (late, files_late) = seen[2], seen[-1]
    assert late - early < 8_000_000, seen
    assert files_late == files, seen
    assert max(weights) - min(weights[3:]) < 0.1 * max(weights)
