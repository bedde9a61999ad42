"""Ctrl-C comes wherever the server is just then; what it leaves can always be closed."""

import socket
import sys

import pytest
from links_lines import mbap, small_bank

from hil.gate.interrupt import Interrupted
from hil.links import pdu, tcp_server
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns

REQUEST = mbap(1, 1, pdu.read_request("hr", 0, 1))


class InterruptAtLine:
    """A trace function for which a signal comes at the n-th line of the server that runs."""

    def __init__(self, number):
        self.left = number

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename != tcp_server.__file__:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise Interrupted
        return self


def came_spoke_and_left(server, number):
    """Whether a client's whole visit took less than `number` lines of the server."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        before = sys.gettrace()
        sys.settrace(InterruptAtLine(number))
        try:
            server.poll(monotonic_ns())  # lets it in
            client.sendall(REQUEST)
            server.poll(monotonic_ns())
            client.shutdown(socket.SHUT_WR)
            server.poll(monotonic_ns())
        except Interrupted:
            return False
        finally:
            sys.settrace(before)
        client.settimeout(5)
        assert client.recv(100)[:2] == REQUEST[:2]
        return client.recv(1) == b""


# a connection whose client was not made yet is closed by Python itself
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_server_interrupted_at_any_line_gives_its_address_back(tmp_path):
    bank = small_bank(tmp_path)
    for number in range(1, 1000):
        server = TcpServer("lan", {1: bank}, "127.0.0.1", 0)
        try:
            whole = came_spoke_and_left(server, number)
        finally:
            server.close()
        TcpServer("lan", {1: bank}, "127.0.0.1", server.port).close()
        if whole:
            break
    assert 50 < number < 999
