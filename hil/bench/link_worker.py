"""A link's process: the only owner of one line or connection, exchanging once a period.

`python -m hil.bench.link_worker`, with its configuration as the first line on stdin.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hil.bench.endpoint import Endpoint
from hil.bench.faulty_line import FaultyLine
from hil.bench.health import Rounds
from hil.bench.side import Asking, Serving, Side
from hil.bench.silence import Silence
from hil.bench.wiring import ControllerWiring
from hil.crew.station import Station, run_station
from hil.loop.image import Cell, allot
from hil.loop.shared import SharedMemory
from twin.clock import WallClock

HEALTH_NS = 500_000_000
"""The parent is told how the link does every so often [ns]."""


def work(station: Station) -> None:
    """Serve or ask every controller of the link, period after period, until told to stop."""
    config = station.config
    wiring = [ControllerWiring.of(w) for w in config["wiring"]]
    period_ns = int(config["period_ns"])
    endpoint = Endpoint(**config["endpoint"])
    image = SharedMemory(Path(config["image"]), config["image_size"])
    cells = allot(image.buffer, config["cells"])
    asking = wiring[0].role == "server"
    fails = config["faulty"]
    side = (
        Asking(endpoint, wiring, period_ns)
        if asking
        else Serving(endpoint, wiring, period_ns, None if fails is None else FaultyLine.of(fails))
    )
    if not config["emulated"]:
        side.reach(partial(_check_end, station))
    station.emit("ready", endpoint=side.endpoint.plain(), notes=side.notes)
    names = [w.name for w in wiring]
    _exchange(station, side, names, cells[0], [cells[1 + i] for i in config["cell_of"]], period_ns)
    side.close()


def _exchange(
    station: Station,
    side: Side,
    names: Sequence[str],
    readings: Cell,
    commands: Sequence[Cell],
    period_ns: int,
) -> None:
    clock = WallClock(station.start_ns())
    side.begin(clock.start_ns)
    silences = [Silence(name, period_ns) for name in names]
    rounds = Rounds(period_ns)
    told_ns = sent_ns = 0
    period = 1
    while not station.ordered():
        side.wait(clock, rounds.begins_ns(period))
        now_ns = clock.now_ns()
        t_ns, measured, quality = readings.read()
        # readings that did not move are not sent again, nor is a heartbeat: were the loop to hang,
        # the controllers' own watchdogs must notice
        news = (measured, quality) if t_ns > sent_ns else None
        sent_ns = t_ns
        for i, cell in enumerate(commands):
            values, qualities = side.exchange(i, now_ns, news)
            cell.publish(clock.now_ns(), values, qualities)
            heard, why = side.heard(i)
            silences[i].check(heard, now_ns, why)
        if now_ns - told_ns >= HEALTH_NS:
            told_ns = now_ns
            rows = side.health(rounds)
            for name, silence in zip(names, silences, strict=True):
                rows[name]["up"] = silence.up(now_ns)
            station.emit("health", **rows)
        period = rounds.following(period, clock.now_ns())
    station.emit("health", **side.health(rounds))


def _check_end(station: Station) -> None:
    if station.ordered():
        raise SystemExit(0)  # nothing but the end is ordered before "ready"


if __name__ == "__main__":
    run_station(work)
