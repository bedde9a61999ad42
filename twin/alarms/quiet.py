"""Hours in which only what is urgent is told."""

from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from twin.alarms.listed import Priority, more_urgent


@dataclass(frozen=True)
class Quiet:
    """From when to when, by the clock of a place; over midnight where it ends before it begins."""

    begins: time
    ends: time
    zone: tzinfo
    least: Priority = "high"
    """What is at least as urgent is told all the same."""

    def holds_back(self, priority: Priority, now_ns: int) -> bool:
        """Whether an alarm waits for the morning at `now_ns` [ns since 1970]."""
        if not more_urgent(self.least, priority):
            return False
        clock = datetime.fromtimestamp(now_ns // 1_000_000_000, self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends
