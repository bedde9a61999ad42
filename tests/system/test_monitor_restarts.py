"""Keeper and twin as processes, fed with rows of five hours, and killed in the middle.

No clock is in it: rows come as fast as they are taken.
"""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hil.alarms import AlarmReader
from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from hil.crew.crew import Crew, Event
from hil.historian.weeks import Weeks
from hil.loop.ring import RING_ROWS, Ring
from hil.loop.shared import SharedMemory
from hil.monitor.crew_list import crew_list
from hil.monitor.following import Following
from hil.monitor.options import Options
from hil.monitor.planning import plan
from hil.monitor.roster import Roster, Seat
from hil.monitor.rows import MEASURED, TWIN, row_type
from hil.monitor.shared import Shared
from twin.clock import NS_PER_S, monotonic_ns
from twin.observers.gaps import Rows
from twin.signals import Quality
from twin.site import load_site, parse_fault

PERIOD_NS = 10 * NS_PER_S
BEGAN = 1_790_000_000 * NS_PER_S
FAULT = "heat_pump.condenser_fouling=0.3@2.2h"
FOREVER = (1 << 62) - 1


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


@pytest.fixture(scope="module")
def rows(site) -> Rows:
    span = Span(5 * 3600 * NS_PER_S, PERIOD_NS)
    blocks = list(plant_rows(site, Variant(), span, 1, [parse_fault(FAULT, site)]))
    names = ("t_ns", "measured", "good", "commands", "commanded")
    known = Rows(*(np.concatenate([getattr(b, name) for b in blocks]) for name in names))
    good = known.good.copy()
    good[700:760, list(site.signals).index("cooling_loop.T_source")] = False  # silent for 10 min
    return known._replace(t_ns=known.t_ns + BEGAN, good=good)


class Fed:
    """Keeper and twin of a data folder, and the loop's end of their rings."""

    def __init__(self, site, data: Path, stack: ExitStack) -> None:
        layout = layout_of(site)
        data.mkdir(exist_ok=True)
        (data / "log").mkdir(exist_ok=True)
        options = Options(site.site, data, PERIOD_NS, page=None)
        planned = plan(site, layout, ["hp_line=tcp://127.0.0.1:1"])
        self.unread = planned.unread
        shared = Shared(layout, planned, stack)
        members = [
            m
            for m in crew_list(options, planned, layout, shared.live, shared.rings)
            if m.name in ("keeper", "twin")
        ]
        crew = stack.enter_context(Crew(data / "log", shared.descriptors))
        self.said: list[str] = []
        self.roster = Roster(crew, members, self.said.append)
        self._twin_ring = Ring(
            SharedMemory(Path(shared.rings["twin_ring"]), shared_size(layout)).buffer,
            row_type(layout),
            RING_ROWS,
        )
        self._kept_ring = shared.kept
        self._number = 0

    def feed(self, rows: Rows) -> None:
        """Put rows where the loop puts them."""
        values = np.hstack([rows.measured, rows.commands])
        good = np.hstack([rows.good, rows.commanded])
        quality = np.where(good, Quality.GOOD, Quality.TIMEOUT).astype(np.uint8)
        for t_ns, value, q in zip(rows.t_ns.tolist(), values, quality, strict=True):
            for ring in (self._twin_ring, self._kept_ring):
                assert ring.put((t_ns, 0, 0, value, q))

    def until(self, told, timeout_s: float = 120.0) -> None:
        """Let the processes work until `told(seats)`, as the supervisor does."""
        until_ns = monotonic_ns() + int(timeout_s * NS_PER_S)
        while not told(self.roster.seats):
            assert monotonic_ns() < until_ns, (self.said, self.roster.seats)
            for seat, event in self.roster.turn(0.02):
                self.take(seat, event)

    def take(self, seat: Seat, event: Event) -> None:
        """News of the twin go to the keeper."""
        if event.name == "news":
            self._number += 1
            self.roster.post("keeper", news=dict(event.fields), id=self._number)

    def followed(self, t_ns: int) -> None:
        """Wait until the twin has followed the row of `t_ns`, and everything is on disk."""
        self.until(lambda seats: seats["twin"].told.get("t_ns") == t_ns)
        self.until(lambda seats: self._kept_ring.taken == self._kept_ring.written)

    def end(self, name: str) -> None:
        """In order."""
        for seat, event in self.roster.stop([name], 20 * NS_PER_S):
            self.take(seat, event)

    def kill(self, name: str) -> None:
        """As a power cut does."""
        child = self.roster.seats[name].child
        assert child is not None
        child.process.kill()
        self.until(lambda seats: seats[name].lives.restarts == 1)


