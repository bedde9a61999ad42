"""Links in a process that has many files open, as a bench with thousands of points may."""

import contextlib
import os
import socket
import sys

import pytest
from links_lines import served, small_bank

from hil.links import pdu
from hil.links.pty_line import PtyPort
from hil.links.ready import SELECTABLE, ready
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.socket_port import ListeningPort
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns

resource = pytest.importorskip("resource")
REQUEST = pdu.read_request("hr", 4, 1)
MS = 1_000_000


@contextlib.contextmanager
def many_files():
    """Every descriptor that `select` could take is in use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * SELECTABLE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            pytest.skip(f"this system allows {hard} open files only")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    taken = []
    try:
        while not taken or taken[-1] < SELECTABLE:
            taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_tcp_link_works_above_what_select_can_take(tmp_path):
    with many_files(), served(TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0)) as lan:
        link = TcpLink("link", "127.0.0.1", lan.port)
        for _ in range(3):  # from the second on it looks whether the peer is still there
            assert pdu.check_read_reply(REQUEST, link.transact(1, REQUEST)) == b"\0\7"
        assert link.connects == 1
        link.close()


def test_a_serial_line_works_above_what_select_can_take(tmp_path):
    with many_files():
        line = RtuServer("line", {1: small_bank(tmp_path)}, PtyPort(tmp_path / "line"))
        with served(line):
            link = RtuLink("link", str(tmp_path / "line"), timeout_s=5)
            for _ in range(3):
                assert pdu.check_read_reply(REQUEST, link.transact(1, REQUEST)) == b"\0\7"
            assert (link.noise, link.late) == (0, 0)
            link.close()


def test_a_gateway_works_above_what_select_can_take(tmp_path):
    with many_files():
        port = ListeningPort("line", "127.0.0.1", 0)
        with served(RtuServer("line", {1: small_bank(tmp_path)}, port)):
            link = RtuTcpLink("link", "127.0.0.1", port.port, timeout_s=5)
            for _ in range(3):
                assert pdu.check_read_reply(REQUEST, link.transact(1, REQUEST)) == b"\0\7"
            link.close()


@pytest.mark.skipif(sys.platform == "darwin", reason="this system has no ppoll")
def test_a_wait_ends_at_its_instant_and_not_at_the_next_millisecond():
    """3.5 characters at 19200 baud and more are 1.75 to 2 ms: rounding up would double waits."""
    with many_files():
        silent, end = os.pipe()
        assert silent >= SELECTABLE
        over_ns = []
        for _ in range(50):
            deadline_ns = monotonic_ns() + MS // 10
            assert ready((silent,), deadline_ns) == []
            over_ns.append(monotonic_ns() - deadline_ns)
        os.write(end, b"x")
        assert ready((silent,), monotonic_ns() + 60_000 * MS) == [silent]
        os.read(silent, 1)
        os.close(end)
        assert ready((silent,), monotonic_ns() + 60_000 * MS) == [silent]  # gone: a read says so
        os.close(silent)
    assert min(over_ns) >= 0
    assert min(over_ns) < MS // 2


@contextlib.contextmanager
def no_files():
    """Not one descriptor is left."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(64, taken[0] + 8), hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def worked_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def tcp_door(tmp_path, said):
    return TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0, say=said.append)


def gateway_door(tmp_path, said):
    return RtuServer("line", {1: small_bank(tmp_path)}, ListeningPort("line", "127.0.0.1", 0))


@pytest.mark.parametrize("door", [tcp_door, gateway_door])
def test_who_cannot_be_let_in_is_waited_with_and_not_asked_for_in_a_circle(tmp_path, door):
    said = []
    server = door(tmp_path, said)
    with contextlib.closing(server), socket.socket() as client:
        with no_files():
            client.connect(("127.0.0.1", server.port))
            before_s = worked_s()
            server.poll(monotonic_ns() + 400 * MS)
            took_s = worked_s() - before_s
        assert took_s < 0.04
        if door is tcp_door:
            assert said == ["lan: nobody is let in: Too many open files"]
            client.sendall(b"\0\1\0\0\0\6\1" + REQUEST)
        else:
            client.sendall(seal(1, REQUEST))
        assert server.poll(monotonic_ns() + 300 * MS) == 1
        assert client.recv(64).endswith(b"\0\7" if door is tcp_door else seal(1, b"\3\2\0\7"))
