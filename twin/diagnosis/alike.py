"""How far an operating point is from those of commissioning's days; compiled.

Each value was seen, and yet a corner may never have been: low load by itself, as on nights of May,
and in winter only on its way to a start. A polynomial says something there all the same.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Floats = NDArray[np.float64]
Points = NDArray[np.float32]
Days = NDArray[np.int64]

SAME = 0.14
"""Points of a day that are nearer together are kept as one [standard deviations of each value, RMS]
(assumed)."""


def _kept(z: Floats, day: Days) -> NDArray[np.bool_]:
    """Which rows of z[n, q] are not the same as an earlier one of their day; days ascend."""
    n, q = z.shape
    kept = np.zeros(n, np.bool_)
    begin = 0
    for i in range(n):
        if day[i] != day[begin]:
            begin = i
        new = True
        for k in range(begin, i):
            if kept[k]:
                apart = 0.0
                for c in range(q):
                    apart += (z[i, c] - z[k, c]) ** 2
                if apart < q * SAME * SAME:
                    new = False
                    break
        kept[i] = new
    return kept


def _second_day(z: Floats, points: Points, day: Days, enough: float) -> Floats:
    """float64[n], mean square distance of z[n, q] from the second nearest of the days of `points`.

    One day may be a coincidence. Infinite where there are not two. Two that are as near as `enough`
    will do: whether others are nearer is not asked.
    """
    n, q = z.shape
    found = np.empty(n)
    for i in range(n):
        first, second, of_day = np.inf, np.inf, np.inf
        for k in range(len(points)):
            apart = 0.0
            for c in range(q):
                apart += (z[i, c] - points[k, c]) ** 2
            of_day = min(of_day, apart / q)
            if k + 1 == len(points) or day[k + 1] != day[k]:
                second = min(second, max(first, of_day))
                first = min(first, of_day)
                of_day = np.inf
                if second <= enough:
                    break
        found[i] = second
    return found


kept = compiled(_kept)
second_day = compiled(_second_day)
