"""Controllers in real time: cabinets on the links of the site, and emulated ones on real sockets.

All in the process of a block, a thread a line: a block that ends takes its links with it.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from firmware_sim import Controller, make_controller
from hil.bench.endpoint import Endpoint, open_link
from hil.bench.exchange import ImageExchange
from hil.bench.faulty_line import FaultyLine
from hil.bench.field import Line
from hil.bench.health import Health
from hil.bench.hosted import Play
from hil.bench.side import Asking, Serving, Side
from hil.bench.tampering import Tampering
from hil.bench.wiring import ControllerWiring, image_sizes
from hil.commissioning.played import Played
from hil.commissioning.talking import Talker, TurnLink
from hil.links.device import Device
from hil.links.link import Link
from hil.loop.image import Cell, allot
from twin.clock import WallClock, monotonic_ns
from twin.registers import Block


@dataclass(frozen=True)
class FieldOptions:
    """The lines of a run in real time, and what is wrong with them, by name of the line."""

    lines: Sequence[Line]
    faulty: Mapping[str, FaultyLine]
    site_file: Path
    """Its links are how a cabinet is found again."""
    play: Play = make_controller


class Looked(NamedTuple):
    """When registers were asked for [ns of the run], and their values [SI], None without answer."""

    asked_ns: int
    values: Mapping[str, float | None] | None


_NOT_YET = Looked(-1, None)


@dataclass(frozen=True)
class Left:
    """Where the warm-up left off: the controllers `wiring`, their memory and their commands."""

    wiring: Sequence[ControllerWiring]
    snapshots: Mapping[str, str]
    commands: tuple[Sequence[float], Sequence[int]]
    n_signals: int


class Field:
    """What `LoopbackExchange` is in virtual time."""

    def __init__(
        self,
        options: FieldOptions,
        left: Left,
        tampering: Tampering,
        period_ns: int,
        stack: ExitStack,
    ) -> None:
        """All lines are open and every controller has been heard; `stack` closes them.

        Mishaps of lines count from here on.

        Raises:
            LinkLost: a controller does not answer, or does not ask.
        """
        self._options, self._tampering, self._period_ns = options, tampering, period_ns
        sizes = image_sizes(left.n_signals, left.wiring)
        cells = allot(memoryview(bytearray(sum(Cell.size(n) for n in sizes))), sizes)
        self._readings = cells[0]
        self._commands = {w.name: cell for w, cell in zip(left.wiring, cells[1:], strict=True)}
        self._wiring = {w.name: w for w in left.wiring}
        self._image = ImageExchange(cells[0], cells[1:], left.commands, period_ns)
        self._played: dict[str, Played] = {}
        self._links: dict[str, Link] = {}
        self._off: set[str] = set()
        self._watched: Mapping[str, tuple[Device, Sequence[Block]]] = {}
        self._looked: dict[str, Looked] = {}
        self._start_ns = monotonic_ns()
        self._talkers: list[tuple[Side, Talker]] = []
        self._sides = [self._open(line, left.snapshots, stack) for line in options.lines]

    def begin(self, clock: WallClock, stack: ExitStack) -> None:
        """Readings and commands pass from here on, to the end of `stack`; `clock` is the run's."""
        for line, side in zip(self._options.lines, self._sides, strict=True):
            names = [w.name for w in line.wiring]
            mine = [self._commands[name] for name in names]
            look = partial(self._look, names, clock)
            talker = Talker(
                side, names, self._readings, mine, clock, self._period_ns, self._muted, look
            )
            stack.callback(talker.close)
            self._talkers.append((side, talker))

    # the loop's exchange

    def publish(self, t_ns: int, measured: Sequence[float], quality: Sequence[int]) -> None:
        """Make the readings of `t_ns` [ns] the newest."""
        self._image.publish(t_ns, measured, quality)

    def commands(self, t_ns: int) -> tuple[Sequence[float], Sequence[int]]:
        """The newest commands of every controller, and what actuators make of them.

        Raises:
            PlantLost: what talks on a line, or plays a controller, has failed.
        """
        for _, talker in self._talkers:
            talker.check()
        for played in self._played.values():
            played.check()
        values, quality = self._image.commands(t_ns)
        self._tampering.spoil(t_ns, values, quality)
        return values, quality

    # what a procedure does

    def power(self, name: str, on: bool) -> None:
        """Switch a controller off or on; of a cabinet this only says what somebody did."""
        if name in self._played:
            self._played[name].power(name, on)
        else:
            (self._off.discard if on else self._off.add)(name)

    def powered(self, name: str) -> bool:
        """Whether a controller has power, as far as anybody said."""
        return self._played[name].powered(name) if name in self._played else name not in self._off

    def free(self, name: str) -> bool:
        """Whether the line of a controller can be asked: its turn comes."""
        return True

    def controllers(self) -> Mapping[str, Controller]:
        """None is within reach of anything but its registers."""
        return {}

    def device(self, name: str) -> Device:
        """A handle on the registers of controller `name`; KeyError if it serves none."""
        return Device(name, self._links[name], self._wiring[name].unit)

    def watch(self, blocks: Mapping[str, Sequence[Block]]) -> None:
        """From here on these registers of controllers are read in every round of their lines.

        By who talks there anyway: who does not answer must not keep the plant waiting.
        """
        self._looked = {}
        self._watched = {name: (self.device(name), some) for name, some in blocks.items()}

    def looked(self, name: str) -> Looked:
        """What the last round found of the watched registers of a controller."""
        return self._looked.get(name, _NOT_YET)

    def _look(self, names: Sequence[str], clock: WallClock) -> None:
        watched, looked = self._watched, self._looked
        for name in names:
            if name not in watched or not self.powered(name):
                looked.pop(name, None)
                continue
            device, blocks = watched[name]
            asked_ns, values = clock.now_ns(), dict[str, float | None]()
            for block in blocks:
                got = device.read(block).values
                if got is None:
                    break
                values |= zip(block.names, got, strict=True)
            else:
                looked[name] = Looked(asked_ns, values)
                continue
            looked[name] = Looked(asked_ns, None)

    def address(self, name: str) -> str:
        """How to reach a controller when this run is over."""
        if name in self._played:
            return f"rig:{name}"
        return f"{self._options.site_file}.{self._wiring[name].link}"

    def is_cabinet(self, name: str) -> bool:
        """Whether a controller is there by itself, and not played."""
        return name not in self._played

    def health(self) -> dict[str, Health]:
        """Statistics of the link of every controller."""
        return {
            name: row
            for side, talker in self._talkers
            for name, row in side.health(talker.rounds).items()
        }

    def _muted(self, name: str) -> bool:
        trouble = self._tampering.links.get(name)
        return trouble is not None and trouble.mute

    def _open(self, line: Line, snapshots: Mapping[str, str], stack: ExitStack) -> Side:
        """Whoever serves comes first, and says where."""
        faulty = self._options.faulty.get(line.endpoint.name)
        side: Side
        if line.asked:
            endpoint = line.endpoint
            if line.emulated:
                played = self._play(line, line.theirs, snapshots, faulty, stack)
                endpoint = replace(endpoint, port=played.endpoint.port)
            link = TurnLink(open_link(endpoint))
            self._links |= {w.name: link for w in line.wiring}
            side = Asking(endpoint, line.wiring, self._period_ns, link)
            stack.callback(side.close)
        else:
            side = Serving(line.endpoint, line.wiring, self._period_ns, faulty)
            stack.callback(side.close)
            side.begin(self._start_ns)
            if line.emulated:
                theirs = replace(line.theirs, port=side.endpoint.port)
                self._play(line, theirs, snapshots, None, stack)
        side.reach(lambda: None)
        return side

    def _play(
        self,
        line: Line,
        endpoint: Endpoint,
        snapshots: Mapping[str, str],
        faulty: FaultyLine | None,
        stack: ExitStack,
    ) -> Played:
        played = Played(line, endpoint, snapshots, self._options.play, faulty, self._start_ns)
        stack.callback(played.close)
        self._played |= dict.fromkeys((w.name for w in line.wiring), played)
        return played
