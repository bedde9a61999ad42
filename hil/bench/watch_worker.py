"""The watching process: predicts, judges and records every row that the loop has put out.

`python -m hil.bench.watch_worker`, with its configuration as the first line on stdin.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.assemble import make_twin, open_parts, validity_of
from hil.bench.layout import layout_of
from hil.bench.options import Options
from hil.bench.record import Record
from hil.bench.score import Score
from hil.bench.station import Station, run_station
from hil.bench.validity import Validity
from hil.loop.ring import RING_ROWS, Ring, row_type
from hil.loop.shared import SharedMemory
from twin.clock import WallClock
from twin.pipeline import Twin
from twin.signals import Quality
from twin.site import Boundary, load_site, parse_fault

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
        parts = open_parts(site, stack)
        layout = layout_of(site, validity_of(parts))
        twin, predictors = make_twin(site, layout, parts, options.cycle_ns)
        for predictor in predictors:
            stack.enter_context(predictor)
        events = [parse_fault(f, site) for f in options.faults]
        score = Score(site, layout, events)
        data = Path(options.data) if options.data else None
        notes = Boundary(site, data, options.cycle_ns).notes
        hashes = {file.path.name: file.sha256 for file in parts.values()}
        station.order()  # to record: until then the run may still be refused
        record = stack.enter_context(
            Record(Path(station.config["folder"]), site, layout, options, hashes, twin, notes)
        )
        for t_ns, text in station.config["line_events"]:
            record.line_event(t_ns, text)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        memory = SharedMemory(Path(station.config["ring"]), Ring.size(dtype, RING_ROWS))
        ring = Ring(memory.buffer, dtype, RING_ROWS)
        station.emit("ready")
        validity = Validity(layout)
        follower = Follower(station, twin, record, score, validity, LOOK_NS[options.pace])
        follower.follow(ring)
        summary = {
            **score.summary(),
            "overruns": ring.overruns,
            "dropped": ring.dropped,
            "standing": twin.standing(),
            "reasons": twin.reasons(),
            "out_of_range": validity.spans,
            "trace_sha256": record.trace_sha256,
        }
        station.emit("summary", **summary)
        end = station.order()
        while "status" not in end:  # the order to end, which may be why we are here
            end = station.order()
        record.finish(end["status"], end["result"], end["reason"])
        station.emit("recorded")


class Follower:
    """Takes rows to the twin, the record and the score, and tells the parent how it goes."""

    def __init__(
        self,
        station: Station,
        twin: Twin,
        record: Record,
        score: Score,
        validity: Validity,
        look_ns: int,
    ) -> None:
        self._station = station
        self._twin = twin
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
        alarms = self._score.take(rows, followed.alarms)
        if run.any():
            self._record.take(rows[run], followed.predicted[run], alarms)
            for t_ns, part, text in self._validity.take(rows[run]):
                self._record.event(t_ns, part, text)
        if self._clock.now_ns() - self._told_ns >= TELL_NS:
            self._tell(rows[-1], followed.predicted[-1], overruns)

    def _tell(self, row: np.void, predicted: NDArray[np.float64], overruns: int) -> None:
        self._told_ns = self._clock.now_ns()
        status: dict[str, Any] = {
            "t_ns": int(row["t_ns"]),
            "measured": _plain(row["measured"]),
            "quality": row["quality"].tolist(),
            "commands": _plain(row["commands"]),
            "predicted": _plain(predicted),
            "standing": self._twin.standing(),
            "reasons": self._twin.reasons(),
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
