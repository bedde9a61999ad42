"""Controllers, links and actuators that fail: what the loop hears of them, round by round.

A round is one exchange of readings and commands. Bench and direct loop ask the same objects, so a
fault means the same in both. A controller that serves is asked by the bench: of a lost answer its
commands are missing. One that asks remote I/O leaves its commands there: of a lost round they
stay, until its heartbeat has stood still for too long.
"""

import zlib
from collections import deque
from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np

from firmware_sim import Controller
from twin.clock import NS_PER_S
from twin.signals import Quality, conversion
from twin.site import FaultEvent, Site
from twin.site.quantity import si_unit

SWING_NS = 180_000_000_000
"""Period of a command that hunts [ns] (assumed)."""

T = TypeVar("T")


class Delay:
    """What passes comes out `rounds` later; until then the first stays."""

    def __init__(self) -> None:
        self.rounds = 0
        self._waiting: deque[Any] = deque()

    def passed(self, value: T) -> T:
        """What comes out as `value` goes in."""
        self._waiting.append(value)
        while len(self._waiting) > self.rounds + 1:
            self._waiting.popleft()
        return cast("T", self._waiting[0])

    def due(self) -> Any:  # noqa: ANN401 - whatever passes
        """What comes out when the next goes in; None if that is the next itself."""
        at = max(0, len(self._waiting) - self.rounds)
        return self._waiting[at] if at < len(self._waiting) else None


@dataclass
class LinkTrouble:
    """What is wrong with the link of a controller; nothing at first."""

    stream: np.random.Generator
    serves: bool
    silent: bool = False
    stale: bool = False
    mute: bool = False
    """Readings and heartbeat no longer go out; what the controller says is heard."""
    unplugged: bool = False
    """Somebody has pulled its plug, and may put it back."""
    lossy: float = 0.0
    """Share of the rounds that are lost [-]."""
    delay: Delay = field(default_factory=Delay)

    def next_round(self) -> tuple[bool, bool]:
        """Whether nothing reaches the controller, and whether nothing of it is heard."""
        lost = self.lossy > 0.0 and self.stream.random() < self.lossy
        cut = self.silent or self.stale or self.unplugged or (lost and not self.serves)
        return cut or self.mute, cut or lost


@dataclass
class _Output:
    """A command that is not what its program wants."""

    frozen: bool = False
    held: float | None = None
    swing: float = 0.0
    since_ns: int = 0

    def spoilt(self, value: float, t_ns: int) -> float:
        if self.swing:
            value = min(max(value + self.swing * _triangle(t_ns - self.since_ns), 0.0), 1.0)
        if self.frozen:
            self.held = value = value if self.held is None else self.held
        return value


def _triangle(t_ns: int) -> float:
    """From 0 up to 1, down to -1 and back, once in SWING_NS."""
    phase = (t_ns % SWING_NS) / SWING_NS
    return 1.0 - abs(4.0 * ((phase + 0.25) % 1.0) - 2.0)


class Tampering:
    """Controllers, links and actuators of a run; `apply` makes a fault as it is now."""

    def __init__(self, site: Site, seed: int, period_ns: int) -> None:
        self._site, self._seed, self._period_ns = site, seed, period_ns
        self.links: dict[str, LinkTrouble] = {}
        """Those that have something, by controller."""
        self.offsets = np.zeros(len(site.commands))
        """How much further each actuator stands than it is told [-]."""
        self._outputs: dict[int, _Output] = {}
        self._controllers: Mapping[str, Controller] = {}
        self._before: dict[str, float] = {}
        """Set points before somebody changed them, by fault [unit of the register]."""

    @property
    def active(self) -> bool:
        """Whether anything is wrong that must be looked at in every cycle."""
        return bool(self.links or self._outputs)

    def reach(self, controllers: Mapping[str, Controller]) -> None:
        """These are the controllers whose settings somebody changes."""
        self._controllers = controllers

    def apply(self, event: FaultEvent, t_ns: int) -> None:
        """A fault of a controller or its link, as large as it is at `t_ns` [ns]."""
        size = event.size_si * event.share(t_ns)
        match event.fault.parameter:
            case "offset":
                self.offsets[self._column(event)] = size
            case "frozen":
                self._output(event).frozen = True
            case "hunting":
                output = self._output(event)
                output.swing, output.since_ns = size, event.at_ns
            case "off_setpoint":
                self._move_setpoint(event, size)
            case "silent":
                self._link(event).silent = True
            case "stale":
                self._link(event).stale = True
            case "lossy":
                self._link(event).lossy = size
            case "late":
                self._link(event).delay.rounds = round(size * NS_PER_S / self._period_ns)
            case other:
                raise AssertionError(other)

    def spoil(self, t_ns: int, values: MutableSequence[float], quality: Sequence[int]) -> None:
        """Make of `values`, all commands as they are heard at `t_ns` [ns], what comes of them."""
        for i, output in self._outputs.items():
            if quality[i] == Quality.GOOD:
                values[i] = output.spoilt(values[i], t_ns)

    def _column(self, event: FaultEvent) -> int:
        return self._site.commands.index(str(event.fault.command))

    def _output(self, event: FaultEvent) -> _Output:
        return self._outputs.setdefault(self._column(event), _Output())

    def mute(self, name: str, muted: bool) -> None:
        """Whether controller `name` gets no more readings and no heartbeat."""
        self._link_of(name).mute = muted

    def unplug(self, name: str, unplugged: bool) -> None:
        """Whether nothing goes to controller `name` and nothing comes from it."""
        self._link_of(name).unplugged = unplugged

    def _link(self, event: FaultEvent) -> LinkTrouble:
        return self._link_of(str(event.fault.controller))

    def _link_of(self, name: str) -> LinkTrouble:
        if name not in self.links:
            words = [self._seed, zlib.crc32(f"link {name}".encode())]
            stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))
            serves = self._site.controllers[name].role == "server"
            self.links[name] = LinkTrouble(stream, serves)
        return self.links[name]

    def _move_setpoint(self, event: FaultEvent, size_si: float) -> None:
        fault = event.fault
        told = self._site.controllers[str(fault.controller)]
        (output,) = (p for p, command in told.commands.items() if command == fault.command)
        controller = self._controllers[str(fault.controller)]
        point = controller.setpoint(output)
        per_si, _ = conversion(si_unit(point.unit), point.unit)
        before = self._before.setdefault(fault.name, controller.bank.get(point.name) or 0.0)
        wanted = before + per_si * size_si
        low = wanted if point.min is None else max(wanted, point.min)
        controller.bank.set(point.name, low if point.max is None else min(low, point.max))
