"""Plant, sensors, controllers and twin in one process, a cycle at a time.

Cycle for cycle the bench (`hil/bench/loop_worker.py`); what differs is that somebody decides
between two cycles what comes next. Time is virtual until it is to be real.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim import make_controller
from hil.bench.assemble import (
    make_network,
    make_sensors,
    make_twin,
    open_parts,
    start_commands,
    validity_of,
)
from hil.bench.exchange import LoopbackExchange, MakeLink, loopback
from hil.bench.faulty_line import FaultyLine
from hil.bench.health import Health
from hil.bench.hosted import Play
from hil.bench.injections import make_injections
from hil.bench.layout import layout_of
from hil.bench.tampering import Tampering
from hil.bench.wire import wire
from hil.bench.wiring import ControllerWiring
from hil.commissioning.field import Field, FieldOptions, Left, Looked
from hil.commissioning.steering import ForcedSensors, Move, SteeredPlant
from hil.crew.apart import Tell
from hil.links.device import Device
from hil.loop.cycle import Injection, PlantCycle
from hil.loop.ring import Ring, row_type
from twin.clock import WallClock, monotonic_ns
from twin.diagnosis.alarms import Alarm
from twin.registers import Block
from twin.signals import Quality
from twin.site import Boundary, FaultEvent, Site

Listen = Callable[[NDArray[np.int64], NDArray[np.float64]], None]
"""Hears times of rows, int64[rows] [ns], and predictions, float64[rows, watched] [SI]."""

RING_ROWS = 512
TWIN_NS = 10_000_000_000
"""The twin judges every so often [ns]: its own sample."""

UNTOLD = 480
"""Rows that may wait until the twin hears of them, if nobody asks for it before [-].

