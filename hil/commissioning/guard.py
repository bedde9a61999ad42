"""The write gate of a run: before a simulated plant on its clock, before cabinets on ours."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.commissioning.disk import stopped
from hil.commissioning.rig import Rig
from hil.gate import LiveGate
from hil.gate.audit import HEAD, files_of, read_head
from hil.gate.journal import NAME as JOURNAL
from hil.io.leftovers import restore
from twin.clock import BootClock, Clock
from twin.errors import HukkaError

BOOKS = "gate"
"""Folder of the audit log in a run."""


@dataclass(frozen=True)
class Guard:
    """Where the gate keeps its books and what arms it; `live` before cabinets."""

    folder: Path
    phrase: str
    live: bool = False
    say: Callable[[str], None] = lambda text: None

    def gate(self, rig: Rig, cycle: Callable[[], None]) -> LiveGate:
        """The gate of a block; while it waits, `cycle` lets the plant go on."""
        plant = rig.site.site
        if self.live:
            return LiveGate(self.folder, plant, say=self.say, clock=OwnersClock(cycle))
        return LiveGate(self.folder, plant, clock=RigClock(rig, cycle), watched=False)

    def put_back(self) -> None:
        """What a block that was killed left in cabinets; played controllers went with it.

        Raises:
            NotPutBack: some of it is not back.
        """
        if not (self.folder / JOURNAL).exists():
            return
        if self.live:
            restore(self.folder, None, self.say)
            return
        with LiveGate(self.folder, self.phrase) as gate:
            if gate.leftovers:
                gate.give_up(gate.phrase, "the controllers that held it were played, and are gone")

    def lines(self) -> int:
        """Lines that the audit log has [-]."""
        head = read_head(self.folder)
        return 0 if head is None else head.number

    def keep(self, run: Path) -> None:
        """A copy of the books in the folder of the run, for its report."""
        books = run / BOOKS
        if self.folder.resolve() == books.resolve():
            return
        try:
            books.mkdir(exist_ok=True)
            for file in (*files_of(self.folder), self.folder / HEAD):
                if file.exists():
                    shutil.copyfile(file, books / file.name)
        except OSError as error:
            raise stopped(books, error) from None


def played(run: Path, plant: str) -> Guard:
    """The gate before controllers that are all played: its books lie in the folder of the run."""
    return Guard(run / BOOKS, plant)


class RigClock:
    """Time of the plant; whoever waits on it lets the plant go on."""

    def __init__(self, rig: Rig, cycle: Callable[[], None]) -> None:
        self._rig, self._cycle = rig, cycle

    def now_ns(self) -> int:
        """Time of the run [ns]."""
        return self._rig.t_ns

    def wait_until(self, t_ns: int) -> int:
        """Whole cycles until `t_ns` [ns] is reached."""
        while self._rig.t_ns < t_ns:
            self._cycle()
        return self._rig.t_ns


class OwnersClock:
    """Time of the world, which a closed laptop does not stop.

    While its owner waits the plant goes on; others, as the thread that puts back when the owner
    hangs, just wait.
    """

    def __init__(self, cycle: Callable[[], None]) -> None:
        self._clock: Clock = BootClock()
        self._owner, self._cycle = threading.current_thread(), cycle

    def now_ns(self) -> int:
        """Time since the clock was made [ns]."""
        return self._clock.now_ns()

    def wait_until(self, t_ns: int) -> int:
        """Whole cycles until `t_ns` [ns] is reached."""
        if threading.current_thread() is not self._owner:
            return self._clock.wait_until(t_ns)
        try:
            while self.now_ns() < t_ns:
                self._cycle()
        except HukkaError:  # the plant is gone; what was written goes back all the same
            return self._clock.wait_until(t_ns)
        return self.now_ns()
