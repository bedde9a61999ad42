"""Emulated controllers of a line in real time, in a thread of their own, with a power switch."""

import threading
from collections.abc import Mapping

from hil.bench.controller_worker import scan
from hil.bench.endpoint import Endpoint, Server, open_link, open_server
from hil.bench.faulty_line import FailingServer, FaultyLine
from hil.bench.field import Line
from hil.bench.hosted import Hosted, HostedClient, Play
from hil.commissioning.beside import Beside
from twin.clock import monotonic_ns


class Played:
    """The controllers of `line`, which go on from `snapshots`; they scan and serve, or ask.

    `endpoint` is where they serve, or whom they ask. On a line that is `faulty`, mishaps count
    from `start_ns` (monotonic) [ns] on.
    """

    def __init__(
        self,
        line: Line,
        endpoint: Endpoint,
        snapshots: Mapping[str, str],
        play: Play,
        faulty: FaultyLine | None,
        start_ns: int,
    ) -> None:
        self.endpoint = endpoint
        self._asked, self._faulty, self._start_ns = line.asked, faulty, start_ns
        self._link = None if line.asked else open_link(endpoint)
        self._hosts: dict[str, Hosted] = {}
        for w in line.wiring:
            if self._link is None:
                host = Hosted(w, play)
            else:
                host = HostedClient(w, self._link, monotonic_ns, endpoint.cost, play)
            host.restore(snapshots[w.name])
            self._hosts[w.name] = host
        self._dark: set[str] = set()
        self._begin()

    def power(self, name: str, on: bool) -> None:
        """Switch a controller off, or on again with what it keeps without power."""
        if on == (name not in self._dark):
            return
        self._end()
        if on:
            self._hosts[name].restart()
            self._dark.remove(name)
        else:
            self._dark.add(name)
        self._begin()

    def powered(self, name: str) -> bool:
        """Whether a controller has power."""
        return name not in self._dark

    def check(self) -> None:
        """Raise PlantLost if they have failed."""
        self._thread.check()

    def close(self) -> None:
        """End all of them."""
        self._end()
        if self._link is not None:
            self._link.close()

    def _begin(self) -> None:
        alive = [host for name, host in self._hosts.items() if name not in self._dark]
        self._server = self._serve(alive)
        ended = self._ended = threading.Event()
        server = self._server
        name = f"plays {self.endpoint.name}"
        self._thread = Beside(name, lambda: scan(alive, server, ended.is_set))

    def _end(self) -> None:
        self._ended.set()
        self._thread.join()
        if self._server is not None:
            self._server.close()

    def _serve(self, alive: list[Hosted]) -> Server | None:
        banks = {host.wiring.unit: host.bank for host in alive}
        on_a_wire = self.endpoint.transport == "rtu"
        if not self._asked or not (banks or on_a_wire):  # a wire is there without anybody on it
            return None
        if self._faulty is not None:
            failing = FailingServer(self._faulty, banks)
            failing.begin(self._start_ns)
            return failing
        server = open_server(self.endpoint, banks)
        self.endpoint = self.endpoint.at(server)
        return server
