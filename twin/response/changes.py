"""Where a set point or an output steps."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import refuse
from twin.response.trace import trace


class Change(NamedTuple):
    """A step: when it was first seen [s] and is over [s], levels before and after [SI].

    It happened after `seen_after_s` [s], the sample before; `until_s` [s] is when the next one
    begins, infinite after the last.
    """

    seen_after_s: float
    at_s: float
    over_s: float
    before: float
    after: float
    until_s: float

    @property
    def size(self) -> float:
        """By how much it steps, with its sign [SI]."""
        return self.after - self.before


def changes(t: ArrayLike, u: ArrayLike, *, least: float = 0.0) -> tuple[Change, ...]:
    """Steps in `u` [SI] over `t` [s], in order; a value holds until the next sample.

    Samples that go on changing the same way are one step, as a limited rate makes of it. Steps of
    `least` [SI] or less are none.
    """
    if not 0.0 <= least < np.inf:
        raise refuse("least", least, "must be finite and not negative")
    times, (values,), _ = trace(t, u=u)
    way = np.sign(np.diff(values))
    begins = np.flatnonzero((way != 0.0) & (way != np.append(0.0, way[:-1])))
    ends = np.flatnonzero((way != 0.0) & (way != np.append(way[1:], 0.0))) + 1
    found = [
        (i, j) for i, j in zip(begins, ends, strict=True) if abs(values[j] - values[i]) > least
    ]
    next_s = [float(times[i + 1]) for i, _ in found[1:]] + [np.inf] * min(len(found), 1)
    return tuple(
        Change(
            seen_after_s=float(times[i]),
            at_s=float(times[i + 1]),
            over_s=float(times[j]),
            before=float(values[i]),
            after=float(values[j]),
            until_s=until_s,
        )
        for (i, j), until_s in zip(found, next_s, strict=True)
    )
