"""The twin beside a running plant: what it follows, tells, remembers, and catches up with."""

from typing import Any

import numpy as np

from hil.bench.layout import Layout
from hil.crew.station import Station
from hil.loop.image import Cell
from hil.loop.ring import Ring
from hil.monitor.catching_up import History
from hil.monitor.checkpoint import Checkpoint
from hil.monitor.following import Following
from hil.monitor.pickling import NotWritable
from hil.monitor.rows import as_followed
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import BadInput
from twin.observers.gaps import Rows
from twin.signals import Quality

BLOCK = 512
LOOK_NS = NS_PER_S // 10
"""An empty ring is looked at again after so long [ns]."""
BEAT_NS = 2 * NS_PER_S
SAVE_NS = 600 * NS_PER_S
"""The memory is put on disk every so often [ns]."""
REPEAT_NS = 300 * NS_PER_S
"""What stands is told again every so often: it is known better by then [ns]."""
COMMITTED_NS = 15 * NS_PER_S
"""So long the keeper may take until rows are on disk [ns]."""
BACK_NS = 36 * 3600 * NS_PER_S
"""A twin without a memory follows so much of the past first: as far as it looks back [ns]."""


class LiveTwin:
    """Follows the loop's ring; what is missing in it is read from the historian."""

    def __init__(
        self,
        station: Station,
        following: Following,
        history: History,
        checkpoint: Checkpoint,
        rows: Ring,
        predicted: Ring,
        cell: Cell,
        layout: Layout,
        period_ns: int,
    ) -> None:
        self._station, self._following, self._history = station, following, history
        self._checkpoint, self._rows, self._predicted = checkpoint, rows, predicted
        self._cell, self._layout, self._period_ns = cell, layout, period_ns
        self._kept_ns = history.last_predicted_ns() or 0
        self._saved_ns = self._beat_ns = monotonic_ns()
        self._repeated_ns = 0
        self._standing: tuple[Any, ...] = ()
        self._silent = False
        self._unsaved = ""

    def work(self) -> None:
        """Until there is an order, which can only be to stop."""
        while not self._station.ordered():
            rows = self._rows.look(0, BLOCK)
            if len(rows):
                broken = np.flatnonzero(np.diff(rows["t_ns"]) > self._period_ns)
                rows = rows[: broken[0] + 1] if len(broken) else rows
                if self._fill(int(rows["t_ns"][0])):
                    self._follow(
                        as_followed(self._layout, rows["t_ns"], rows["values"], rows["quality"])
                    )
                    self._rows.release(len(rows))
            else:
                self._station.wait(monotonic_ns() + LOOK_NS)
            self._pause()
        self._save()

    def _fill(self, t_ns: int) -> bool:
        """Follow what was before `t_ns` and is on disk; False if an end is wanted meanwhile."""
        last_ns = self._following.last_ns
        if last_ns is not None and last_ns >= t_ns - self._period_ns:
            return True
        if last_ns is None and self._history.last_ns() is None:
            return True  # the first rows of all
        until_ns = monotonic_ns() + COMMITTED_NS
        while (self._history.last_ns() or 0) < t_ns and monotonic_ns() < until_ns:
            if self._station.wait(monotonic_ns() + LOOK_NS):
                return False
            self._pause()
        self._silent = last_ns is None  # a past that nobody asked about: what stands is told later
        for block in self._history.between(t_ns - BACK_NS if last_ns is None else last_ns, t_ns):
            for at in range(0, len(block.t_ns), BLOCK):
                self._follow(block.of(slice(at, at + BLOCK)), past=True)
                self._pause()
                if self._station.ordered():
                    return False
        self._silent = False
        self._repeated_ns = 0
        return True

    def _follow(self, rows: Rows, *, past: bool = False) -> None:
        said = self._following.take(rows)
        if not len(said.t_ns):
            return
        bands = self._following.bands.tolist()
        # what is reckoned has no band, and is in the record alone
        newest = said.predicted[-1, : len(bands)].tolist()
        quality = [int(Quality.GOOD if v == v else Quality.NO_VALUE) for v in newest]
        values = [*newest, *bands]
        good = [int(Quality.GOOD)] * len(bands)
        self._cell.publish(int(said.t_ns[-1]), values, [*quality, *good])
        for t_ns, row in zip(said.t_ns.tolist(), said.predicted, strict=True):
            if t_ns > self._kept_ns and not self._put((t_ns, row), patient=past):
                self._predicted.drop()
        if not self._silent:
            self._tell([event for news in said.news for event in news.events])

    def _put(self, row: tuple[int, Any], *, patient: bool) -> bool:
        """Into the ring; who catches up waits for the keeper, unless that is gone."""
        until_ns = monotonic_ns() + (COMMITTED_NS if patient else 0)
        while not self._predicted.put(row):
            if monotonic_ns() >= until_ns or self._station.wait(monotonic_ns() + LOOK_NS):
                return False
        return True

    def _tell(self, events: list[dict[str, Any]]) -> None:
        """News for the keeper: what happened, or how it stands where that has changed."""
        following, now_ns = self._following, monotonic_ns()
        again = now_ns - self._repeated_ns >= REPEAT_NS
        standing = (following.standing(), following.off, following.open)
        if not (events or again or standing != self._standing):
            return
        self._standing = standing
        if again:
            self._repeated_ns = now_ns
            events = [*events, *following.open_told()]
        self._station.emit(
            "news",
            t_ns=following.last_ns,
            generation=following.generation,
            events=events,
            standing=standing[0],
            reasons=following.reasons(),
            off=standing[1],
            open=standing[2],
        )

    def _pause(self) -> None:
        """Between two blocks: a sign of life, and the memory on disk when it is time."""
        now_ns = monotonic_ns()
        if now_ns - self._beat_ns >= BEAT_NS:
            self._beat_ns = now_ns
            self._station.emit(
                "beat",
                t_ns=self._following.last_ns,
                standing=self._following.standing(),
                reasons=self._following.reasons(),
                consistency=self._following.consistency(),
                unsaved=self._unsaved,
            )
        if now_ns - self._saved_ns >= SAVE_NS:
            self._save()

    def _save(self) -> None:
        self._saved_ns = monotonic_ns()
        if self._following.last_ns is None:
            return
        try:
            size = self._checkpoint.save(self._following.kept())
            self._unsaved = ""
        except (OSError, NotWritable, BadInput) as error:
            self._unsaved = f"the twin's memory is not on disk: {error}"
            return
        took_s = (monotonic_ns() - self._saved_ns) / NS_PER_S
        self._station.emit("saved", bytes=size, took_s=round(took_s, 3))
