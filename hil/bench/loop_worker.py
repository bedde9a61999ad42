"""The loop's process: the plant, its sensors and, in virtual time, the controllers. Nothing else.

`python -m hil.bench.loop_worker`, with its configuration as the first line on stdin.
"""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from hil.bench.assemble import (
    make_network,
    make_sensors,
    open_parts,
    start_commands,
    validity_of,
)
from hil.bench.exchange import ImageExchange, LoopbackExchange
from hil.bench.faulty_line import FaultyLine
from hil.bench.injections import make_injections
from hil.bench.layout import Layout, layout_of
from hil.bench.options import Options
from hil.bench.plant_guard import PlantGuard
from hil.bench.shut_in import shut_in
from hil.bench.tampering import Tampering
from hil.bench.validity import TellingPlant
from hil.bench.wiring import ControllerWiring, image_sizes
from hil.crew.station import Station, run_station
from hil.loop.cycle import PlantCycle
from hil.loop.image import Cell, allot
from hil.loop.priority import claim_realtime
from hil.loop.realtime import run_periods
from hil.loop.ring import RING_ROWS, Ring, row_type
from hil.loop.shared import SharedMemory
from twin.clock import NS_PER_S, VirtualClock, WallClock
from twin.errors import PlantLost
from twin.site import Boundary, load_site, parse_fault, parse_setting

ROOM_NS = 200_000
"""A full ring is looked at again after so long [ns], in virtual time only."""


def work(station: Station) -> None:
    """Warm the plant up, say so, and run the cycles when the parent says when time began."""
    config = station.config
    options = Options.of(config["options"])
    wiring = [ControllerWiring.of(w) for w in config["wiring"]]
    with ExitStack() as stack:
        site = load_site(options.site)
        confined = shut_in(site, options.unconfined, [options.data])
        parts = open_parts(site, stack)
        layout = layout_of(site, validity_of(parts))
        boundary = Boundary(site, Path(options.data) if options.data else None, options.cycle_ns)
        guard = SharedMemory(Path(config["guard"]), PlantGuard.SIZE)
        network = stack.enter_context(
            make_network(
                site,
                layout,
                parts,
                boundary.names,
                [parse_setting(s, site) for s in options.settings],
                np.frombuffer(guard.buffer, np.int64, 2),
            )
        )
        sensors = make_sensors(site, layout, options.seed, options.cycle_ns)
        commands = start_commands(layout, parts)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        ring_memory = SharedMemory(Path(config["ring"]), Ring.size(dtype, RING_ROWS))
        ring = Ring(ring_memory.buffer, dtype, RING_ROWS)
        begun = network.initialize(np.array([*boundary.block(0, 1)[0], *commands]))
        meters = begun[len(layout.signals) :].tolist()
        pause = WallClock()

        def tell(part: str, text: str) -> None:
            t_ns = network.time_ns - options.warmup_ns
            station.emit("validity", t_ns=t_ns, part=part, text=text)

        tampering = Tampering(site, options.seed, options.cycle_ns)
        events = [parse_fault(f, site) for f in options.faults]
        cycle = PlantCycle(
            TellingPlant(network, layout, tell),
            sensors,
            boundary,
            make_injections(events, network, sensors, tampering),
            commands,
            len(layout.signals),
            options.cycle_ns,
            ring,
            lambda: _wait_for_room(pause, station),
            tampering.offsets,
        )
        faulty = [FaultyLine.of(f) for f in config["faulty"]]
        loopback = LoopbackExchange(wiring, options.cycle_ns, faulty, -options.warmup_ns, tampering)
        cycle.exchange = loopback
        notes = [*boundary.notes, f"FMUs of the loop: {confined}"]
        station.emit("ready", notes=notes, meters=meters)
        try:
            _warm_up(station, options, cycle)
            station.emit("warm", controllers=loopback.snapshots())
            if options.pace == "real" and options.transport != "loopback":
                cells = _cells(Path(config["image"]), layout, wiring)
                cycle.exchange = ImageExchange(
                    cells[0], cells[1:], loopback.commands(0), options.cycle_ns
                )
            _run(station, options, cycle, ring, loopback)
        except PlantLost as error:
            warm_s = options.warmup_ns / NS_PER_S
            raise PlantLost(f"{error} (the run began at {warm_s:g} s of plant time)") from error


def _warm_up(station: Station, options: Options, cycle: PlantCycle) -> None:
    for k in range(1 - options.warmup_cycles, 1):
        if station.ordered():
            raise SystemExit(0)  # the end, because nothing else is ordered of a warm-up
        cycle(k, 0)


def _cells(path: Path, layout: Layout, wiring: list[ControllerWiring]) -> list[Cell]:
    """The process image: the readings, then the commands of each controller."""
    sizes = image_sizes(len(layout.signals), wiring)
    return allot(SharedMemory(path, sum(Cell.size(n) for n in sizes)).buffer, sizes)


def _wait_for_room(pause: WallClock, station: Station) -> None:
    if station.ordered():
        raise SystemExit(0)  # nobody will read the ring any more
    pause.wait_until(pause.now_ns() + ROOM_NS)


def _run(
    station: Station,
    options: Options,
    cycle: PlantCycle,
    ring: Ring,
    loopback: LoopbackExchange,
) -> None:
    start_ns = station.start_ns()
    if options.pace == "real":
        cycle.drop_when_full()
        said = claim_realtime()
        clock: WallClock | VirtualClock = WallClock(start_ns)
    else:
        said = "virtual time"
        clock = VirtualClock()
    station.emit("running", priority=said)
    done = run_periods(
        cycle, clock, options.cycle_ns, options.cycles, station.ordered, ring.overrun
    )
    # told before the ring closes: the watch then ends too, and what it says at its end is lost on a
    # parent that still follows the run
    station.emit(
        "finished",
        cycles=done,
        links=loopback.health() if options.transport == "loopback" else {},
    )
    ring.close()


if __name__ == "__main__":
    run_station(work)
