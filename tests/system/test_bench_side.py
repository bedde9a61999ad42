"""The bench's end of a link: who was heard, and what was answered for whom."""

import math
from contextlib import suppress

import pytest
from links_lines import served, small_bank

from firmware_sim import map_path
from hil.bench import health
from hil.bench.endpoint import Endpoint, open_link, open_server
from hil.bench.side import Asking
from hil.bench.wiring import ControllerWiring, Tap
from hil.links import pdu
from hil.links.line import EmulatedLine
from hil.links.line.server import LineServer
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.tcp_server import TcpServer
from twin.clock import NS_PER_S, WallClock
from twin.registers import RegisterBank, load_map
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 1)


def test_a_controller_that_has_no_value_was_heard_and_a_silent_one_was_not():
    bank = RegisterBank(load_map(map_path("network")))
    server = TcpServer("lan", {1: bank, 2: bank}, "127.0.0.1", 0)
    endpoint = Endpoint("lan", "tcp", port=server.port)
    command = Tap("u_pump", 0, "-")
    wiring = [
        ControllerWiring(f"net{unit}", "network", "server", unit, "lan", {}, (), (command,))
        for unit in (1, 9)
    ]
    with served(server):
        side = Asking(endpoint, wiring, NS_PER_S)
        bank.set("u_pump", 50.0)
        assert side.exchange(0, 0, None) == ([0.5], [Quality.GOOD])
        bank.set("u_pump", math.nan)
        (value,), quality = side.exchange(0, 0, None)
        assert (math.isnan(value), quality) == (True, [Quality.NO_VALUE])
        side.exchange(1, 0, None)
        side.close()
    assert side.heard(0)[0] == 2
    assert side.heard(1)[0] == 0


def over(folder, transport, banks):
    """A server of several units, and the link that asks it."""
    if transport == "line":
        path = folder / "line"
        slaves = {f"slave {unit}": (unit, bank) for unit, bank in banks.items()}
        server = LineServer(EmulatedLine(WallClock(0), 115_200), path, slaves)
        return server, RtuLink("line", str(path), 115_200, timeout_s=1.0)
    endpoint = Endpoint("lan", transport, timeout_s=1.0)
    server = open_server(endpoint, banks)
    return server, open_link(endpoint.at(server))


@pytest.mark.parametrize("transport", ["tcp", "rtu_tcp", "line"])
def test_every_unit_of_a_shared_link_has_its_own_transactions(tmp_path, transport):
    bank = small_bank(tmp_path)
    server, link = over(tmp_path, transport, {1: bank, 2: bank, 3: bank})
    with served(server):
        for unit in (1, 2, 1, 1):
            link.transact(unit, READ)
        with suppress(LinkFault):  # a gateway says that nobody is there, a line says nothing
            link.transact(9, READ)
        link.close()
    rows = [health.served(server, unit, 0, 0, 0) for unit in (1, 2, 3)]
    assert [row["transactions"] for row in rows] == [3, 1, 0]
    assert rows[2]["p50_us"] is None
    timed = [row["p50_us"] is not None for row in rows]
    assert timed == ([False] * 3 if transport == "line" else [True, True, False])


def test_a_device_with_one_unit_answers_for_it_under_its_other_ids_too(tmp_path):
    server = TcpServer("lan", {5: small_bank(tmp_path)}, "127.0.0.1", 0)
    with served(server):
        link = open_link(Endpoint("lan", "tcp", port=server.port))
        for unit in (5, 0, 255):
            link.transact(unit, READ)
        link.close()
    assert health.served(server, 5, 0, 0, 0)["transactions"] == 3
