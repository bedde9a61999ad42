"""Events of a column on the twin's period: the last value, how old it is, whether it is new."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NEVER = -(1 << 62)


@dataclass(frozen=True)
class Events:
    """What a column logged: rising times [ns], values in SI, and whether each may be believed."""

    t_ns: Times
    values: Values
    good: Flags

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class Doubles:
    """Events of one time: `same` say the same again, `other` say something else [-]."""

    same: int
    other: int


def latest_of_each(events: Events, before_ns: int) -> tuple[Events, Doubles]:
    """One event a time, the last one given; none at or before `before_ns` [ns], which is used."""
    t_ns = events.t_ns
    if len(t_ns) == 0 or (t_ns[0] > before_ns and (np.diff(t_ns) > 0).all()):
        return events, Doubles(0, 0)
    again = np.zeros(len(t_ns), bool)
    again[:-1] = t_ns[1:] == t_ns[:-1]
    following = np.empty_like(events.values)
    following[:-1], following[-1] = events.values[1:], np.nan
    equal = (events.values == following) | (np.isnan(events.values) & np.isnan(following))
    old = t_ns <= before_ns
    keep = ~again & ~old
    same = int((again & equal & ~old).sum())
    dropped = Doubles(same, int((~keep).sum()) - same)
    return Events(t_ns[keep], events.values[keep], events.good[keep]), dropped


@dataclass(frozen=True)
class OnGrid:
    """A column on the rows of a block."""

    values: Values
    good: Flags
    fresh: Flags


class Held:
    """The last event of a column, for rows that come after it.

    `limit_ns` is the age beyond which a value is no longer believed [ns]. The age is that of the
    value, not of the block: where blocks end changes nothing.
    """

    def __init__(self, limit_ns: int) -> None:
        self.limit_ns = limit_ns
        self.t_ns = _NEVER
        self._value = np.nan
        self._good = False

    def onto(self, rows_ns: Times, events: Events, period_ns: int) -> OnGrid:
        """The column at `rows_ns`; `events` are all since the last call, up to the last row."""
        t_ns = np.concatenate([[self.t_ns], events.t_ns])
        values = np.concatenate([[self._value], events.values])
        good = np.concatenate([[self._good], events.good])
        at = np.searchsorted(t_ns, rows_ns, side="right") - 1
        self.t_ns, self._value, self._good = int(t_ns[-1]), float(values[-1]), bool(good[-1])
        believed = good[at] & (rows_ns - t_ns[at] <= self.limit_ns)
        fresh = believed & (t_ns[at] > rows_ns - period_ns)
        return OnGrid(np.where(believed, values[at], np.nan), believed, fresh)
