"""What the weeks since commissioning say of operating points that it never saw.

Commissioning in January knows nothing of July but how much models were off by at all. What they
were off by in the last weeks says much more, for it wanders slowly. So where an operating point is
strange, and only there, the expected innovation follows the days before the last three, and the
doubt is what such a prediction was wrong by. A point that would be strange among those of these
weeks as well is doubted as if they had not been: the first hot day is not known by mild ones. What
stands for less than three days is not learned: a fault is found by then, and what is found is not
learned either.
"""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PANE_BLOCKS = DAY_BLOCKS // 4
"""What is off is looked at over 6 h and over days [-]: a day has its own shape."""
DELAY = 3
"""Whole days before today that are not believed yet [-] (assumed)."""
FOLLOWED = 7.0
"""Days in which what is expected follows the season [-] (tuned on plants 1 to 3)."""
REMEMBERED = 14.0
"""Days in which it is forgotten how wrong that was [-] (assumed)."""
PRIOR = 0.5
"""What commissioning says of strange points counts as so many strange days [-] (tuned likewise)."""
LEAST = 0.25
"""Share of commissioning's doubt that always stays [-] (tuned on plants 1 to 9)."""

FAMILIAR = 2.5
"""A point is as familiar as the weeks are while its leverage among theirs is below this multiple of
their mean [-] (assumed: 99 % of a normal distribution of seven values are)."""
WIDTH = 0.3
"""They are taken to be at least so wide [standard deviations of commissioning] (assumed)."""

WEIGHT, OFF, WRONG_6H, WRONG_DAY = range(4)
"""Rows of a day's sums, in blocks: of strange², of strange times what was off, and of by how much
more than usually its mean over 6 h and over the day was off its prediction, squared."""


class Experience:
    """Of m signals of some parts, block by block; the same Steps teach the same."""

    def __init__(
        self, strange: Floats, of_6h: Floats, of_day: Floats, part_of: NDArray[np.intp], f: int
    ) -> None:
        """What commissioning knows: float64[m] variances [-].

        Args:
            strange: of what is off at strange points.
            of_6h: of means over 6 h at points that it saw.
            of_day: of means over a day likewise.
            part_of: int[m], the number of each signal's part.
            f: length of a part's operating point as `Expectation.points` gives it [-].
        """
        parts = int(part_of.max()) + 1
        self._part_of = part_of
        self._young_points = np.zeros((DELAY + 1, parts, f, f))
        self._points = np.zeros((parts, f, f))
        self._among = np.zeros((parts, f, f))
        self._usual = np.maximum(strange, 1e-12)
        self._of_6h, self._of_day = of_6h, of_day
        m = len(strange)
        self._pane: int | None = None
        self._open = np.zeros((2, m))
        self._young = np.zeros((DELAY + 1, 4, m))  # today first
        self._followed, self._remembered = np.zeros((2, m)), np.zeros((3, m))
        self.shift = np.zeros(m)
        """float64[m], scaled innovation to expect beside the regression's at a strange point."""
        self.doubt_6h, self.doubt_day = np.ones(m), np.ones(m)
        """float64[m], its standard deviation as a multiple of that of commissioning [-]."""

    def take(
        self,
        t_ns: int,
        off: Floats,
        strange: Floats,
        points: Floats,
        usable: Flags,
        faulty: Flags,
    ) -> None:
        """Learn from one block.

        Args:
            t_ns: its end [ns].
            off: float64[m], scaled innovations less what the regression expects.
            strange: float64[m], how strange the operating point of each is, from 0 to 1.
            points: float64[parts, f], the operating points.
            usable: bool[m].
            faulty: bool[m], what has an event: neither this day nor the last ones are learned.
        """
        pane = t_ns // (PANE_BLOCKS * BLOCK_NS)
        panes_a_day = DAY_BLOCKS // PANE_BLOCKS
        for before in range(pane if self._pane is None else self._pane, pane):
            self._young[0, WRONG_6H] += self._wrong(self._open, self._of_6h)
            self._open[:] = 0.0
            if (before + 1) % panes_a_day == 0:
                self._turn()
        self._pane = pane
        s = np.where(usable, strange, 0.0)
        for sums in (self._open, self._young[0]):
            sums[WEIGHT] += s * s
            sums[OFF] += s * off
        of_part = np.zeros(len(points))
        np.maximum.at(of_part, self._part_of, s)
        weighted = points * of_part[:, None]
        self._young_points[0] += weighted[:, :, None] * weighted[:, None, :]
        if faulty.any():
            self._open[:, faulty] = self._young[:, :, faulty] = 0.0
            self._young_points[:, self._part_of[faulty]] = 0.0

    def known(self, points: Floats) -> Floats:
        """float64[m], how familiar the points of the parts are since then, from 0 to 1."""
        leverage = np.einsum("pi,pij,pj->p", points, self._among, points)
        known = np.minimum(FAMILIAR / np.maximum(leverage, 1e-300), 1.0)
        return np.where(self._points[:, 0, 0] > 0.0, known, 0.0)[self._part_of]

    def _wrong(self, sums: Floats, healthy: Floats) -> Floats:
        """By how much more than usually a mean is off its prediction, squared, times its weight."""
        mean = sums[OFF] / np.maximum(sums[WEIGHT], 1e-9)
        wrong: Floats = sums[WEIGHT] * ((mean - self.shift) ** 2 - healthy)
        return wrong

    def _turn(self) -> None:
        """A day is over: the oldest of the young ones is believed from now on."""
        self._young[0, WRONG_DAY] = self._wrong(self._young[0], self._of_day)
        ripe = self._young[-1] / DAY_BLOCKS
        self._followed *= np.exp(-1.0 / FOLLOWED)
        self._remembered *= np.exp(-1.0 / REMEMBERED)
        self._followed += ripe[[WEIGHT, OFF]]
        self._remembered += ripe[[WEIGHT, WRONG_6H, WRONG_DAY]]
        self._points *= np.exp(-1.0 / REMEMBERED)
        self._points += self._young_points[-1] / DAY_BLOCKS
        for young in (self._young, self._young_points):
            young[1:] = young[:-1].copy()
            young[0] = 0.0
        self._conclude()

    def _conclude(self) -> None:
        self.shift = self._followed[1] / (self._followed[0] + PRIOR)
        days, *wrong = self._remembered
        self.doubt_6h, self.doubt_day = (
            np.sqrt(np.maximum((PRIOR + w / self._usual) / (PRIOR + days), LEAST**2)) for w in wrong
        )
        for p, sums in enumerate(self._points):
            if sums[0, 0] > 0.0:
                wide = sums / sums[0, 0] + WIDTH**2 * np.diag(np.arange(len(sums)) > 0)
                self._among[p] = np.linalg.inv(wide) / np.count_nonzero(np.diag(sums))

    def table(self) -> Floats:
        """float64[n], what `take_up` goes on with, on whatever day."""
        return np.concatenate([part.ravel() for part in self._all()])

    def take_up(self, table: Floats) -> None:
        """Go on with what another had learned when its `table` was made, at the turn of a day."""
        for part in self._all():
            own, table = np.split(table, [part.size])
            part[:] = own.reshape(part.shape)
        self._conclude()

    def _all(self) -> tuple[Floats, ...]:
        points = (self._young_points, self._points)
        return (self._young, self._followed, self._remembered, *points)
