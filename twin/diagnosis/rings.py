"""What each window holds: the last panes of every signal, each advancing when it is usable."""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import kernels
from twin.diagnosis.covariance import slope_weights
from twin.diagnosis.settings import BLOCK_NS, Window

Floats = NDArray[np.float64]

NEVER = -(1 << 62)


class Ring:
    """One window of m signals in memory that does not grow; a signal has c = 1 + k + f values.

    These are its innovation, its signatures of k hypotheses, and f features of the operating point
    while it was usable. Means are made anew from the panes whenever one is complete, so that no
    rounding piles up over the years. What is not usable does not advance; what it said stays.
    """

    def __init__(self, window: Window, m: int, k: int, f: int) -> None:
        self.window = window
        self._k = k
        c = 1 + k + f
        self.means = np.zeros((m, c))
        self.last_ns = np.full(m, NEVER)
        """When each signal was last usable [ns]."""
        self._filled = np.zeros(m, np.int64)
        self._sums = np.zeros((m, c))
        self._panes = np.zeros((m, window.panes, c))
        self._ends = np.full((m, window.panes), NEVER)
        self._count, self._next = np.zeros(m, np.int64), np.zeros(m, np.int64)
        self._clock = (self._count, self._next, self._filled, self.last_ns, self._ends)
        grown = (np.arange(window.panes) + 0.5) / window.panes
        self._profiles = (
            slope_weights(window),
            grown / window.panes,
            grown * slope_weights(window),
        )
        self._profiled = np.zeros((3, m, c)) if window.slope else np.zeros((0, m, c))

    def add(self, t_ns: int, values: Floats, usable: NDArray[np.bool_]) -> None:
        """One block that ends at `t_ns`: float64[m, c]."""
        block = (values, usable, t_ns)
        n = self.window.pane_blocks
        closed = kernels.push(block, self._sums, self._panes, self.means, self._clock, n)
        if closed and self.window.slope:
            for weights, out in zip(self._profiles, self._profiled, strict=True):
                kernels.profile(self._panes, self._next, weights, out)

    def rows(self, signals: NDArray[np.int64]) -> Floats:
        """float64[n or 2 n, 1 + k or 2 k]: innovation and signatures of mean (and slope sum).

        With a slope, each hypothesis comes twice: constant, and growing from 0 to 1.
        """
        end = 1 + self._k
        mean = self.means[signals, :end]
        if not self.window.slope:
            return mean
        slope, grown, grown_slope = self._profiled[:, signals, 1:end]
        upper = np.hstack([mean, grown])
        lower = np.hstack([self._profiled[0, signals, :1], slope, grown_slope])
        return np.vstack([upper, lower])

    @property
    def features(self) -> Floats:
        """float64[m, f], mean over the window."""
        return self.means[:, 1 + self._k :]

    @property
    def feature_slopes(self) -> Floats:
        """float64[m, f], slope sum."""
        slopes: Floats = self._profiled[0][:, 1 + self._k :]
        return slopes

    def history(self, signals: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """Ends [ns] and innovations of panes [panes, n], oldest first; NEVER where none yet."""
        panes: Floats = self._panes[signals[:, None], self._order(signals), 0]
        return self.ends(signals).T, panes.T

    def effect(self, signals: NDArray[np.int64], since_ns: int, *, grown: bool) -> Floats:
        """float64[n, panes, k], oldest first: signatures in the panes since `since_ns` [ns].

        With `grown` each by the share that has grown by then of what is there at the end.
        """
        order, ends = self._order(signals), self.ends(signals)
        pane_ns = self.window.pane_blocks * BLOCK_NS
        share = np.clip((ends - since_ns) / pane_ns, 0.0, 1.0)
        if grown:
            middle_ns = ends - since_ns - 0.5 * share * pane_ns
            share *= middle_ns / max(int(self.last_ns.max()) - since_ns, 1)
        found: Floats = self._panes[signals[:, None], order, 1 : 1 + self._k] * share[:, :, None]
        return found

    def ends(self, signals: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n, panes], ends of the panes [ns], oldest first; NEVER where none yet."""
        ends: NDArray[np.int64] = self._ends[signals[:, None], self._order(signals)]
        return ends

    def _order(self, signals: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n, panes], places of the panes, oldest first."""
        return (self._next[signals, None] + np.arange(self.window.panes)) % self.window.panes

    @property
    def until_ns(self) -> NDArray[np.int64]:
        """int64[m], end of the last pane of each signal [ns]."""
        newest = (self._next - 1) % self.window.panes
        ends: NDArray[np.int64] = self._ends[np.arange(len(newest)), newest]
        return ends

    def ready(self, t_ns: int) -> NDArray[np.bool_]:
        """bool[m], signals whose window is full and not stale: a quarter of its length old."""
        fresh = t_ns - self.last_ns <= self.window.length_ns // 4
        ready: NDArray[np.bool_] = (self._filled == self.window.panes) & fresh
        return ready

    def restart(self, signals: NDArray[np.int64]) -> None:
        """Forget what signals said: the plant is not the one that it was."""
        self._filled[signals] = 0
        self._count[signals] = 0
        self._sums[signals] = 0.0
        self._ends[signals] = NEVER
