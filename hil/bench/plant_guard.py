"""Whose code the plant's process is in: names the FMU when the process crashes or hangs in it."""

import signal
from pathlib import Path

from hil.loop.shared import SharedMemory
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import PlantLost

HANG_S = 20.0
"""An FMU that is in one step for longer than this hangs [s] (assumed)."""
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGBUS)


class PlantGuard:
    """Reads the two words that `Network` keeps: index of the running part (-1 none), time [ns]."""

    SIZE = 16

    def __init__(self, memory: SharedMemory, parts: tuple[str, ...], hang_s: float) -> None:
        self._words = memory.buffer.cast("q")
        self._words[0] = -1
        self._parts = parts
        self._hang_s = self._pause_s = hang_s
        self.path: Path = memory.path
        self._seen: tuple[int, int] | None = None
        self._since_ns = 0

    def running_part(self) -> str | None:
        """The part whose FMU is being called, or was when the process ended."""
        index = self._words[0]
        return self._parts[index] if 0 <= index < len(self._parts) else None

    def time_s(self) -> float:
        """Communication point of the plant, its warm-up included [s]."""
        return self._words[1] / NS_PER_S

    def crash(self, code: int) -> PlantLost | None:
        """The crash that exit code `code` of the plant's process tells of; None if it is none."""
        part = self.running_part()
        if part is None or -code not in _CRASHES:
            return None
        name = signal.Signals(-code).name
        return PlantLost(f"{part}: its FMU crashed ({name}) at t = {self.time_s():g} s")

    def begin_again(self, period_s: float) -> None:
        """Watch a loop of `period_s` [s] from now on: it may have paused until here."""
        self._seen, self._pause_s = None, max(self._hang_s, 3 * period_s)

    def check_moving(self) -> None:
        """Raise PlantLost when an FMU is in one step, or the loop at one time, for too long."""
        now_ns = monotonic_ns()
        seen = (self._words[0], self._words[1])
        if seen != self._seen:
            self._seen, self._since_ns = seen, now_ns
        part = self.running_part()
        patience_s = self._pause_s if part is None else self._hang_s
        if now_ns - self._since_ns > patience_s * NS_PER_S:
            who = "the loop has not moved" if part is None else f"{part}: its FMU has not come back"
            where = "" if part is None else " from a step"
            raise PlantLost(f"{who}{where} for {patience_s:g} s, at t = {self.time_s():g} s")
