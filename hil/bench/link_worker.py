"""A link's process: the only owner of one line or connection, exchanging once a period.

`python -m hil.bench.link_worker`, with its configuration as the first line on stdin.
"""

from pathlib import Path

from firmware_sim import map_path
from hil.bench.endpoint import Endpoint, open_link, open_server
from hil.bench.exchange import STALE_CYCLES
from hil.bench.health import health, served
from hil.bench.master import Master
from hil.bench.remote_io import RemoteIo
from hil.bench.silence import Silence, be_reached, reach
from hil.bench.station import Station, run_station
from hil.bench.wiring import ControllerWiring
from hil.gate import WriteGate
from hil.links.device import Device
from hil.loop.image import Cell, allot
from hil.loop.shared import SharedMemory
from twin.clock import WallClock
from twin.registers import load_map

HEALTH_NS = 500_000_000
"""The parent is told how the link does every so often [ns]."""


def work(station: Station) -> None:
    """Serve or ask every controller of the link, period after period, until told to stop."""
    config = station.config
    wiring = [ControllerWiring.of(w) for w in config["wiring"]]
    period_ns = int(config["period_ns"])
    endpoint = Endpoint(**config["endpoint"])
    cells = allot(SharedMemory(Path(config["image"]), config["image_size"]).buffer, config["cells"])
    readings, commands = cells[0], [cells[1 + i] for i in config["cell_of"]]
    if wiring[0].role == "client":
        _serve(station, endpoint, wiring, readings, commands, period_ns)
    else:
        _ask(station, endpoint, wiring, readings, commands, period_ns)


def _ask(
    station: Station,
    endpoint: Endpoint,
    wiring: list[ControllerWiring],
    readings: Cell,
    commands: list[Cell],
    period_ns: int,
) -> None:
    link = open_link(endpoint)
    gate = WriteGate(emulated=True)
    masters = []
    for w in wiring:
        register_map = load_map(map_path(w.type))
        device = Device(w.name, link, w.unit)
        masters.append(Master(device, register_map, gate, w.sensors, w.commands))
    if not station.config["emulated"]:
        reach(masters, station)
    station.emit("ready")
    clock = WallClock(station.start_ns())
    silences = [Silence(m.device.name, period_ns) for m in masters]
    told_ns = 0
    period = 1
    while not station.ordered():
        # half a period behind the loop, so that it finds what it needs and leaves what we need
        now_ns = clock.wait_until(period * period_ns + period_ns // 2)
        t_ns, measured, quality = readings.read()
        for master, cell, silence in zip(masters, commands, silences, strict=True):
            if t_ns > 0:
                master.write(measured, quality)
            master.read()
            cell.publish(clock.now_ns(), master.values, master.quality)
            silence.check(
                master.device.transactions - master.device.errors, now_ns, master.device.last_error
            )
        if now_ns - told_ns >= HEALTH_NS:
            told_ns = now_ns
            station.emit("health", **{m.device.name: health(m.device) for m in masters})
        period = max(period + 1, clock.now_ns() // period_ns)
    station.emit("health", **{m.device.name: health(m.device) for m in masters})
    link.close()


def _serve(
    station: Station,
    endpoint: Endpoint,
    wiring: list[ControllerWiring],
    readings: Cell,
    commands: list[Cell],
    period_ns: int,
) -> None:
    stations = {w.unit: RemoteIo(w, STALE_CYCLES * period_ns) for w in wiring}
    server = open_server(endpoint, {unit: io.bank for unit, io in stations.items()})
    endpoint = endpoint.at(server)
    if not station.config["emulated"]:
        be_reached({w.name: stations[w.unit] for w in wiring}, server, endpoint, station)
    station.emit("ready", endpoint=endpoint.plain())
    clock = WallClock(station.start_ns())
    silences = [Silence(w.name, period_ns) for w in wiring]
    told_ns = 0
    period = 1
    while not station.ordered():
        server.poll(clock.start_ns + period * period_ns + period_ns // 2)
        now_ns = clock.now_ns()
        t_ns, measured, quality = readings.read()
        for io, cell, silence in zip(stations.values(), commands, silences, strict=True):
            if t_ns > 0:
                io.publish(measured, quality)
            io.read(now_ns)
            cell.publish(now_ns, io.values, io.quality)
            silence.check(io.beats, now_ns, f"its heartbeat does not move, on {endpoint}")
        if now_ns - told_ns >= HEALTH_NS:
            told_ns = now_ns
            station.emit("health", **{w.name: served(server) for w in wiring})
        period = max(period + 1, now_ns // period_ns)
    station.emit("health", **{w.name: served(server) for w in wiring})
    server.close()


if __name__ == "__main__":
    run_station(work)
