"""When to read what: poll classes on one line, the earliest deadline first.

Everything here is a function of the time that is handed in, so a schedule on a virtual clock is the
same every time. A read that has begun is not interrupted (there is one line), and between two
reads the most urgent class has the line: a slow class delays a fast one by one read at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

RETRY_NS = 1_000_000_000
"""A class whose read failed comes back after so long [ns], or sooner if its period is shorter."""
_GOLDEN = 0.6180339887498949
"""Its multiples modulo 1 stay far from each other and from simple ratios."""


@dataclass
class PollClass:
    """The points of one unit with one period, and how well it was kept.

    `done` counts the times that all its reads were back, answered or not. `late` counts those that
    were back only after their deadline, which is one period after they were due; `worst_late_ns` is
    by how much [ns]; `missed` are periods without a reading.
    """

    unit: str
    period_ns: int
    phase_ns: int = 0
    done: int = 0
    late: int = 0
    worst_late_ns: int = 0
    missed: int = 0

    def __str__(self) -> str:
        text = f"{self.unit} every {self.period_ns / 1e9:g} s: {self.done} times"
        if not self.late:
            return text
        worst = self.worst_late_ns / 1e9
        return f"{text}, {self.late} late by up to {worst:.3g} s, {self.missed} missed"


class Schedule:
    """Which of `classes` has the line now.

    All are due at `start_ns`, the fast ones first, so that nothing waits a long period for its
    first value; from then on each is due at `phase_ns` + k · `period_ns` after it.
    """

    def __init__(self, classes: Sequence[PollClass], start_ns: int = 0) -> None:
        self.classes = tuple(classes)
        self.start_ns = start_ns
        self._due = [start_ns] * len(self.classes)
        self._deadline = [start_ns + c.period_ns for c in self.classes]
        self._began: list[int | None] = [None] * len(self.classes)
        _spread(self.classes)

    def first(self, now_ns: int) -> int | None:
        """Position of the most urgent class that is due at `now_ns` [ns]; None while none is."""
        best = None
        for i, due in enumerate(self._due):
            if due <= now_ns and (best is None or self._deadline[i] < self._deadline[best]):
                best = i
        if best is not None and self._began[best] is None:
            self._began[best] = now_ns
        return best

    def next_ns(self) -> int | None:
        """When the next class is due [ns]; None without classes."""
        return min(self._due, default=None)

    def done(self, i: int, now_ns: int, *, good: bool = True) -> None:
        """All reads of class `i` are back at `now_ns` [ns]; one that failed is tried again soon."""
        c = self.classes[i]
        began = self._began[i]
        c.done += 1
        if (over := now_ns - self._deadline[i]) > 0:
            c.late += 1
            c.worst_late_ns = max(c.worst_late_ns, over)
        following = self._following(c, now_ns if began is None else began)
        # when it should have come back, had everything been in time
        c.missed += max(0, (following - self._deadline[i]) // c.period_ns)
        if not good:
            following = min(following, now_ns + min(RETRY_NS, c.period_ns))
        self._due[i], self._deadline[i] = following, following + c.period_ns
        self._began[i] = None

    def _following(self, c: PollClass, began_ns: int) -> int:
        """First instant after `began_ns` at which the class is due [ns]."""
        origin = self.start_ns + c.phase_ns
        return origin + max(0, (began_ns - origin) // c.period_ns + 1) * c.period_ns


def _spread(classes: Sequence[PollClass]) -> None:
    """Phases: classes of one period evenly over it, and different periods out of step."""
    periods = sorted({c.period_ns for c in classes})
    for rank, period_ns in enumerate(periods):
        same = [c for c in classes if c.period_ns == period_ns]
        for i, c in enumerate(same):
            c.phase_ns = round(period_ns * (i + rank * _GOLDEN % 1) / len(same))