A block of rows costs it hardly more than a single one.
"""

TOLD_NS = 60_000_000_000
"""How often a rig says how far it is [ns]."""

SETTLE = 3
"""Cycles until a new link has brought commands [-]."""


@dataclass(frozen=True)
class RigOptions:
    """How a rig runs: `period_ns`, `warmup_ns` [ns], the seed of its noise, its measured data."""

    period_ns: int = 1_000_000_000
    warmup_ns: int = 2 * 3600 * 1_000_000_000
    seed: int = 1
    data: str | None = None


class Rig:
    """A site's plant with its controllers; `cycle` is the only way for time to pass."""

    def __init__(
        self, site: Site, options: RigOptions, stack: ExitStack, play: Play = make_controller
    ) -> None:
        """Everything at rest before the warm-up; what must be given back goes with `stack`.

        Raises:
            BadInput: an FMU or a file of the site is missing, or does not fit it.
        """
        self.site, self.period_ns = site, options.period_ns
        self._play, self.seed = play, options.seed
        parts = open_parts(site, stack)
        self.layout = layout = layout_of(site, validity_of(parts))
        self.wiring = wire(site, layout)
        period_ns, warmup = options.period_ns, options.warmup_ns // options.period_ns
        data = None if options.data is None else Path(options.data)
        self.boundary = boundary = Boundary(site, data, period_ns)
        """Weather and loads as the site has them."""
        self._network = stack.enter_context(make_network(site, layout, parts, boundary.names, ()))
        begin_ns = -warmup * period_ns
        self.plant = SteeredPlant(self._network, begin_ns)
        self._true_sensors = make_sensors(site, layout, options.seed, period_ns)
        self.sensors = ForcedSensors(self._true_sensors, begin_ns, period_ns)
        self.twin, predictors = make_twin(site, layout, parts, period_ns)
        for predictor in predictors:
            stack.enter_context(predictor)
        commands = start_commands(layout, parts)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        self._ring = Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
        self._tampering = Tampering(site, options.seed, period_ns)
        self._network.initialize(np.array([*boundary.block(0, 1)[0], *commands]))
        self._cycle = PlantCycle(
            self.plant, self.sensors, boundary, (), commands, len(layout.signals),
            period_ns, self._ring, self._never_full, self._tampering.offsets,
        )  # fmt: skip
        self._exchange: LoopbackExchange | Field = LoopbackExchange(
            self.wiring, period_ns, tampering=self._tampering, play=play
        )
        self._cycle.exchange = self._exchange
        self._live: Field | None = None
        self._clock: WallClock | None = None
        self.worst_late_ns = 0
        """The latest that a cycle began in real time [ns]."""
        self.tell: Tell = lambda t_s: None
        """Hears how far it is [s], now and then."""
        self._k = -warmup
        self._growing: list[Injection] = []
        self._untold: list[NDArray[np.void]] = []
        self.row: NDArray[np.void] | None = None
        """The newest row."""
        self.listen: Listen = lambda t_ns, predicted: None
        """Hears what the twin has predicted for rows, sooner or later: see `tell_twin`."""
        self._alarms: list[Alarm] = []

    def warm_up(self) -> None:
        """To time zero, and a cycle at least."""
        while self._k < 0 or self.row is None:
            self.cycle()

    @property
    def real_time(self) -> bool:
        """Whether a cycle takes its time."""
        return self._clock is not None

    @property
    def t_ns(self) -> int:
        """Time since the warm-up ended [ns]."""
        return self._k * self.period_ns

    def cycle(self) -> None:
        """One period of plant, controllers and twin."""
        for injection in self._growing:
            injection.apply(self.t_ns)
        self._growing = [i for i in self._growing if i.full_ns > self.t_ns]
        self._k += 1
        self._cycle(self._k, self._wait())
        rows = self._ring.take(RING_ROWS)
        self.row = rows[-1]
        self._untold.append(rows)
        if len(self._untold) >= (UNTOLD if self._clock is None else TWIN_NS // self.period_ns):
            self.tell_twin()
        if self.t_ns % TOLD_NS == 0:
            self.tell(self.t_ns / 1e9)

    # what is seen

    def signal(self, column: int) -> float | None:
        """Reading of a signal [SI]; None where it has none."""
        return self._seen("measured", "quality", column)

    def command(self, column: int) -> float | None:
        """A command as it acted on the plant [SI]; None while it is not heard."""
        return self._seen("commands", "command_quality", column)

    def outside(self, name: str) -> float:
        """What weather or load `name` was in the last cycle [SI]."""
        return float(self.plant.inputs[self.boundary.names.index(name)])

    def answers(self, controller: str) -> bool:
        """Whether it has power and a link."""
        trouble = self._tampering.links.get(controller)
        dead = trouble is not None and (trouble.silent or trouble.stale or trouble.unplugged)
        return self._exchange.powered(controller) and not dead

    def unheard(self) -> list[str]:
        """Controllers in real time that say nothing now, though nobody has cut them off."""
        assert self.row is not None
        found, at = [], 0
        for w in self.wiring:
            said = self.row["command_quality"][at : at + len(w.commands)]
            at += len(w.commands)
            lost = len(said) and not np.isin(said, (Quality.GOOD, Quality.NO_VALUE)).any()
            if self.real_time and lost and self.answers(w.name):
                found.append(w.name)
        return found

    def reachable(self, controller: str) -> bool:
        """Whether its registers can be asked for now: not while its line is still busy."""
        return self.answers(controller) and self._exchange.free(controller)

    def device(self, controller: str) -> Device:
        """A handle on a controller's registers; KeyError if it serves none."""
        return self._exchange.device(controller)

    def address(self, controller: str) -> str:
        """How to reach a controller when the rig is no more, if it outlasts it."""
        return f"rig:{controller}" if self._live is None else self._live.address(controller)

    def watch(self, blocks: Mapping[str, Sequence[Block]]) -> None:
        """These registers of controllers are looked at again and again from here on."""
        if self._live is not None:
            self._live.watch(blocks)

    def looked(self, controller: str) -> Looked | None:
        """What was last seen of them; None: ask, as in virtual time, which waits for an answer."""
        return None if self._live is None else self._live.looked(controller)

    @property
    def now_ns(self) -> int:
        """Time of the run, between two cycles of real time as well [ns]."""
        return self.t_ns if self._clock is None else self._clock.now_ns()

    def is_cabinet(self, controller: str) -> bool:
        """Whether a controller is there by itself, and not played."""
        return self._live is not None and self._live.is_cabinet(controller)

    def off(self) -> list[str]:
        """Controllers that have no power."""
        return [w.name for w in self.wiring if not self._exchange.powered(w.name)]

    # what is done

    def connect(
        self,
        make: MakeLink = loopback,
        wiring: Sequence[ControllerWiring] | None = None,
        lines: Sequence[FaultyLine] = (),
    ) -> None:
        """Reach the controllers by other links from here on; they go on where they were.

        On emulated `lines`, `wiring` says who is on which of them.
        """
        assert isinstance(self._exchange, LoopbackExchange)
        snapshots = self._exchange.snapshots()
        if wiring is not None:
            self.wiring = list(wiring)
        self._exchange = LoopbackExchange(
            self.wiring, self.period_ns, lines, self.t_ns, self._tampering, make, self._play
        )
        self._exchange.take_over(snapshots)
        self._cycle.exchange = self._exchange
        for _ in range(SETTLE):
            self.cycle()

    def keep_pace(self) -> WallClock:
        """From here on a cycle takes its time, on the clock that is given."""
        self._clock = WallClock(monotonic_ns() - self.t_ns)
        return self._clock

    def go_live(self, options: FieldOptions, stack: ExitStack) -> None:
        """From here on in real time, with controllers on real lines; `stack` closes them.

        Raises:
            LinkLost: a controller does not answer, or does not ask.
        """
        assert isinstance(self._exchange, LoopbackExchange)
        self.tell_twin()  # while nothing waits for it
        left = Left(
            self.wiring,
            self._exchange.snapshots(),
            self._exchange.commands(self.t_ns),
            len(self.layout.signals),
        )
        live = Field(options, left, self._tampering, self.period_ns, stack)
        self._live = self._exchange = self._cycle.exchange = live
        live.begin(self.keep_pace(), stack)
        for _ in range(SETTLE):
            self.cycle()

    def force(self, column: int, goal: float | None, lasts_ns: int = 0) -> None:
        """Give a reading by hand: `goal` [SI] after `lasts_ns` [ns]; None is a broken wire."""
        start = self.signal(column)
        begin = goal if start is None else start
        self.sensors.moves[column] = Move(begin or 0.0, goal, self.t_ns, lasts_ns)

    def release(self, column: int) -> None:
        """The sensor's own reading again."""
        self.sensors.moves.pop(column, None)

    def shift(self, column: int, by: float) -> None:
        """Add `by` [SI] to a reading: to its controller as if the set point moved the other way."""
        self.sensors.shifts[column] = self.sensors.shifts.get(column, 0.0) + by

    def steer(self, name: str, goal: float, lasts_ns: int = 0) -> None:
        """Give weather or a load by hand: `goal` [SI] after `lasts_ns` [ns]."""
        column = self.boundary.names.index(name)
        self.plant.moves[column] = Move(self.outside(name), goal, self.t_ns, lasts_ns)

    def let_go(self) -> None:
        """All readings, weather and loads are their own again, links are whole, power is on."""
        self.sensors.moves.clear()
        self.sensors.shifts.clear()
        self.plant.moves.clear()
        for wiring in self.wiring:
            self.mute(wiring.name, False)
            self.unplug(wiring.name, False)
            self.power(wiring.name, True)

    def mute(self, controller: str, muted: bool) -> None:
        """Whether a controller gets no more readings and no heartbeat."""
        self._tampering.mute(controller, muted)

    def unplug(self, controller: str, unplugged: bool) -> None:
        """Whether the link of a controller is cut."""
        self._tampering.unplug(controller, unplugged)

    def health(self) -> Mapping[str, Health]:
        """Statistics of the link of each controller since it was connected."""
        return self._exchange.health()

    def power(self, controller: str, on: bool) -> None:
        """Switch a controller off, or on again."""
        self._exchange.power(controller, on)

    def inject(self, event: FaultEvent) -> None:
        """A fault of the catalogue, from now on."""
        self._tampering.reach(self._exchange.controllers())
        (injection,) = make_injections([event], self._network, self._true_sensors, self._tampering)
        self._growing.append(injection)

    def standing(self) -> Mapping[str, str]:
        """What the twin says of each part."""
        self.tell_twin()
        return self.twin.standing()

    @property
    def alarms(self) -> Sequence[Alarm]:
        """All that the twin has raised and cleared until its latest sample, in order."""
        if self._untold and int(self._untold[0]["t_ns"][0]) <= self.t_ns // TWIN_NS * TWIN_NS:
            self.tell_twin()
        return self._alarms

    def tell_twin(self) -> None:
        """The twin hears of all rows until now."""
        if not self._untold:
            return
        rows = np.concatenate(self._untold)
        self._untold = []
        measured = np.where(rows["quality"] == 0, rows["measured"], np.nan)
        followed = self.twin.follow(
            rows["t_ns"], measured, rows["quality"] == 0,
            rows["commands"], rows["command_quality"] == 0,
        )  # fmt: skip
        self.listen(rows["t_ns"], followed.predicted)
        self._alarms += followed.alarms

    def _seen(self, values: str, quality: str, column: int) -> float | None:
        assert self.row is not None
        good = self.row[quality][column] == int(Quality.GOOD)
        return float(self.row[values][column]) if good else None

    def _wait(self) -> int:
        """To the deadline of the cycle that begins; how late it is [ns]."""
        if self._clock is None:
            return 0
        late_ns = self._clock.wait_until(self.t_ns) - self.t_ns
        self.worst_late_ns = max(self.worst_late_ns, late_ns)
        return late_ns

    def _never_full(self) -> None:
        raise AssertionError("the ring is emptied in every cycle")
