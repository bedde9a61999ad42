"""`hukka io scan` of devices that hang up, and of lines that are gone before its end."""

import json
import os
import pty
import socket
import threading
import tty
from contextlib import closing, contextmanager, suppress

import pytest
from io_desk import io
from links_lines import mbap, request_of, served, small_bank, tcp_peer

from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.server import answer
from hil.links.socket_port import ListeningPort


@pytest.fixture
def bank(tmp_path):
    return small_bank(tmp_path)


def hangs_up(bank, *units):
    """A device of `units` that closes the connection on whoever asks for another one."""

    def talk(connection):
        with suppress(ConnectionResetError):  # the scan is over
            while True:
                transaction, unit, request = request_of(connection)
                if unit not in units:
                    return
                connection.sendall(mbap(transaction, unit, answer({unit: bank}, unit, request)))

    return talk


def scan(port, units, scheme="tcp"):
    link = f"{scheme}://127.0.0.1:{port}"
    said = io("scan", link, "--units", units, "--timeout", "5s", "--json")
    return said, json.loads(said.out)


def test_a_device_that_hangs_up_on_unknown_units_is_asked_for_all_of_them(bank):
    with tcp_peer(*[hangs_up(bank, 2, 6)] * 5) as port:  # a connection is lost with 1, 3, 4, 5
        said, found = scan(port, "1-6")
    assert (said.code, found["complete"]) == (0, True)
    assert [unit["unit"] for unit in found["units"]] == [2, 6]
    assert [hint["unit"] for hint in found["hints"]] == [1, 3, 4, 5]
    assert {hint["what"] for hint in found["hints"]} == {
        f"hangs up: tcp://127.0.0.1:{port}: the other side closed the connection"
    }


def test_a_gateway_of_serial_frames_that_hangs_up_is_asked_for_all_units(bank):
    def talk(connection):
        while frame := connection.recv(64):
            if frame[0] != 3:
                return
            connection.sendall(seal(3, answer({3: bank}, 3, frame[1:-2])))

    with tcp_peer(*[talk] * 3) as port:
        said, found = scan(port, "1-3", "rtutcp")
    assert said.code == 0, said.err
    assert [unit["unit"] for unit in found["units"]] == [3]
    assert [hint["unit"] for hint in found["hints"]] == [1, 2]


def test_a_line_behind_a_gateway_has_the_units_of_a_line(bank):
    door = ListeningPort("gateway", "127.0.0.1", 0)
    with served(RtuServer("line", {3: bank}, door)):
        link = f"rtutcp://127.0.0.1:{door.port}"
        said = io("scan", link, "--timeout", "1ms", "--json")  # all that a line can have
        refused = io("scan", link, "--units", "0-9")
    assert said.code in (0, 3), said.err  # a loaded machine may take longer than 1 ms
    assert (refused.code, "must be 1 to 247" in refused.err) == (2, True)


@contextmanager
def takes_one(talk):
    """A listener of one connection: whoever comes later finds nobody."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        listener.close()
        with connection:
            talk(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    with closing(listener):
        yield listener.getsockname()[1]
        thread.join()


def test_what_was_found_before_a_device_was_gone_is_told(bank):
    with takes_one(hangs_up(bank, 1, 2)) as port:
        said, found = scan(port, "1-9")
    assert (said.code, found["complete"]) == (4, False)
    assert [unit["unit"] for unit in found["units"]] == [1, 2]
    assert [hint["unit"] for hint in found["hints"]] == [3]
    assert "no connection to" in said.err


@contextmanager
def line_that_goes(bank, units, last):
    """A serial device with `units` that is pulled out when unit `last` is asked."""
    near, far = pty.openpty()
    tty.setraw(far)

    def serve():
        while (frame := os.read(near, 8))[0] != last:
            if frame[0] in units:
                os.write(near, seal(frame[0], answer({frame[0]: bank}, frame[0], frame[1:-2])))
        os.close(far)
        os.close(near)

    thread = threading.Thread(target=serve)
    thread.start()
    yield os.ttyname(far)
    thread.join()


def test_what_was_found_before_a_serial_line_was_gone_is_told(bank):
    with line_that_goes(bank, (1, 3), last=5) as path:
        link = f"rtu:{path}?baud=19200&parity=E&stop=1"
        said = io("scan", link, "--units", "1-9", "--timeout", "300ms", "--json")
    found = json.loads(said.out)
    assert (said.code, found["complete"]) == (4, False)
    assert [unit["unit"] for unit in found["units"]] == [1, 3]
    assert "is gone" in said.err
