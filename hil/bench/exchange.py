"""How the loop reaches its controllers: in its own process, or through the process image."""

from collections.abc import Callable, Mapping, Sequence

from firmware_sim import Controller, make_controller, map_path
from hil.bench.faulty_line import FaultyLine, InLine
from hil.bench.health import Health, health
from hil.bench.hosted import Hosted, HostedClient, Play
from hil.bench.master import Master
from hil.bench.remote_io import RemoteIo
from hil.bench.staleness import stale_ns
from hil.bench.tampering import LinkTrouble, Tampering
from hil.bench.wiring import ControllerWiring
from hil.gate import WriteGate
from hil.links.cost import LinkCost, TcpCost
from hil.links.device import Device
from hil.links.link import Link
from hil.links.loopback import LoopbackLink
from hil.links.server import Memory
from hil.loop.image import Cell
from twin.clock import VirtualClock
from twin.registers import load_map
from twin.signals import Quality

MakeLink = Callable[[ControllerWiring, Memory], Link]
"""Opens the link of a controller to what is served at its other end."""


def loopback(wiring: ControllerWiring, memory: Memory) -> Link:
    """A link without a wire."""
    return LoopbackLink(wiring.link, {wiring.unit: memory})


class LoopbackExchange:
    """Emulated controllers in this process, asked over real PDUs at every publish.

    A transaction takes no time, except on the lines of `faulty`, which are emulated from
    `start_ns` [ns] on. `tampering` says what is wrong with controllers and their links; `make`
    gives them links, and `play` the controllers.
    """

    def __init__(
        self,
        wiring: Sequence[ControllerWiring],
        period_ns: int,
        faulty: Sequence[FaultyLine] = (),
        start_ns: int = 0,
        tampering: Tampering | None = None,
        make: MakeLink = loopback,
        play: Play = make_controller,
    ) -> None:
        self._clock = VirtualClock()
        self._tampering = tampering
        self._dt_s = period_ns / 1e9
        self._stale_ns = stale_ns(period_ns)
        self._lines = {f.endpoint.name: InLine(f, start_ns) for f in faulty}
        self._pairs: list[_Asked | _Asking] = []
        for w in wiring:
            line = self._lines.get(w.link)
            clock = self._clock if line is None else line.clock
            asked = w.role == "server"
            self._pairs.append(
                _Asked(w, clock, line, period_ns, make, play)
                if asked
                else _Asking(w, clock, line, self._stale_ns, make, play)
            )
        if tampering is not None:
            tampering.reach(self.controllers())

    def publish(self, t_ns: int, measured: Sequence[float], quality: Sequence[int]) -> None:
        """One exchange and one scan of every controller."""
        self._clock.wait_until(t_ns)
        for line in self._lines.values():
            line.begin(t_ns)
        links = {} if self._tampering is None else self._tampering.links
        for pair in self._pairs:
            if not pair.powered:
                pair.lie_dark(t_ns)
            elif pair.line is None or pair.line.free:
                trouble = links.get(pair.hosted.wiring.name)
                if trouble is None:
                    pair.exchange(t_ns, measured, quality, self._dt_s)
                else:
                    pair.try_to(trouble, t_ns, measured, quality, self._dt_s)
                pair.said_ns = t_ns
                pair.behind = False
            else:
                pair.late += not pair.behind
                pair.missed += 1
                pair.behind = True
                pair.live_on(self._dt_s)

    def commands(self, t_ns: int) -> tuple[list[float], list[int]]:
        """Commands of all controllers, in the order of the wiring."""
        values: list[float] = []
        quality: list[int] = []
        for pair in self._pairs:
            values += pair.values
            if pair.line is not None and t_ns - pair.said_ns > self._stale_ns:
                quality += [int(Quality.LINK_DOWN)] * len(pair.values)
            else:
                quality += pair.quality
        if self._tampering is not None:
            self._tampering.spoil(t_ns, values, quality)
        return values, quality

    def power(self, name: str, on: bool) -> None:
        """Switch controller `name` off, or on again with what it keeps without power."""
        pair = self._pair(name)
        if on and not pair.powered:
            pair.hosted.restart()
        pair.powered = on

    def powered(self, name: str) -> bool:
        """Whether controller `name` has power."""
        return self._pair(name).powered

    def free(self, name: str) -> bool:
        """Whether the line of controller `name` is not busy with an exchange."""
        return not self._pair(name).behind

    def controllers(self) -> dict[str, Controller]:
        """The controllers that are played here, by name."""
        return {pair.hosted.wiring.name: pair.hosted.controller for pair in self._pairs}

    def take_over(self, snapshots: Mapping[str, str]) -> None:
        """Go on with what controllers remember; until they are asked their commands are unheard."""
        for name, snapshot in snapshots.items():
            self._pair(name).hosted.restore(snapshot)

    def device(self, name: str) -> Device:
        """Another handle on the registers of controller `name`, which serves them.

        Raises:
            KeyError: it serves none, or does not exist.
        """
        pair = self._pair(name)
        if not isinstance(pair, _Asked):
            raise KeyError(name)
        master = pair.master.device
        return Device(name, master.link, master.unit, master.now_ns)

    def _pair(self, name: str) -> "_Asked | _Asking":
        return next(p for p in self._pairs if p.hosted.wiring.name == name)

    def snapshots(self) -> dict[str, str]:
        """What each controller remembers, for a process that takes over from here."""
        return {pair.hosted.wiring.name: pair.hosted.snapshot() for pair in self._pairs}

    def health(self) -> dict[str, Health]:
        """Statistics of every controller's link."""
        return {
            pair.hosted.wiring.name: health(pair.master, pair.late, pair.missed)
            for pair in self._pairs
        }


