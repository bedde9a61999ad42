"""A monitor of a real bench for twenty minutes, with somebody who breaks things all the while.

    .venv/bin/python benchmarks/soak.py                          # 20 minutes
    .venv/bin/python benchmarks/soak.py --minutes 5 --report soak.md

Every 20 s one fault in turn: a process killed, a process stopped so that it hangs, a controller
unplugged for 15 s, a disk that takes nothing for 12 s, and now and then a power cut, after which
the monitor is started again. Prints a report: rows, gaps that are told and holes that are not,
restarts, memory and open files of each process in the first and in the last quarter.
"""

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from monitor_desk import Desk, Plant, plant

from hil.historian.weeks import Weeks
from hil.monitor.rows import MEASURED
from hil.monitor.usage import usage
from twin.clock import NS_PER_S, WallClock

EVERY_S = 20.0
UNPLUGGED_S, FULL_S = 15.0, 12.0
FAULTS = ("kill", "unplug", "kill", "disk", "hang", "kill", "unplug", "power", "kill")


@dataclass
class Soak:
    """What was done and seen."""

    made: Plant
    data: Path
    clock: WallClock = field(default_factory=WallClock)
    done: list[str] = field(default_factory=list)
    seen: dict[str, list[tuple[float, int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Process -> seconds, memory [B], open files."""
    summaries: list[dict] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def run(self, minutes: float) -> None:
        """Break and look until the time is over."""
        desk = self.start()
        end_s, at_s, k = minutes * 60.0, EVERY_S, 0
        while at_s < end_s - EVERY_S:
            self.wait(desk, at_s)
            what = FAULTS[k % len(FAULTS)]
            desk = self.fault(desk, what)
            at_s, k = at_s + EVERY_S, k + 1
        self.wait(desk, end_s)
        self.summaries.append(desk.end())

    def start(self) -> Desk:
        """A monitor that watches."""
        desk = Desk(self.made, self.data)
        desk.until("watches", timeout_s=120.0)
        return desk

    def wait(self, desk: Desk, until_s: float) -> None:
        """Look at every process each 5 s."""
        while (now_s := self.clock.now_ns() / NS_PER_S) < until_s:
            for pid, name in (desk.children() | {desk.process.pid: "supervisor"}).items():
                used = usage(pid)
                self.seen[name].append((now_s, used.memory_bytes, used.files))
            self.sleep(min(5.0, until_s - now_s))

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.wait_until(self.clock.now_ns() + round(seconds * NS_PER_S))

    def fault(self, desk: Desk, what: str) -> Desk:
        """Break one thing, and mend it."""
        now_s = self.clock.now_ns() / NS_PER_S
        pid, name = self.chance.choice(sorted(desk.children().items()))
        match what:
            case "kill":
                os.kill(pid, signal.SIGKILL)
            case "hang":
                os.kill(pid, signal.SIGSTOP)
            case "unplug":
                name = self.chance.choice(sorted(self.made.wires))
                self.made.wires[name].pull()
                self.sleep(UNPLUGGED_S)
                self.made.wires[name].plug()
            case "disk":
                name = "keeper"
                pid = next(p for p, n in desk.children().items() if n == name)
                before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
                self.sleep(FULL_S)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            case "power":
                name = "supervisor"
                desk.kill()
                desk = self.start()
        self.done.append(f"{now_s:.0f} s: {what} {name}")
        return desk

    def report(self) -> str:
        """What came of it."""
        with Weeks(self.data / "weeks") as weeks:
            blocks = list(weeks.rows(MEASURED, 0, (1 << 62) - 1))
            gaps = weeks.gaps(0, (1 << 62) - 1)
            problems = weeks.problems()
        t_ns = np.concatenate([b.t_ns for b in blocks])
        missing = np.diff(t_ns) // NS_PER_S - 1
        told = {(g.from_ns, g.to_ns) for g in gaps}
        holes = [(int(t_ns[i]), int(t_ns[i + 1])) for i in np.flatnonzero(missing)]
        span = int(t_ns[-1] - t_ns[0]) // NS_PER_S + 1
        lines = [
            f"{len(self.done)} faults in {span} s of record; {len(t_ns)} rows kept,"
            f" {int(missing.sum())} missing in {len(holes)} holes, of which told:"
            f" {sum(hole in told for hole in holes)}",
            f"broken files: {problems or 'none'}",
            f"rows that the last life counted: {self.summaries[-1]['rows']}, dropped"
            f" {self.summaries[-1]['dropped']}; restarts {self.summaries[-1]['restarts']}",
            "",
            "| process | samples | memory first quarter MB | last quarter MB | files | files |",
            "|---|---|---|---|---|---|",
        ]
        for name, seen in sorted(self.seen.items()):
            quarter = max(1, len(seen) // 4)
            first, last = seen[:quarter], seen[-quarter:]
            cells = [f"{median(s[1] for s in q) / 1e6:.1f}" for q in (first, last)]
            cells += [f"{median(s[2] for s in q):.0f}" for q in (first, last)]
            lines.append(f"| {name} | {len(seen)} | {' | '.join(cells)} |")
        lines += ["", "Holes [s]: " + ", ".join(f"{(b - a) / NS_PER_S:g}" for a, b in holes)]
        return "\n".join([*lines, "", *self.done])


def main() -> None:
    """Run, print and keep the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, plant(Path(folder) / "plant") as made:
        soak = Soak(made, Path(folder) / "data")
        soak.run(options.minutes)
        report = soak.report()
    sys.stdout.write(report + "\n")
    if options.report is not None:
        options.report.write_text(report + "\n", "utf-8")


if __name__ == "__main__":
    main()
