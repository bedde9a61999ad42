"""What is seen of a monitor while it is broken: its processes, its alarms, rows it had to drop."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from monitor_desk import Desk
from soak_desk import Around, names_of

from hil.alarms import AlarmReader
from hil.monitor.usage import usage
from twin.errors import BadInput

LOOK_S, ANSWER_S = 5.0, 5.0
YOUNG_S = 30.0
"""A process that is younger is still filling its memory [s]."""


@dataclass(frozen=True)
class Sample:
    """A process at one look."""

    memory_bytes: int
    files: int


@dataclass
class Watch:
    """Looks that were taken."""

    around: Around
    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    alarms: dict[int, tuple[float, str, str]] = field(default_factory=dict)
    """Cursor of each line that raised an alarm: when it was first seen [s], its kind and part."""
    dropped: int = 0
    answered: list[bool] = field(default_factory=list)
    """Whether the page answered, look by look."""
    _born: dict[int, float] = field(default_factory=dict)
    _cursor: int = 0

    def until(self, desk: Desk, end_s: float) -> None:
        """Look every 5 s until `end_s` [s]."""
        while (left_s := end_s - self.around.now_s) > 0:
            self.look(desk)
            self.around.pass_by(min(LOOK_S, left_s))

    def look(self, desk: Desk) -> None:
        """Once."""
        assert desk.process.poll() is None, f"the monitor has ended: {desk.said[-20:]}"
        now_s = self.around.now_s
        for pid, name in (names_of(desk) | {desk.process.pid: "supervisor"}).items():
            if now_s - self._born.setdefault(pid, now_s) >= YOUNG_S:
                used = usage(pid)
                self.samples[name].append(Sample(used.memory_bytes, used.files))
        self.answered.append(page_answers(self.around.page))
        with suppress(OSError, ValueError):
            self.dropped = max(self.dropped, desk.health()["health"]["dropped"])
        with suppress(BadInput), AlarmReader(desk.data / "desk.sqlite") as journal:
            for cursor, line in journal.after(self._cursor):
                self._cursor = cursor
                if line.asks:
                    self.alarms[cursor] = now_s, line.after.kind, line.after.part


def page_answers(page: str) -> bool:
    """Whether the page there shows how the plant is."""
    try:
        told = httpx.get(f"http://{page}/api/now", timeout=ANSWER_S)
    except httpx.TransportError:
        return False
    return told.status_code == 200 and told.json()["t_ms"] > 0
