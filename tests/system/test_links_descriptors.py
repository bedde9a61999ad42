"""Links in a process that has many files open, as a bench with thousands of points may."""

import contextlib
import os

import pytest
from links_lines import served, small_bank

from hil.links import pdu
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer

resource = pytest.importorskip("resource")
SELECTABLE = 1024
"""More descriptors than this `select` cannot tell apart (FD_SETSIZE)."""


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
    request = pdu.read_request("hr", 4, 1)
    with many_files(), served(TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0)) as lan:
        link = TcpLink("link", "127.0.0.1", lan.port)
        for _ in range(3):  # from the second on it looks whether the peer is still there
            assert pdu.check_read_reply(request, link.transact(1, request)) == b"\0\7"
        assert link.connects == 1
        link.close()
