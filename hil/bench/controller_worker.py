"""Emulated controllers of one link as a program of their own, like the box on the wall.

`python -m hil.bench.controller_worker`, with its configuration as the first line on stdin.
"""

from collections.abc import Callable, Sequence

from hil.bench.endpoint import Endpoint, Server, open_link, open_server
from hil.bench.exchange import SCAN_NS
from hil.bench.hosted import Hosted, HostedClient
from hil.bench.station import Station, run_station
from hil.bench.wiring import ControllerWiring
from twin.clock import WallClock, monotonic_ns


def work(station: Station) -> None:
    """Scan and serve, or scan and ask, until told to stop."""
    endpoint = Endpoint(**station.config["endpoint"])
    wiring = [ControllerWiring.of(w) for w in station.config["wiring"]]
    hosts: list[Hosted]
    server: Server | None = None
    if wiring[0].role == "server":
        hosts = [Hosted(w) for w in wiring]
        server = open_server(endpoint, {h.wiring.unit: h.bank for h in hosts})
        endpoint = endpoint.at(server)
    else:
        link = open_link(endpoint)
        hosts = [HostedClient(w, link, monotonic_ns) for w in wiring]
    for host in hosts:
        snapshot = station.config["snapshots"].get(host.wiring.name)
        if snapshot is not None:
            host.restore(snapshot)
    station.emit("ready", endpoint=endpoint.plain())
    scan(hosts, server, station.ordered)


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
