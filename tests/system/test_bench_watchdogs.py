"""Watchdogs of the controllers that hukka plays count the silence of a run, not of its start."""

from contextlib import closing
from dataclasses import replace

import pytest
from bench_processes import until

from firmware_sim import map_path
from hil.bench.endpoint import Endpoint, open_link, open_server
from hil.bench.hosted import Hosted
from hil.bench.layout import layout_of
from hil.bench.remote_io import RemoteIo
from hil.bench.staleness import SCAN_NS, stale_ns
from hil.bench.wire import wire
from hil.crew.crew import Crew
from hil.links.device import Device
from twin.clock import NS_PER_S, WallClock, monotonic_ns
from twin.registers import Block, load_map
from twin.site import load_site

WATCHDOG_S = 0.5
START_NS = NS_PER_S
"""Other processes of a bench take longer to start [ns]."""


@pytest.fixture
def crew(tmp_path):
    with Crew(tmp_path) as crew:
        yield crew


def wired(name):
    site = load_site("mantsala")
    (wiring,) = [w for w in wire(site, layout_of(site)) if w.name == name]
    return replace(wiring, settings={"watchdog": WATCHDOG_S})


def played(crew, wiring, endpoint):
    """The process of a controller as a bench starts it, ready, and where it is."""
    config = {
        "wiring": [wiring.plain()],
        "endpoint": endpoint.plain(),
        "snapshots": {wiring.name: Hosted(wiring).snapshot()},
        "faulty": None,
    }
    child = crew.start(f"controller {wiring.name}", "hil.bench.controller_worker", config)
    return child, Endpoint(**crew.expect(child, "ready", 60.0).fields["endpoint"])


def begin(child):
    start_ns = monotonic_ns() + SCAN_NS
    child.order(start_ns=start_ns)
    return start_ns


def test_a_controller_that_serves_answers_before_time_zero_and_scans_after_it(crew):
    wiring = wired("cooling_loop")
    child, endpoint = played(crew, wiring, Endpoint("lan", "tcp"))
    points = load_map(map_path(wiring.type)).points
    with closing(open_link(endpoint)) as link:
        device = Device(wiring.name, link, wiring.unit)

        def read(name):
            values = device.read(Block([points[name]], {})).values
            return None if values is None else values[0]

        until(lambda: read("scans") is not None, "an answer")
        clock = WallClock()
        clock.wait_until(START_NS)
        until(lambda: read("scans") is not None, "another answer")
        assert (read("scans"), read("comm_lost")) == (0.0, 0.0)
        start_ns = begin(child)
        until(lambda: read("comm_lost") == 1.0, "the end of its watchdog")
        assert monotonic_ns() - start_ns > WATCHDOG_S * NS_PER_S
        said = crew.expect(child, "silence", 60.0).fields
        assert said["controller"] == "cooling_loop"
        assert said["t_ns"] > WATCHDOG_S * NS_PER_S


def test_a_controller_that_asks_does_so_from_time_zero_on(crew):
    wiring = wired("network")
    station = RemoteIo(wiring, stale_ns(NS_PER_S))
    with closing(open_server(Endpoint("lan", "tcp"), {wiring.unit: station.bank})) as server:
        child, _ = played(crew, wiring, Endpoint("lan", "tcp").at(server))
        server.poll(monotonic_ns() + START_NS)
        assert server.requests == 0
        start_ns = begin(child)

        def asked():
            server.poll(monotonic_ns() + SCAN_NS)
            station.read(monotonic_ns() - start_ns)
            return station.beats > 0

        until(asked, "its heartbeat")
        assert monotonic_ns() > start_ns


def test_a_process_that_is_not_to_begin_any_more_ends(crew):
    child, _ = played(crew, wired("cooling_loop"), Endpoint("lan", "tcp"))
    child.process.stdin.close()
    assert child.process.wait(60.0) == 0