class _Pair:
    """A controller and the bench's end; how often an exchange was late, and periods `missed`."""

    def __init__(self, line: InLine | None) -> None:
        self.line, self.said_ns = line, 0
        self.late = self.missed = 0
        self.powered = True
        self.behind = False
        """Whether the line was still busy with an earlier exchange."""


class _Asked(_Pair):
    """A controller that serves: the bench is its master."""

    def __init__(
        self,
        wiring: ControllerWiring,
        clock: VirtualClock,
        line: InLine | None,
        period_ns: int,
        make: MakeLink,
        play: Play,
    ) -> None:
        super().__init__(line)
        self.hosted = Hosted(wiring, play)
        link = _link(wiring, line, self.hosted.bank, make)
        device = Device(wiring.name, link, wiring.unit, clock.now_ns)
        gate = WriteGate(simulated=True, now_ns=clock.now_ns)
        register_map = load_map(map_path(wiring.type))
        self.master = Master(
            device,
            register_map,
            gate,
            wiring.sensors,
            wiring.commands,
            _cost(line),
            period_ns,
        )
        self.values, self.quality = self.master.values, self.master.quality

    def exchange(
        self, t_ns: int, measured: Sequence[float], quality: Sequence[int], dt_s: float
    ) -> None:
        self.master.write(measured, quality)
        self.hosted.scan(dt_s)
        self.master.read()
        self.values, self.quality = self.master.values, self.master.quality

    def try_to(
        self,
        trouble: LinkTrouble,
        t_ns: int,
        measured: Sequence[float],
        quality: Sequence[int],
        dt_s: float,
    ) -> None:
        """An exchange over a link that has something."""
        cut, unheard = trouble.next_round()
        if not cut:
            self.master.write(measured, quality)
        self.hosted.scan(dt_s)
        if not unheard:
            self.master.read()
            heard = (list(self.master.values), list(self.master.quality))
            self.values, self.quality = trouble.delay.passed(heard)
        elif not trouble.stale:
            self.quality = [int(Quality.TIMEOUT)] * len(self.quality)

    def live_on(self, dt_s: float) -> None:
        """Scan while the line is still busy with the last exchange."""
        self.hosted.scan(dt_s)

    def lie_dark(self, t_ns: int) -> None:
        """Without power nobody answers."""
        self.quality = [int(Quality.TIMEOUT)] * len(self.quality)


class _Asking(_Pair):
    """A controller in client role: the bench is its remote I/O."""

    def __init__(
        self,
        wiring: ControllerWiring,
        clock: VirtualClock,
        line: InLine | None,
        stale_ns: int,
        make: MakeLink,
        play: Play,
    ) -> None:
        super().__init__(line)
        self._station = RemoteIo(wiring, stale_ns)
        self._waited_s = 0.0
        link = _link(wiring, line, self._station.bank, make)
        hosted = HostedClient(wiring, link, clock.now_ns, _cost(line), play)
        self.hosted: Hosted = hosted
        self.master = hosted.io
        self.values, self.quality = self._station.values, self._station.quality

    def exchange(
        self, t_ns: int, measured: Sequence[float], quality: Sequence[int], dt_s: float
    ) -> None:
        self._station.publish(measured, quality)
        self.hosted.scan(dt_s + self._waited_s)
        self._waited_s = 0.0
        self._station.read(t_ns)

    def try_to(
        self,
        trouble: LinkTrouble,
        t_ns: int,
        measured: Sequence[float],
        quality: Sequence[int],
        dt_s: float,
    ) -> None:
        """An exchange over a link that has something."""
        cut, unheard = trouble.next_round()
        if unheard:
            self.hosted.controller.scan(dt_s)
            self._station.read(t_ns)
        elif cut:
            self.hosted.scan(dt_s)
            self._station.read(t_ns)
        else:
            self.exchange(t_ns, *trouble.delay.passed((measured, quality)), dt_s)

    def live_on(self, dt_s: float) -> None:
        """Wait in its scan, which asks over the line, while that is still busy."""
        self._waited_s += dt_s

    def lie_dark(self, t_ns: int) -> None:
        """Without power nobody asks, and what was written grows old."""
        self._station.read(t_ns)


def _cost(line: InLine | None) -> LinkCost:
    return TcpCost() if line is None else line.cost


def _link(wiring: ControllerWiring, line: InLine | None, memory: Memory, make: MakeLink) -> Link:
    if line is None:
        return make(wiring, memory)
    line.serve(wiring.name, wiring.unit, memory)
    return line.link


class ImageExchange:
    """Controllers behind link processes: readings and commands cross in shared memory."""

    def __init__(
        self,
        readings: Cell,
        commands: Sequence[Cell],
        first: tuple[Sequence[float], Sequence[int]],
        period_ns: int,
    ) -> None:
        self._readings = readings
        self._commands = tuple(commands)
        self._first = first
        self._stale_ns = stale_ns(period_ns)

    def publish(self, t_ns: int, measured: Sequence[float], quality: Sequence[int]) -> None:
        """Make the readings of `t_ns` [ns] the newest in the image."""
        self._readings.publish(t_ns, measured, quality)

    def commands(self, t_ns: int) -> tuple[list[float], list[int]]:
        """Newest commands of every controller; until one has been read, those it left off with.

        A link process that has not said anything for STALE_CYCLES leaves no commands.
        """
        values: list[float] = []
        quality: list[int] = []
        for cell in self._commands:
            said_ns, new, q = cell.read()
            at = len(values)
            if Quality.NOT_YET in q:
                new, q = self._first[0][at : at + cell.n], self._first[1][at : at + cell.n]  # type: ignore[assignment]
            elif t_ns - said_ns > self._stale_ns:
                q = (int(Quality.LINK_DOWN),) * cell.n
            values += new
            quality += q
        return values, quality
