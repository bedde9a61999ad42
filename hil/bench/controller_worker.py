"""Emulated controllers of one link as a program of their own, like the box on the wall.

`python -m hil.bench.controller_worker`, with its configuration as the first line on stdin.
"""

from collections.abc import Callable, Sequence

from hil.bench.endpoint import Endpoint, Server, open_link, open_server
from hil.bench.faulty_line import FailingServer, FaultyLine
from hil.bench.hosted import Hosted, HostedClient
from hil.bench.staleness import SCAN_NS
from hil.bench.wiring import ControllerWiring
from hil.crew.station import Station, run_station
from twin.clock import WallClock, monotonic_ns


def work(station: Station) -> None:
    """From time zero on, scan and serve, or scan and ask, until told to stop."""
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
        start_ns = _start_ns(station, server)
        if failing is not None:
            failing.begin(start_ns)
        watchdogs = _Watchdogs(station, hosts, start_ns)

        def stopped() -> bool:
            watchdogs.look()
            return station.ordered()

        scan(hosts, server, stopped, start_ns)
    finally:
        if server is not None:
            server.close()  # a pty's path goes with it


def _start_ns(station: Station, server: Server | None) -> int:
    """Serve until the order comes that says when time zero is [ns].

    Nobody moves the heartbeat before, so nobody scans: the watchdog would count the time that
    other processes take to start.
    """
    while server is not None and not station.ordered():
        server.poll(monotonic_ns() + SCAN_NS)
    return station.start_ns()


class _Watchdogs:
    """Tells the parent of every controller that goes to its fail-safe outputs in silence."""

    def __init__(self, station: Station, hosts: Sequence[Hosted], start_ns: int) -> None:
        self._station = station
        self._hosts = hosts
        self._start_ns = start_ns
        self._lost: set[str] = set()

    def look(self) -> None:
        """After each scan."""
        lost = {host.wiring.name for host in self._hosts if host.bank.get("comm_lost")}
        for name in sorted(lost - self._lost):
            self._station.emit("silence", controller=name, t_ns=monotonic_ns() - self._start_ns)
        self._lost = lost


def scan(
    hosts: Sequence[Hosted],
    server: Server | None,
    stopped: Callable[[], bool],
    start_ns: int | None = None,
) -> None:
    """Scan the controllers, and serve what waits between two scans, until `stopped`.

    Time counts from `start_ns` (monotonic) [ns]; without it, from now.
    """
    clock = WallClock(start_ns)
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
