"""Every path that writes goes through the gate: proven over all sources and imports."""

from pathlib import Path

import grimp
import pytest
from write_walls import breaches

from hil.links import pdu

ROOT = Path(__file__).parents[3]
ROOMS = ("hil", "twin", "firmware_sim", "fmus", "benchmarks")


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("hil", "twin", "firmware_sim", include_external_packages=True)


def sources():
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}


def test_nothing_is_written_past_the_gate():
    found = sources()
    assert "self.link.transact(self.unit, permit.request)" in found["hil/links/device.py"]
    assert breaches(found) == []


def test_permits_are_known_to_the_gate_and_to_devices_only(graph):
    importers = graph.find_modules_that_directly_import("hil.links.permit")
    others = {name for name in importers if not name.startswith("hil.gate.")}
    assert others == {"hil.links.device"}
    assert {name for name in importers if name.startswith("hil.gate.")}


def test_the_lower_rooms_cannot_even_reach_a_link(graph):
    for room in ("twin", "firmware_sim"):
        assert graph.find_shortest_chains(room, "hil", as_packages=True) == set()


def test_sockets_and_serial_ports_are_opened_by_links_only(graph):
    for library in ("socket", "serial", "pymodbus", "asyncio"):
        if library not in graph.modules:
            continue
        importers = graph.find_modules_that_directly_import(library)
        # a page for the browser and neighbours are no links; they may serve, and reach no device
        others = {
            name
            for name in importers
            if not name.startswith(("hil.links.", "hil.dashboard", "hil.page.", "hil.neighbours."))
        }
        assert others == set(), library


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("permit = Permit(Lease(None), 'd', block, b'')", ["makes a permit"] * 2),
        ("from hil.links.pdu import write_head", ["uses write_head"]),
        ("x = pdu.mask_write_request(1, 2, 3)", ["uses mask_write_request"]),
        ("def f(link):\n link.transact(1, b'\\x06\\0\\0\\0\\1')", ["no permit carries"]),
        ("def f(link):\n r = b'\\x05'\n link.transact(1, r)", ["no permit carries"]),
        ("def f(link):\n link.broadcast(bytes(5))", ["no permit carries"]),
        ("def f(link, p):\n link.transact(1, p.request)", ["no permit carries"]),
        ("def ask(link, r):\n link.transact(1, r)\ndef g(l):\n ask(l, b'\\x10')", ["no permit"]),
        (
            "def ask(link, r):\n link.transact(1, r)\ndef g(l, r):\n ask(l, r)\n"
            "def h(l):\n g(l, b'\\x10')",
            ["no permit carries"],
        ),
        ("def f(link):\n r = read_request('hr', 0, 1)\n r = b''\n link.transact(1, r)", ["no"]),
        ("def f(link, permit: Permit):\n link.transact(1, permit.request)", []),
        ("def f(link):\n link.transact(1, pdu.read_request('hr', 0, 1))", []),
        ("def ask(link, r):\n link.transact(1, pdu.only_read(r))\ndef g(l):\n ask(l, X)", []),
        ("def f(link):\n r = pdu.identification_request()\n link.transact(1, r)", []),
        ("def ask(k, r):\n k.transact(1, r)\ndef g(k):\n ask(k, read_request('hr', 0, 1))", []),
    ],
)
def test_the_walls_see_a_hole(code, found):
    seen = breaches({"hil/io/new.py": code})
    assert len(seen) == len(found)
    for sentence, words in zip(seen, found, strict=True):
        assert words in sentence


@pytest.mark.parametrize("function", range(256))
def test_what_only_reads_is_known_by_its_function(function):
    request = bytes((function, 14, 1, 0, 0))
    if function in (1, 2, 3, 4, 43):
        assert pdu.only_read(request) is request
    else:
        with pytest.raises(ValueError, match="it takes a permit"):
            pdu.only_read(request)


@pytest.mark.parametrize("request_", [b"", b"\x2b", b"\x2b\x0d\0"])
def test_what_nobody_knows_may_write(request_):
    with pytest.raises(ValueError, match="it takes a permit"):
        pdu.only_read(request_)
