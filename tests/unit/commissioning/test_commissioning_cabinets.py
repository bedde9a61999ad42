"""Who a cabinet says it is, and what cannot be done to it."""

import threading

import pytest
from commissioning_samples import book_of

from hil.bench.endpoint import Endpoint
from hil.bench.field import Line
from hil.bench.wire import wire
from hil.commissioning.cabinets import who_they_are
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns

SAID = {0: b"Maker", 1: b"HP-9", 2: b"2.14", 128: b"SN 4711", 130: b"Oulu"}


@pytest.fixture
def cabinet():
    """The line of a heat pump that says who it is."""
    server = TcpServer("hp", {3: {}}, "127.0.0.1", 0, SAID)
    ended = threading.Event()

    def serve():
        while not ended.is_set():
            server.poll(monotonic_ns() + 10_000_000)

    thread = threading.Thread(target=serve)
    thread.start()
    endpoint = Endpoint("hp_line", "tcp", port=server.port)
    wiring = [w for w in wire(book_of().site, book_of().layout) if w.name == "heat_pump"]
    yield Line(endpoint, tuple(wiring), False, endpoint)
    ended.set()
    thread.join()
    server.close()


def site_with(number):
    site = book_of().site
    told = site.controllers["heat_pump"].model_copy(update={"serial_object": number})
    return site.model_copy(update={"controllers": {**site.controllers, "heat_pump": told}})


def test_it_says_maker_product_firmware_and_where_its_serial_number_is(cabinet):
    who = {"vendor": "Maker", "product_code": "HP-9", "revision": "2.14"}
    assert who_they_are(site_with(128), [cabinet]) == {
        "heat_pump": {**who, "object_0x82": "Oulu", "serial_number": "SN 4711"}
    }
    assert who_they_are(site_with(None), [cabinet]) == {
        "heat_pump": {**who, "object_0x80": "SN 4711", "object_0x82": "Oulu"}
    }
    assert "serial_number" not in who_they_are(site_with(200), [cabinet])["heat_pump"]


def test_a_controller_that_is_played_is_not_asked(cabinet):
    played = Line(cabinet.endpoint, cabinet.wiring, True, cabinet.endpoint)
    assert who_they_are(site_with(128), [played]) == {}
