"""What ends of a line count, in words: each counter has somebody who counts it."""

from collections import Counter
from types import SimpleNamespace

from links_bank import small_bank

from hil.links.counters import COUNTERS, counted, in_words, told
from hil.links.device import Device
from hil.links.loopback import LoopbackLink
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer

_TLS_ONLY = {"rejected", "unauthorised"}  # of a server that wants certificates


def test_every_counter_is_counted_by_a_link_a_device_or_a_server(tmp_path):
    device = Device("cdu", LoopbackLink("here", {}), 1)
    memories = {1: small_bank(tmp_path)}
    server = TcpServer("desk", memories, "127.0.0.1", 0)
    port = SimpleNamespace()
    ends = (
        device, RtuLink("l", "/dev/null"), TcpLink("t", "127.0.0.1", 1), server,
        RtuServer("r", memories, port),
    )  # fmt: skip
    try:
        assert counted(*ends) == {}
        assert told(*ends) == ""
        found = {name for name in COUNTERS for end in ends if hasattr(end, name)}
        assert found == COUNTERS.keys() - _TLS_ONLY
    finally:
        server.close()


def test_a_unit_that_is_silent_says_how_often(tmp_path):
    device = Device("cdu", LoopbackLink("here", {}), 1, now_ns=lambda: 0)
    for _ in range(5):
        device.fetch(b"\x03\0\0\0\x01")
    assert counted(device, device.link) == {"timeouts": 3, "openings": 1, "skipped": 2}
    assert told(device) == "3 requests without an answer, 1 time set aside, 2 requests left out"


def test_counts_of_both_ends_and_of_many_clients_are_sums():
    line = SimpleNamespace(noise=3, late=1)
    server = SimpleNamespace(noise=9, throttled=Counter(a=2, b=3))
    assert counted(line, server) == {"late": 1, "noise": 12, "throttled": 5}
    said = "1 late reply dropped, 12 noise bytes, 5 times a client was slowed down"
    assert told(line, server) == said


def test_a_record_of_another_version_is_told_too():
    assert in_words({"noise": 1, "gremlins": 2}) == "1 noise byte, 2 gremlins"
