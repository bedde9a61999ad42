"""`hukka io scan` and `sniff` on serial lines: rates, other masters, and ends before the end."""

import json
import os
import signal
import threading
from contextlib import contextmanager, suppress

import pytest
from io_desk import MAP, Program, io
from io_lines import baud_aware_slave, shared_line
from links_lines import registers_of, served

from hil.io.serve import bank_of
from hil.links import pdu
from hil.links.line.emulated import EmulatedLine
from hil.links.line.server import LineServer
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from twin.clock import WallClock
from twin.registers import load_map


def only(*units):
    return lambda unit, request: (
        registers_of(unit, request) if unit in units and request[0] in (3, 4) else None
    )


@pytest.mark.realtime  # a slave that takes 10 ms for an answer is not there
def test_the_rate_of_a_line_is_found(tmp_path):
    with baud_aware_slave(tmp_path, 38400, only(2, 40)) as path:
        said = io("scan", path, "--units", "1-3,40", "--timeout", "10ms", "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert found["setting"]["baud"] == 38400
    assert [u["unit"] for u in found["units"]] == [2, 40]
    assert found["units"][1]["answers"] == ["hr 0 = 40000", "ir 0 = 40000"]
    assert found["units"][0]["identity"] == {}
    assert {h["setting"].split()[0] for h in found["hints"]} <= {"19200"}
    assert found["hints"]


def test_the_rate_of_an_emulated_line_is_found_over_its_pty(tmp_path):
    """Characters take their time there, and at a wrong rate they are garbage on the wire."""
    (tmp_path / "map.csv").write_text(MAP)
    bank = bank_of(load_map(tmp_path / "map.csv"), ())
    line = EmulatedLine(WallClock(0), 9600, "N", 1)
    server = LineServer(line, tmp_path / "line", {"meter": (2, bank)})
    with served(server):
        link = f"rtu:{tmp_path / 'line'}"
        said = io("scan", link, "--units", "1-3", "--timeout", "150ms", "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["setting"]["baud"] == 9600
    assert [u["unit"] for u in found["units"]] == [2]
    assert line.characters > 0


def test_a_scan_that_is_stopped_tells_what_it_found(tmp_path):
    asked = []

    def react(unit, request):
        asked.append(unit)
        if unit == 6:
            scanning.process.send_signal(signal.SIGINT)
        return only(1)(unit, request)

    with baud_aware_slave(tmp_path, 19200, react) as path:
        arguments = ("scan", path, "--timeout", "20ms", "--json")
        with Program(*arguments, stream="stderr") as scanning:
            assert "at most" in scanning.said
            said = scanning.end()
    assert said.code == 130
    found = json.loads(said.out)
    assert [u["unit"] for u in found["units"]] == [1]
    assert found["complete"] is False
    assert not set(asked) & set(range(20, 247))


@contextmanager
def busy(path):
    """Another master that asks and asks at `path`."""
    stop = threading.Event()

    def ask():
        master = RtuLink("other", path, timeout_s=0.05)
        while not stop.is_set():
            with suppress(LinkFault):
                master.transact(1, pdu.read_request("hr", 10, 4))
        master.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_line_with_another_master_is_left_alone(tmp_path):
    with shared_line(tmp_path, 2) as (ours, theirs), busy(theirs):
        said = io("scan", ours, "--units", "1")
    assert (said.code, said.out) == (2, "")
    assert "another master is on this line" in said.err


def test_sniff_understands_a_master_and_its_devices(tmp_path):
    file = tmp_path / "map.csv"
    file.write_text(MAP)
    bank = bank_of(load_map(file), ("T_flow=55.5",))
    with shared_line(tmp_path, 3) as (ear, master_end, device_end):
        server = RtuServer("d", {1: bank}, open_serial(device_end, 19200, "N", 1))
        with (
            served(server),
            Program(
                "sniff", ear, "--map", file, "--json", "--timeout", "2s", stream="stderr"
            ) as ears,
        ):
            assert ears.said == f"hukka: listens on {ear} 19200 8E1; Ctrl-C ends it\n"
            master = RtuLink("master", master_end, timeout_s=0.2)
            master.transact(1, pdu.read_request("hr", 10, 4))
            master.transact(1, pdu.read_request("hr", 900, 1))
            master.transact(1, pdu.write_register_request(13, (755).to_bytes(2, "big")))
            with pytest.raises(LinkFault, match="did not answer"):
                master.transact(2, pdu.read_request("hr", 0, 1))
            master.transact(1, pdu.read_request("di", 3, 1))
            master.close()
            raw = open_serial(master_end, 19200, "N", 1)
            raw.write(seal(1, pdu.read_request("hr", 10, 1))[:-1] + b"\x00")
            raw.close()
            heard = []
            while len(heard) < 6:
                heard.append(json.loads(ears.process.stdout.readline()))
            said = ears.end(signal.SIGINT)
    assert said.code == 0
    assert [(e["event"], e.get("unit"), e.get("what")) for e in heard] == [
        ("answered", 1, "reads hr 10..13"),
        ("refused", 1, "reads hr 900"),
        ("answered", 1, "writes hr 13"),
        ("unanswered", 2, "reads hr 0"),
        ("answered", 1, "reads di 3"),
        ("noise", None, None),
    ]
    assert heard[0]["values"]["T_flow"] == 55.5
    assert round(heard[0]["values"]["power"], 3) == 31.4
    assert heard[1]["exception"] == 2
    assert heard[2]["values"] == {"T_limit": 75.5}
    assert heard[5]["looks_like"] == "request of unit 1, function 3, wrong checksum"
    end = json.loads(said.out.splitlines()[-1])
    assert end["event"] == "end"
    assert end["units"]["1"]["requests"] == 4
    assert end["units"]["1"]["exceptions"] == {"2": 1}
    assert end["units"]["2"]["unanswered"] == 1
    assert end["short_gaps"] == 0  # a pty tells nothing about silences


def test_sniff_for_people_sums_up_by_unit(tmp_path):
    with (
        shared_line(tmp_path, 2) as (ear, talker),
        Program("sniff", ear, "--count", "2", stream="stderr") as ears,
    ):
        raw = open_serial(talker, 19200, "N", 1)
        for unit in (7, 7):
            request = pdu.read_request("hr", 0, 1)
            raw.write(seal(unit, request))
            raw.write(seal(unit, registers_of(unit, request)))
        raw.close()
        said = ears.end()
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split(" ", 1)[1].split(" in ")[0] for line in lines[:2]] == [
        "unit   7: reads hr 0"
    ] * 2
    assert lines[2].split() == [
        "unit",
        "asked",
        "answered",
        "refused",
        "silent",
        "late",
        "orphan",
        "p50",
        "p99",
    ]
    assert lines[3].split()[:4] == ["7", "2", "2", "0"]
    assert max(map(len, lines)) <= 80


def test_sniff_never_sends(tmp_path):
    with shared_line(tmp_path, 2) as (ear, other):
        with Program("sniff", ear, "--duration", "300ms", stream="stderr") as ears:
            raw = open_serial(other, 19200, "N", 1)
            raw.write(seal(1, pdu.read_request("hr", 0, 1)))
            said = ears.end()
        descriptor = os.open(other, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            assert os.read(descriptor, 100) == b""
        os.close(descriptor)
        raw.close()
    assert said.code == 0
