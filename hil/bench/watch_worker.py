"""The watching process: predicts, judges and records every row that the loop has put out.

`python -m hil.bench.watch_worker`, with its configuration as the first line on stdin.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.assemble import make_twin, open_parts, validity_of
from hil.bench.layout import layout_of
from hil.bench.options import Options
from hil.bench.record import Record
from hil.bench.score import Score
from hil.bench.shut_in import shut_in
from hil.bench.validity import Validity
from hil.crew.station import Station, run_station
from hil.loop.ring import RING_ROWS, Ring, row_type
from hil.loop.shared import SharedMemory
from twin.clock import WallClock
from twin.diagnosis.verdict import Event
from twin.pipeline import Twin
from twin.signals import Quality
from twin.site import Boundary, Site, load_site, parse_fault

if TYPE_CHECKING:
    from hil.bench.diagnosing import Diagnosing

MOST_ROWS = 512
LOOK_NS = {"max": 2_000_000, "real": 20_000_000}
"""An empty ring is looked at again after so long [ns], by pace."""
LATEST = 100_000
"""While the run goes on, lateness is shown of so many cycles: all would cost too much."""
TELL_NS = 250_000_000
"""The parent is told at most every so often [ns]."""


def work(station: Station) -> None:
    """Follow the ring to its end, or to the order to finish."""
    options = Options.of(station.config["options"])
    with ExitStack() as stack:
        site = load_site(options.site)
        folder = Path(station.config["folder"])
        if options.learned is not None:
            import hil.bench.diagnosing  # noqa: F401 - finds its machine code before it is shut in
        confined = shut_in(site, options.unconfined, [options.data, options.learned], [folder])
        parts = open_parts(site, stack)
        layout = layout_of(site, validity_of(parts))
        twin, predictors = make_twin(site, layout, parts, options.cycle_ns)
        for predictor in predictors:
            stack.enter_context(predictor)
        events = [parse_fault(f, site) for f in options.faults]
        diagnosing = _diagnosing(site, options, twin, stack)
        data = Path(options.data) if options.data else None
        notes = Boundary(site, data, options.cycle_ns).notes
        hashes = {file.path.name: file.sha256 for file in parts.values()}
        begun = station.order()  # to record: until then the run may still be refused
        score = Score(site, layout, events, begun["meters"])
        record = stack.enter_context(Record(folder, site, layout, options, hashes, twin, notes))
        for t_ns, text in station.config["line_events"]:
            record.line_event(t_ns, text)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        memory = SharedMemory(Path(station.config["ring"]), Ring.size(dtype, RING_ROWS))
        ring = Ring(memory.buffer, dtype, RING_ROWS)
        station.emit("ready", notes=[f"FMUs of the watch: {confined}"])
        validity = Validity(layout)
        follower = Follower(
            station, twin, diagnosing, record, score, validity, LOOK_NS[options.pace]
        )
        follower.follow(ring)
        follower.refresh()
        summary = {
            **score.summary(),
            **(diagnosing.plain() if diagnosing else {}),
            "overruns": ring.overruns,
            "dropped": ring.dropped,
            **follower.standing(),
            "out_of_range": validity.spans,
            "trace_sha256": record.trace_sha256,
        }
        station.emit("summary", **summary)
        end = station.order()
        while "status" not in end:  # the order to end, which may be why we are here
            end = station.order()
        record.finish(end["status"], end["result"], end["reason"])
        station.emit("recorded")


def _diagnosing(site: Site, options: Options, twin: Twin, stack: ExitStack) -> "Diagnosing | None":
    if options.learned is None:
        return None
    from hil.bench.diagnosing import Diagnosing  # seconds, for runs that ask for it

    bands = {watched.name: watched.band for watched in twin.watched}
    learned = Path(options.learned)
    return stack.enter_context(Diagnosing(site, options.cycle_ns, learned, bands))


class Follower:
    """Takes rows to the twin, the record and the score, and tells the parent how it goes."""

    def __init__(
        self,
        station: Station,
        twin: Twin,
        diagnosing: "Diagnosing | None",
        record: Record,
        score: Score,
        validity: Validity,
        look_ns: int,
    ) -> None:
        self._station = station
        self._twin = twin
        self._diagnosing = diagnosing
        self._record = record
        self._score = score
        self._validity = validity
        self._clock = WallClock()
        self._told_ns = -TELL_NS
        self._look_ns = look_ns

    def follow(self, ring: Ring) -> None:
        """Until the ring is closed and empty, or the parent wants the end."""
        while True:
            last_look = ring.closed or self._station.ordered()
            rows = ring.take(MOST_ROWS)
            if len(rows):
                self._take(rows, ring.overruns)
            elif last_look:
                return
            else:
                self._clock.wait_until(self._clock.now_ns() + self._look_ns)

    def _take(self, rows: NDArray[np.void], overruns: int) -> None:
        followed = self._twin.follow(
            rows["t_ns"],
            rows["measured"],
            rows["quality"] == Quality.GOOD,
            rows["commands"],
            rows["command_quality"] == Quality.GOOD,
        )
        run = rows["t_ns"] > 0  # what came before is the warm-up
        # one voice: where the diagnosis judges, the first detector raises nothing
        raised = followed.alarms if self._diagnosing is None else []
        alarms = self._score.take(rows, raised)
        if self._diagnosing is not None:
            said = self._diagnosing.take(rows)
            alarms += self._noted(said.events)
            for entry in said.entries:
                self._record.entry(entry)
        if run.any():
            self._record.take(rows[run], followed.predicted[run], alarms)
            for t_ns, part, text in self._validity.take(rows[run]):
                self._record.event(t_ns, part, text)
        if self._clock.now_ns() - self._told_ns >= TELL_NS:
            self._tell(rows[-1], followed.predicted[-1], overruns)

    def refresh(self) -> None:
        """Record open events as they are known at the end: they have become better since."""
        for note in self._noted(self._open()):
            self._record.alarm(note)

    def standing(self) -> dict[str, Any]:
        """What can be said of each part now, and why it is not observable where that is known."""
        by = self._twin if self._diagnosing is None else self._diagnosing
        return {"standing": by.standing(), "reasons": by.reasons()}

    def _open(self) -> list[Event]:
        if self._diagnosing is None:
            return []
        return [event for event in self._diagnosing.events if event.cleared_ns is None]

    def _noted(self, events: list[Event]) -> list[dict[str, Any]]:
        """Notes of the alarms of `events`, which are recorded in full beside them."""
        if self._diagnosing is None:
            return []
        for event in events:
            self._record.diagnosed(self._diagnosing.told(event))
        return [self._score.take_event(*self._diagnosing.alarm(event)) for event in events]

    def _tell(self, row: np.void, predicted: NDArray[np.float64], overruns: int) -> None:
        self._told_ns = self._clock.now_ns()
        if self._diagnosing is not None:
            for event in self._open():
                self._score.take_event(*self._diagnosing.alarm(event))
        status: dict[str, Any] = {
            "t_ns": int(row["t_ns"]),
            "measured": _plain(row["measured"]),
            "quality": row["quality"].tolist(),
            "commands": _plain(row["commands"]),
            "predicted": _plain(predicted),
            **self.standing(),
            "alarms": self._score.alarms,
            "overruns": overruns,
            "lateness_us": self._score.lateness_us(LATEST),
        }
        self._station.emit("status", **status)


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    """JSON has no NaN: a missing value is null."""
    return [v if v == v else None for v in values.tolist()]


if __name__ == "__main__":
    run_station(work)