def shared_size(layout) -> int:
    return Ring.size(row_type(layout), RING_ROWS)


@pytest.fixture
def fed(site, tmp_path) -> Iterator[Fed]:
    with ExitStack() as stack:
        yield Fed(site, tmp_path / "data", stack)


def test_killed_and_started_again_nothing_is_said_twice_or_lost(site, rows, fed, tmp_path):
    """The twin ends in order at a third, both are killed at two thirds."""
    fed.feed(rows.of(slice(0, 600)))
    fed.followed(int(rows.t_ns[599]))
    fed.end("twin")
    fed.feed(rows.of(slice(600, 1200)))
    fed.followed(int(rows.t_ns[1199]))
    fed.feed(rows.of(slice(1200, 1260)))
    fed.kill("twin")
    fed.kill("keeper")
    fed.feed(rows.of(slice(1260, None)))
    fed.followed(int(rows.t_ns[-1]))
    fed.end("twin")
    fed.end("keeper")
    data = tmp_path / "data"
    with Weeks(data / "weeks") as weeks:
        kept, predicted = (list(weeks.rows(stream, 0, FOREVER)) for stream in (MEASURED, TWIN))
        assert weeks.gaps(0, FOREVER) == []
    assert np.array_equal(np.concatenate([b.t_ns for b in kept]), rows.t_ns)
    assert np.array_equal(np.concatenate([b.t_ns for b in predicted]), rows.t_ns)
    with Following(site, PERIOD_NS, None, fed.unread) as twin:
        said = twin.take(rows)
        standing = {told["number"] for told in twin.open_told()}
        bands = twin.bands
    found = np.concatenate([b.values[:, : len(bands)] for b in predicted])
    assert np.array_equal(np.isnan(found), np.isnan(said.predicted))
    assert (np.nan_to_num(np.abs(found - said.predicted)) <= bands / 1000.0).all()
    raised = [event for news in said.news for event in news.events if not event["cleared_s"]]
    with AlarmReader(data / "desk.sqlite") as reader:
        journal = reader.history(0, FOREVER)
        listed = reader.rows()
    assert len([line for line in journal if line["action"] == "raised"]) == len(raised) >= 2
    assert len([row for row in listed if row.cleared_ns is None]) == len(standing)
    assert any("SIGKILL" in said for said in fed.said)


def test_one_that_cannot_be_started_is_tried_again(fed, tmp_path):
    log = tmp_path / "data" / "log" / "twin.log"
    log.mkdir()  # where a file should be, as on a disk that has gone bad
    fed.until(lambda seats: seats["twin"].lives.restarts >= 2)
    assert "cannot be started" in fed.roster.seats["twin"].lives.why
    log.rmdir()
    fed.until(lambda seats: seats["twin"].ready)


def test_one_that_hangs_is_ended_and_begun_again(rows, fed):
    fed.feed(rows.of(slice(0, 50)))
    fed.followed(int(rows.t_ns[49]))
    seat = fed.roster.seats["twin"]
    seat.member = replace(seat.member, patience_ns=4 * NS_PER_S)
    assert seat.child is not None
    os.kill(seat.child.process.pid, signal.SIGSTOP)
    fed.until(lambda seats: seats["twin"].lives.restarts == 1)
    assert seat.lives.why == "said nothing for 4 s"
    fed.feed(rows.of(slice(50, 100)))
    fed.followed(int(rows.t_ns[99]))
    assert fed.roster.seats["keeper"].lives.restarts == 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux limits files of others")
def test_a_disk_that_takes_nothing_costs_no_row(rows, fed, tmp_path):
    fed.feed(rows.of(slice(0, 100)))
    fed.followed(int(rows.t_ns[99]))
    child = fed.roster.seats["keeper"].child
    assert child is not None
    whose = (child.process.pid, resource.RLIMIT_FSIZE)
    before = resource.prlimit(*whose, (0, resource.RLIM_INFINITY))
    fed.feed(rows.of(slice(100, 200)))
    fed.until(lambda seats: "recording stopped" in seats["keeper"].told.get("trouble", ""))
    assert fed.roster.seats["keeper"].lives.restarts == 0
    resource.prlimit(*whose, before)
    fed.until(lambda seats: seats["keeper"].told["trouble"] == "")
    fed.feed(rows.of(slice(200, 300)))
    fed.followed(int(rows.t_ns[299]))
    fed.end("twin")
    fed.end("keeper")
    with Weeks(tmp_path / "data" / "weeks") as weeks:
        kept = np.concatenate([b.t_ns for b in weeks.rows(MEASURED, 0, FOREVER)])
        assert weeks.gaps(0, FOREVER) == []
    assert np.array_equal(kept, rows.t_ns[:300])
