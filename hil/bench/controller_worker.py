"""Emulated controllers of one link as a program of their own, like the box on the wall.

`python -m hil.bench.controller_worker`, with its configuration as the first line on stdin.
"""

from collections.abc import Callable, Sequence
from functools import partial

from hil.bench.endpoint import Endpoint, Server, open_link, open_server
from hil.bench.faulty_line import FailingServer, FaultyLine
from hil.bench.hosted import Hosted, HostedClient
from hil.bench.staleness import SCAN_NS
from hil.bench.wiring import ControllerWiring
from hil.crew.station import Station, run_station
from twin.clock import WallClock, monotonic_ns


def work(station: Station) -> None:
    """Scan and serve, or scan and ask, until told to stop."""
    endpoint = Endpoint(**station.config["endpoint"])
    wiring = [ControllerWiring.of(w) for w in station.config["wiring"]]
    hosts: list[Hosted]
    server: Server | None = None
    failing: FailingServer | None = None
    if wiring[0].role == "server":
        hosts = [Hosted(w) for w in wiring]
        banks = {h.wiring.unit: h.bank for h in hosts}
        if station.config["faulty"] is None:
            server = open_server(endpoint, banks)
            endpoint = endpoint.at(server)
        else:
            server = failing = FailingServer(FaultyLine.of(station.config["faulty"]), banks)
    else:
        link = open_link(endpoint)
        hosts = [HostedClient(w, link, monotonic_ns, endpoint.cost) for w in wiring]
    for host in hosts:
        snapshot = station.config["snapshots"].get(host.wiring.name)
        if snapshot is not None:
            host.restore(snapshot)
    station.emit("ready", endpoint=endpoint.plain())
    try:
        scan(hosts, server, partial(_stopped, station, failing))
    finally:
        if server is not None:
            server.close()  # a pty's path goes with it


def _stopped(station: Station, failing: FailingServer | None) -> bool:
    """Whether the end was ordered; on a line that is to fail its beginning is ordered first."""
    if not station.ordered():
        return False
    if failing is None:
        return True
    order = station.order()
    if "start_ns" in order:
        failing.begin(int(order["start_ns"]))
    return "start_ns" not in order


def scan(hosts: Sequence[Hosted], server: Server | None, stopped: Callable[[], bool]) -> None:
    """Scan the controllers, and serve what waits between two scans, until `stopped`."""
    clock = WallClock()
    last_ns = 0
    k = 1
    while not stopped():
        if server is None:
            clock.wait_until(k * SCAN_NS)
        else:
            server.poll(clock.start_ns + k * SCAN_NS)
        now_ns = clock.now_ns()
        for host in hosts:
            host.scan((now_ns - last_ns) / 1e9)
        last_ns = now_ns
        k = max(k + 1, now_ns // SCAN_NS)


if __name__ == "__main__":
    run_station(work)
