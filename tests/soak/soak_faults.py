"""Who breaks things: one fault after the other, each mended again, with what was told of it."""

import os
import resource
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from monitor_desk import Desk
from soak_desk import LONG_S, Around, is_stopped, names_of

UNPLUGGED_S, FULL_S, BROKEN_S, AT_HOUR_S = 15.0, 12.0, 12.0, 10.0
"""How long a wire is pulled, a disk takes nothing, a broker is away, a clock is an hour ahead."""
ORDER = (
    "kill", "clock", "broker", "unplug", "disk", "clock", "power", "hang",
    "clock", "kill", "unplug", "kill", "broker", "kill",
)  # fmt: skip
"""Nobody else is ended soon after who hangs: the monitor is to see that by itself, and end it."""
STEPS = ("+2 s", "-2 s", "slew", "+2 s", "-2 s", "+1 h and back", "slew")
HOUR_S = 3600.0
SLEW_PPM, SLEW_S = 500.0, 10.0
"""What a time server does to a clock that is a little off."""
PARTS = {"site_lan": "cooling_loop", "hp_line": "heat_pump", "dh_lan": "network"}
"""Which controller each wire leads to."""


@dataclass
class Faults:
    """What was done, and what of it the monitor did not tell."""

    around: Around
    desk: Desk
    done: list[tuple[float, str, str]] = field(default_factory=list)
    """When [s], what, to whom."""
    ended: list[str] = field(default_factory=list)
    """Processes that we ended, or stopped so that the monitor has to."""
    touched: list[tuple[float, str]] = field(default_factory=list)
    """When [s] somebody was kept from reading which controller; "" for all of them."""
    untold: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What monitors said that have ended."""
    chance: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    _steps: int = 0

    def next(self) -> None:
        """Do what is next in the order, or nothing where this machine lacks what it needs."""
        what = ORDER[len(self.done) % len(ORDER)]
        does: dict[str, Callable[[], str]] = {
            "kill": self._kill, "hang": self._hang, "unplug": self._unplug, "disk": self._disk,
            "power": self._power, "broker": self._broker, "clock": self._clock,
        }  # fmt: skip
        at_s = self.around.now_s
        self.done.append((at_s, what, does[what]()))

    def end(self) -> dict:
        """End the monitor as a service manager does; its summary."""
        summary = self.desk.end()
        self.said += self.desk.said
        return summary

    def _kill(self) -> str:
        return self._signal(signal.SIGKILL, names_of(self.desk))

    def _hang(self) -> str:
        return self._signal(signal.SIGSTOP, names_of(self.desk))

    def _signal(self, number: signal.Signals, whom: dict[int, str]) -> str:
        """Whoever was ended least: the turn comes to everybody."""
        often = Counter(self.ended)
        least = min(often[name] for name in whom.values())
        pid = int(self.chance.choice(sorted(p for p, name in whom.items() if often[name] == least)))
        os.kill(pid, number)
        self._touch(whom[pid])
        self.ended.append(whom[pid])
        return whom[pid]

    def _unplug(self) -> str:
        name = str(self.chance.choice(sorted(self.around.plant.wires)))
        wire = self.around.plant.wires[name]
        self._touch(f"link {name}")
        wire.pull()
        self.around.pass_by(UNPLUGGED_S)
        wire.plug()
        return name

    def _disk(self) -> str:
        pid = next(pid for pid, name in names_of(self.desk).items() if name == "keeper")
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        self.around.pass_by(FULL_S)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        return "keeper"

    def _power(self) -> str:
        """No more than what is in the files is left; those it had stopped are gone as well."""
        self.desk.kill()
        self.said += self.desk.said
        self._touch("")
        self.desk = self.around.monitor()
        return "supervisor"

    def _broker(self) -> str:
        broker = self.around.broker
        if broker is None:
            return "not done: no broker"
        hangs = any(name == "mqtt" and is_stopped(pid) for pid, name in names_of(self.desk).items())
        broker.kill()
        try:
            self.around.pass_by(BROKEN_S)
            if hangs:
                return "mosquitto, while the process for it hung"
            self._demand(
                "the broker is gone",
                lambda: any(note.startswith("mqtt: ") for note in self._health()["notes"]),
            )
        finally:
            broker.start()
        return "mosquitto, told in health.json"

    def _clock(self) -> str:
        step = STEPS[self._steps % len(STEPS)]
        self._steps += 1
        if self.around.clock is None:
            return "not done: no clock that can be set"
        match step:
            case "slew":
                return self._slew()
            case "+1 h and back":
                there = self._step(HOUR_S)
                self.around.pass_by(AT_HOUR_S)
                return f"{there}; {self._step(-HOUR_S)}"
            case _:
                return self._step(float(step.split()[0]))

    def _slew(self) -> str:
        """Little by little; nothing is to be told of it."""
        clock, place = self.around.clock, len(self.desk.said)
        assert clock is not None
        for _ in range(round(SLEW_S / 0.1)):
            clock.step(SLEW_PPM * 1e-6 * 0.1)
            self.around.pass_by(0.1)
        if any("the clock was set" in said for said in self.desk.said[place:]):
            self.untold.append("a clock that was only steered was told to have been set")
        return f"steered by {SLEW_PPM:g} ppm for {SLEW_S:g} s"

    def _step(self, seconds: float) -> str:
        """Set the clock, and wait until the monitor has told that."""
        clock = self.around.clock
        assert clock is not None
        place, before_s = len(self.desk.said), self._health()["clock_offset_s"]
        lead_s = before_s - seconds  # of stamps before UTC, if they went on as they do
        clock.step(seconds)

        def gap() -> bool:
            return any("s without rows: " in said for said in self.desk.said[place:])

        def offset() -> bool:
            return abs(self._health()["clock_offset_s"] - lead_s) < 0.8

        # stamps that are behind by a period jump; by about a period they may or may not
        told = (gap,) if lead_s < -1.2 else (gap, offset) if lead_s < -0.8 else (offset,)
        self._demand(f"clock {seconds:+g} s", lambda: any(one() for one in told))
        told_by = "a hole" if told[0]() and lead_s < -0.8 else "stamps off UTC"
        return f"{seconds:+g} s, told as {told_by} ({lead_s:+.1f} s)"

    def _demand(self, what: str, there: Callable[[], bool]) -> None:
        try:
            self.desk.look(there, LONG_S)
        except AssertionError:
            self.untold.append(f"{what}: not told within {LONG_S:g} s")

    def _health(self) -> dict:
        return self.desk.health()["health"]

    def _touch(self, name: str) -> None:
        """Note that rows of a controller may be missing for a while."""
        if name.startswith("link "):
            # the line of a controller that is reached elsewhere has its name
            self.touched.append((self.around.now_s, PARTS.get(name[5:], name[5:])))
        elif not name:
            self.touched.append((self.around.now_s, ""))
