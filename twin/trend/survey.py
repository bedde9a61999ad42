"""What a column looks like as a whole, in memory that does not grow with its length."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.trend.grid import Doubles, Events

NS: Final = 1_000_000_000
MOST_BINS: Final = 1 << 16
_FIRST_BIN_NS: Final = 60 * NS
_STEP_EDGES: Final = np.geomspace(1e-3, 1e8, 461)
"""Edges of the histogram of steps [s]: each 5.6 % above the one before."""


class Survey:
    """Takes the events of one column, in SI, in the order of their times."""

    def __init__(self) -> None:
        self.events = 0
        self.bad = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.low, self.high = np.inf, -np.inf
        self.doubles = Doubles(0, 0)
        self.longest_same_ns = 0
        self.same_since_ns = 0
        """When the longest time without a change began [ns]."""
        self.gaps_ns = 0
        self._steps = np.zeros(len(_STEP_EDGES) + 1, np.int64)
        self._run: tuple[float, int] | None = None
        self._previous_ns: int | None = None

    def take(self, events: Events, dropped: Doubles) -> None:
        """Further events, each time once; `dropped` are those of the same times."""
        self.doubles = Doubles(self.doubles.same + dropped.same, self.doubles.other + dropped.other)
        if not len(events):
            return
        t_ns = events.t_ns
        if self.first_ns is None:
            self.first_ns = int(t_ns[0])
        before = t_ns[0] if self._previous_ns is None else self._previous_ns
        steps = np.diff(t_ns, prepend=before)
        steps_s = steps[steps > 0] / NS
        at = np.searchsorted(_STEP_EDGES, steps_s)
        self._steps += np.bincount(at, minlength=len(self._steps))
        self._previous_ns = self.last_ns = int(t_ns[-1])
        self.events += len(t_ns)
        self.bad += int((~events.good).sum())
        if events.good.any():
            values, times = events.values[events.good], t_ns[events.good]
            self.low, self.high = min(self.low, values.min()), max(self.high, values.max())
            self._same(values, times)

    def step_s(self) -> float:
        """Usual step between two events [s], within 3 %; 0 where there are not two."""
        total = int(self._steps.sum())
        if total == 0:
            return 0.0
        at = int(np.searchsorted(np.cumsum(self._steps), (total + 1) // 2))
        edges = np.concatenate([[_STEP_EDGES[0]], _STEP_EDGES, [_STEP_EDGES[-1]]])
        return float(np.sqrt(edges[at] * edges[at + 1]))

    def _same(self, values: NDArray[np.float64], t_ns: NDArray[np.int64]) -> None:
        """The longest time in which every event said the same."""
        change = np.flatnonzero(np.diff(values) != 0.0) + 1
        begin = np.concatenate([[0], change])
        end = np.concatenate([change, [len(values)]]) - 1
        since = t_ns[begin]
        if self._run is not None and self._run[0] == values[0]:
            since = since.copy()
            since[0] = self._run[1]
        length = t_ns[end] - since
        longest = int(np.argmax(length))
        if length[longest] > self.longest_same_ns:
            self.longest_same_ns = int(length[longest])
            self.same_since_ns = int(since[longest])
        self._run = (float(values[-1]), int(since[-1]))


class Bins:
    """Means of all columns over equal spans of time; spans double when there are too many."""

    def __init__(self, columns: int, most: int = MOST_BINS) -> None:
        self.width_ns = _FIRST_BIN_NS
        self._most = most
        self._first = 0
        self._sum = np.zeros((columns, 0))
        self._count = np.zeros((columns, 0))

    def take(self, batch: Sequence[Events]) -> None:
        """Further events, one set a column."""
        spans = [(int(e.t_ns[0]), int(e.t_ns[-1])) for e in batch if len(e)]
        if not spans:
            return
        low, high = min(s[0] for s in spans), max(s[1] for s in spans)
        self._make_room(low, high)
        for j, events in enumerate(batch):
            good = events.good & np.isfinite(events.values)
            if not good.any():
                continue
            at = events.t_ns[good] // self.width_ns - self._first
            begin = int(at[0])
            counts = np.bincount(at - begin)
            sums = np.bincount(at - begin, weights=events.values[good])
            self._count[j, begin : begin + len(counts)] += counts
            self._sum[j, begin : begin + len(counts)] += sums

    def means(self) -> NDArray[np.float64]:
        """float64[columns, bins] in SI; NaN where a column logged nothing good."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self._count > 0, self._sum / self._count, np.nan)

    def index_of(self, t_ns: int) -> int:
        """Number of the bin of an instant [ns]."""
        return t_ns // self.width_ns - self._first

    def _make_room(self, low_ns: int, high_ns: int) -> None:
        bins = self._sum.shape[1]
        if bins == 0:
            self._first = low_ns // self.width_ns
        last = max(high_ns // self.width_ns, self._first + bins - 1)
        while last - min(self._first, low_ns // self.width_ns) >= self._most:
            self._double()
            last = max(high_ns // self.width_ns, self._first + self._sum.shape[1] - 1)
        ahead = max(0, self._first - low_ns // self.width_ns)
        # grow in steps, so that a long file does not copy everything for each batch
        need = last - self._first + 1 - self._sum.shape[1]
        behind = min(max(need, self._sum.shape[1] // 2), self._most) if need > 0 else 0
        if ahead or behind:
            room = ((0, 0), (ahead, behind))
            self._sum, self._count = np.pad(self._sum, room), np.pad(self._count, room)
            self._first -= ahead

    def _double(self) -> None:
        pad = (self._first % 2, (self._first + self._sum.shape[1]) % 2)
        room = ((0, 0), pad)
        shape = (len(self._sum), -1, 2)
        self._sum = np.pad(self._sum, room).reshape(shape).sum(axis=2)
        self._count = np.pad(self._count, room).reshape(shape).sum(axis=2)
        self._first = (self._first - pad[0]) // 2
        self.width_ns *= 2
