"""A first detector that has just begun does not know where the plant is: what it raises waits.

As in the bench, two hours are warm-up: what was raised in them is told if it stands at their end.
"""

from dataclasses import dataclass, field
from math import isnan

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.alarms import Alarm

WARM_NS = 7_200_000_000_000
"""How long [ns]."""
RIDE_NS = 600_000_000_000
"""After rows were missing for longer, it begins again [ns]."""


@dataclass
class Warming:
    """When it is over, and what waits until then."""

    until_ns: int | None = None
    last_ns: int | None = None
    waiting: dict[tuple[str, str, int], Alarm] = field(default_factory=dict)

    def note(self, t_ns: NDArray[np.int64]) -> None:
        """Times of a block of rows, at least one [ns]."""
        before_ns = int(t_ns[0]) - RIDE_NS - 1 if self.last_ns is None else self.last_ns
        for i in np.flatnonzero(np.diff(t_ns, prepend=before_ns) > RIDE_NS).tolist():
            self.until_ns = int(t_ns[i]) + WARM_NS
        self.last_ns = int(t_ns[-1])

    def settled(self, alarms: list[Alarm], now_ns: int) -> list[Alarm]:
        """Those of `alarms` that may be told by `now_ns` [ns], and those that waited for it.

        That a sensor is silent is no matter of warming up.
        """
        told = []
        for alarm in alarms:
            key = (alarm.part, alarm.signal, alarm.raised_ns)
            early = self.until_ns is not None and alarm.raised_ns < self.until_ns
            if alarm.cleared_ns is not None:
                if self.waiting.pop(key, None) is None:
                    told.append(alarm)
            elif early and not isnan(alarm.residual):
                self.waiting[key] = alarm
            else:
                told.append(alarm)
        if self.until_ns is not None and now_ns >= self.until_ns:
            told += self.waiting.values()
            self.waiting = {}
        return told
