"""The twin of a monitored plant: rows in, predictions and news out; its state can be kept.

The same rows give the same numbers, wherever they are cut into blocks and whether or not a process
ended in between. So what was told is told again, with the same numbers, when rows are followed a
second time after a restart; who hears it knows it by its `generation` and number.
"""

import secrets
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.monitor.diagnosis import Diagnosis, News
from hil.monitor.first_detector import FirstDetector
from hil.monitor.pickling import from_bytes, to_bytes
from hil.monitor.warming import Warming
from twin.closing import Closing
from twin.observers.gaps import Rows
from twin.site.model import Site


@dataclass
class Said:
    """What a block of rows brought."""

    t_ns: NDArray[np.int64]
    predicted: NDArray[np.float64]
    """float64[rows, n_predicted] [SI], as `Layout.predicted`; NaN where there is none."""
    news: list[News] = field(default_factory=list)


class Following(Closing):
    """Follows a plant; close it, or use `with`."""

    def __init__(
        self,
        site: Site,
        period_ns: int,
        learned: Path | None,
        unread: Collection[str] = (),
        reckoned: Sequence[str] = (),
    ) -> None:
        """Open the models; with `learned`, diagnose by what `hukka twin fit` found.

        Nobody can be asked for the signals and commands `unread`. Powers `reckoned` are predicted
        beside what is watched, and not judged.

        Raises:
            BadInput: nothing is watched, an FMU is missing, or `learned` is not of this site.
        """
        with ExitStack() as stack:
            first = FirstDetector(site, period_ns, stack, unread, reckoned)
            self._first = stack.enter_context(first)
            self._diagnosis = (
                None
                if learned is None
                else stack.enter_context(Diagnosis(site, period_ns, learned))
            )
            self._stack = stack.pop_all()
        self._warming = Warming()
        self.bands = self._first.bands
        self.last_ns: int | None = None
        """Time of the newest row that was followed [ns]."""
        self.generation = secrets.token_hex(8)
        """Name of this memory: one that begins anew has another, on the same rows too."""

    def take(self, rows: Rows) -> Said:
        """Follow rows that are later than all before them; others are left out."""
        later = rows.t_ns > (self.last_ns if self.last_ns is not None else -1)
        rows = rows if later.all() else rows.of(later)
        if not len(rows.t_ns):
            return Said(rows.t_ns, np.empty((0, self._first.width)))
        self.last_ns = int(rows.t_ns[-1])
        self._warming.note(rows.t_ns)
        predicted, alarms = self._first.take(rows)
        if self._diagnosis is not None:  # which judges alone, of dead sensors too
            return Said(rows.t_ns, predicted, self._diagnosis.take(rows))
        news = [
            News(alarm.cleared_ns or alarm.raised_ns, [self._first.told(alarm)])
            for alarm in self._warming.settled(alarms, self.last_ns)
        ]
        return Said(rows.t_ns, predicted, news)

    @property
    def open(self) -> list[int]:
        """Numbers of the events that stand."""
        return [told["number"] for told in self.open_told()]

    def open_told(self) -> list[dict[str, Any]]:
        """The events that stand, as they are known now."""
        if self._diagnosis is not None:
            return self._diagnosis.open_told()
        waiting = self._warming.waiting.values()
        return [self._first.told(a) for a in self._first.alarms if a not in waiting]

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words of `twin.diagnosis.verdict.Standing`."""
        return (self._diagnosis or self._first).standing()

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, or undecided, now."""
        return (self._diagnosis or self._first).reasons()

    def consistency(self) -> dict[str, float | None]:
        """Of each part that is diagnosed [-]."""
        return {} if self._diagnosis is None else self._diagnosis.consistency()

    @property
    def off(self) -> list[str]:
        """Parts that their controllers have switched off."""
        return (self._diagnosis or self._first).off

    def kept(self) -> bytes:
        """All that `take_up` of another one with the same models needs.

        Raises:
            NotWritable: something has no bytes.
            BadInput: an FMU cannot save its state.
        """
        diagnosis = None if self._diagnosis is None else self._diagnosis.kept()
        known = (self.last_ns, self.generation, self._warming)
        whole = (known, self._first.kept(), diagnosis)
        return to_bytes(whole, self._apart())

    def take_up(self, kept: bytes) -> None:
        """Go on from what another one has `kept`; for one that has followed nothing.

        Raises:
            ValueError: the bytes are not of such a twin.
        """
        known, first, diagnosis = from_bytes(kept, self._apart())
        self._first.take_up(first)
        if self._diagnosis is not None:
            self._diagnosis.take_up(diagnosis)
        self.last_ns, self.generation, self._warming = known

    def close(self) -> None:
        """End the models."""
        self._stack.close()

    def _apart(self) -> dict[str, Any]:
        return self._first.apart | ({} if self._diagnosis is None else self._diagnosis.apart)
