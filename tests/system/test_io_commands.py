"""`hukka io` against real devices on TCP and on ptys: what it says, and how it ends."""

import json
import os
import pty
import re
import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest
from io_desk import MAP, Program, device, io

from hil.gate import Entry
from hil.gate.journal import Journal
from twin.registers import Block, load_map

REFUSED = [
    (("read", "tcp://127.0.0.1:1"), "give either ranges such as hr:100:10, or --map MAP"),
    (("read", "tcp://127.0.0.1:1", "hr:1", "--map", "x.csv"), "give either ranges"),
    (("read", "tcp://127.0.0.1:1", "hr:1", "--point", "x"), "--point goes with --map MAP"),
    (("read", "tpc://x", "hr:1"), "did you mean 'tcp'?"),
    (("read", "tcp://x", "hr:1", "--timeout", "soon"), "--timeout = 'soon': must be a duration"),
    (("read", "tcp://x", "--map", "none.csv"), "none.csv: not a readable map"),
    (("scan", "tcp://x", "--units", "5-2"), "--units = '5-2': must be 0 to 255, rising"),
    (("scan", "rtu:x", "--units", "0-9"), "--units = '0-9': must be 1 to 247, rising"),
    (("scan", "rtu:x", "--units", "all"), "must be a list such as 1-20,247"),
    (("watch", "tcp://x", "hr:1", "--expect", "9..1"), "--expect = '9..1': must be LOW..HIGH"),
    (("watch", "tcp://x", "co:1"), "a bit has no byte order"),
    (("watch", "tcp://x", "hr:1", "hr:2:1:int16"), "are watched apart"),
    (("watch", "tcp://x", "hr:1", "--count", "1", "--duration", "1s"), "either --count or"),
    (("bench", "tcp://x", "hr:0:126"), "range = 'hr:0:126': must be at most 125 in one read"),
    (("serve", "MAP"), "give one of LINK, --tcp HOST:PORT, --rtu PATH and --pty PATH"),
    (("serve", "MAP", "--tcp", "1502"), "--tcp = '1502': must be HOST:PORT"),
    (("serve", "MAP", "--tcp", "127.0.0.1:0", "--set", "T_limt=5"), "did you mean 'T_limit'?"),
    (("serve", "MAP", "--tcp", "127.0.0.1:0", "--set", "T_limit=95"), "must be 20 to 90 degC"),
    (("serve", "MAP", "--tcp", "127.0.0.1:0", "--set", "T_flow=9e9"), "T_flow = 9000000000"),
    (("serve", "MAP", "--tcp", "127.0.0.1:0", "--set", "T_flow"), "must be NAME=VALUE"),
    (("serve", "MAP", "--rtu", "/dev/nothing"), "--rtu: /dev/nothing: "),
    (("serve", "MAP", "--rtu", "tcp://x"), "must be a serial device"),
    (("sniff", "/dev/nothing", "--parity", "X"), "parity = 'X': must be N, E or O"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(r[0]) for r in REFUSED])
def test_a_wrong_argument_is_refused(tmp_path, arguments, message):
    file = tmp_path / "map.csv"
    file.write_text(MAP)
    said = io(*(str(file) if a == "MAP" else a for a in arguments))
    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
def test_read_gives_every_kind_of_value_and_each_failure_its_reason(tmp_path, rtu):
    with device(tmp_path, "energy=4200", rtu=rtu) as (link, bank):
        said = io("read", link, "--map", tmp_path / "map.csv", "--json")
        assert said.code == 0
        values = {v["name"]: v for v in json.loads(said.out)["values"]}
        assert bank.asked == {"read_registers", "read_bits"}
    assert {name: v["value"] for name, v in values.items()} == {
        "power": pytest.approx(31.4), "T_flow": 71.5, "T_limit": 80.0, "T_broken": None,
        "mode": 1.0, "energy": 4200.0, "energy_sf": 2.0, "name_plate": "HP-9", "pump": 1.0,
        "alarm": 0.0,
    }  # fmt: skip
    assert values["mode"]["meaning"] == "auto"
    assert values["T_broken"]["quality"] == "NO_VALUE"
    assert all(re.match(r"20\d\d-\d\d-\d\dT[\d:.]{12}\+00:00$", v["t"]) for v in values.values())


def test_a_number_that_the_map_has_no_word_for_is_said_to_be_unknown(tmp_path):
    with device(tmp_path) as (link, bank):
        bank.bank.set("mode", 7)
        said = io("read", link, "--map", tmp_path / "map.csv", "--point", "mode", "--json")
    (mode,) = json.loads(said.out)["values"]
    assert (mode["value"], mode["meaning"]) == (7.0, "7 (unknown)")


def test_a_map_that_says_too_much_costs_only_what_is_not_there(tmp_path):
    with device(tmp_path) as (link, _):
        more = "phantom,hr,19,uint16,,1,,-,r,,,,,\n"
        (tmp_path / "more.csv").write_text(MAP + more)
        said = io("read", link, "--map", tmp_path / "more.csv", "--json")
    values = {v["name"]: v for v in json.loads(said.out)["values"]}
    assert [name for name, v in values.items() if v["quality"] == "REFUSED"] == ["phantom"]
    assert values["phantom"]["value"] is None
    assert "illegal data address" in values["phantom"]["why"]
    assert (said.code, said.err) == (3, "hukka: 1 of 11 values were not read\n")


def test_a_silent_unit_is_not_asked_for_everything(tmp_path):
    with device(tmp_path, rtu=True) as (link, _):
        ranges = [f"hr:{100 * i}" for i in range(50)]
        said = io("read", link, "--unit", "9", *ranges, "--json")
    values = json.loads(said.out)["values"]
    assert {v["quality"] for v in values} == {"TIMEOUT"}
    assert said.code == 4
    assert "nothing was read" in said.err
    assert "did not answer within 100 ms" in said.err


def test_nobody_at_an_address_is_a_lost_link():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    said = io("read", f"tcp://127.0.0.1:{port}", "hr:0")
    assert said.code == 4
    assert "Connection refused" in said.err
    said = io("scan", f"tcp://127.0.0.1:{port}")
    assert said.code == 4
    assert io("scan", "/dev/nothing").code == 4


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
def test_scan_finds_units_and_who_they_are(tmp_path, rtu):
    units = (4, 9)
    with device(tmp_path, rtu=rtu, units=units) as (link, bank):
        said = io("scan", link, "--units", "1-10", "--timeout", "30ms", "--json")
        assert bank.asked == {"read_registers", "read_bits"} or bank.asked == {"read_registers"}
    assert said.code == 0
    assert " at most " in said.err
    found = json.loads(said.out)
    assert [u["unit"] for u in found["units"]] == list(units)
    who = {"vendor": "Example", "product_code": "map", "revision": "3"}
    assert all(u["identity"] == who for u in found["units"])
    assert found["complete"] is True
    if rtu:
        assert found["setting"] == {"baud": 19200, "parity": "E", "stop_bits": 1}


def test_a_scan_of_nobody_says_so(tmp_path):
    with device(tmp_path, rtu=True, units=(77,)) as (link, _):
        said = io("scan", f"{link}&baud=9600&parity=N", "--units", "1-3", "--timeout", "10ms")
    assert (said.code, said.out) == (3, "")
    assert said.err.endswith("nothing found\n")


@pytest.fixture(autouse=True)
def gate_folder(tmp_path, monkeypatch):
    """Journal and audit log of the write gate, away from the user's own."""
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "gate"))


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
def test_write_is_held_read_back_and_put_back(tmp_path, rtu):
    with device(tmp_path, rtu=rtu) as (link, bank):
        file = tmp_path / "map.csv"
        phrase = ("--phrase", link.partition("?")[0], "--ttl", "2s", "--reason", "step 12")
        said = io("write", link, file, "T_limit", "75.5", *phrase, "--expect", "80")
        held = "T_limit: 80 -> 75.5 degC, held for 2.0 s; Ctrl-C puts it back"
        assert (said.code, said.out.splitlines()) == (0, [held, "T_limit: 80 degC is back"])
        assert bank.bank.get("T_limit") == 80.0
        assert bank.bank.writes == 2
        plain = io("write", link, file, "mode", "hand", *phrase, "--json")
        assert json.loads(plain.out) == {
            "point": "mode", "unit": "-", "wanted": 2.0, "before": 1.0, "after": 2.0, "why": "",
        }  # fmt: skip
        refusals = {
            ("T_limit", "91", *phrase): "must be 20 to 90",
            ("T_limit", "75", *phrase, "--expect", "60"): "expected 60",
            ("T_flow", "50", *phrase): "does not let it be",
            ("T_limit", "75", *phrase[2:]): f"must be {phrase[1]!r}",
            ("T_limit", "75", *phrase[:4], "--reason", " "): "why",
            ("T_limit", "75", "--phrase", "yes", *phrase[2:]): f"type {phrase[1]!r}",
            ("T_limt", "75", *phrase): "did you mean 'T_limit'?",
            ("name_plate", "75", *phrase): "text is not written",
            ("T_limit", "warm", *phrase): "T_limit = 'warm': must be a number [degC]",
            ("mode", "aut", *phrase): "mode = 'aut': unknown word, did you mean 'auto'?",
        }
        for arguments, message in refusals.items():
            said = io("write", link, file, *arguments)
            assert (said.code, said.out) == (2, ""), arguments
            assert message in said.err
        assert bank.bank.writes == 4


def test_a_device_that_holds_something_else_is_told_of(tmp_path):
    with device(tmp_path) as (link, bank):
        kept = bank.bank.write_registers
        bank.write_registers = lambda address, payload: kept(address, b"\x02\x00")
        said = io(
            "write", link, tmp_path / "map.csv", "T_limit", "70",
            "--reason", "x", "--phrase", link, "--ttl", "1s",
        )  # fmt: skip
    assert (said.code, said.out) == (4, "")  # what was there before cannot be put back either
    assert "T_limit" in said.err


def killed_while_it_holds(folder, link):
    arguments = ("T_limit", "70", "--reason", "x", "--phrase", link.partition("?")[0])
    with Program("write", link, folder / "map.csv", *arguments, "--ttl", "1h") as program:
        program.process.kill()
        program.process.wait()


def test_what_was_left_on_a_serial_line_goes_back_before_the_next_write_on_it(tmp_path):
    with device(tmp_path, rtu=True) as (link, bank):
        killed_while_it_holds(tmp_path, link)
        assert bank.bank.get("T_limit") == 70.0
        phrase = ("--phrase", link.partition("?")[0], "--ttl", "1s", "--reason", "step 12")
        said = io("write", link, tmp_path / "map.csv", "mode", "2", *phrase)
        assert (said.code, said.out.splitlines()[-1]) == (0, "mode: 1 is back")
        assert bank.bank.get("T_limit") == 80.0


def test_restore_puts_back_what_a_killed_session_left(tmp_path):
    with device(tmp_path) as (link, bank):
        assert io("restore").out == "nothing was left behind\n"
        killed_while_it_holds(tmp_path, link)
        said = io("restore")
        assert (said.code, bank.bank.get("T_limit")) == (0, 80.0)
        assert re.fullmatch(r"back: .* unit 1, hr 13\): T_limit = 80 degC\n", said.out)
        assert io("restore").out == "nothing was left behind\n"


def test_restore_gives_up_for_a_reason_and_only_what_cannot_be_put_back(tmp_path):
    (tmp_path / "gate").mkdir()
    with device(tmp_path) as (link, bank):
        limit = load_map(tmp_path / "map.csv").point("T_limit")
        journal = Journal(tmp_path / "gate")
        for address in (link, "tpc://gone"):
            journal.hold(Entry("hp", address, 1, Block([limit]), b"\x02\xbc"))
        journal.close()
        assert io("restore", "--give-up", " ").code == 2
        said = io("restore")
        assert (said.code, bank.bank.get("T_limit")) == (4, 70.0)
        assert "tpc://gone" in said.err
        said = io("restore", "--give-up", "scrapped")
    assert said.code == 0
    assert said.out == "given up: hp (tpc://gone, unit 1, hr 13): T_limit = 70 degC\n"
    assert not (tmp_path / "gate" / "journal.jsonl").exists()
    assert '"event":"given up"' in (tmp_path / "gate" / "audit.jsonl").read_text()


def test_ctrl_c_puts_back_what_was_written(tmp_path):
    with device(tmp_path) as (link, bank):
        arguments = ("T_limit", "70", "--reason", "x", "--phrase", link, "--ttl", "1h")
        with Program("write", link, tmp_path / "map.csv", *arguments) as program:
            assert bank.bank.get("T_limit") == 70.0
            assert "held for 60 min" in program.said
            assert program.end(signal.SIGINT).code == 130
        assert bank.bank.get("T_limit") == 80.0


def test_a_terminal_that_is_gone_is_no_reason_to_leave_a_value_behind(tmp_path):
    with device(tmp_path) as (link, bank):
        arguments = ("T_limit", "70", "--reason", "x", "--phrase", link, "--ttl", "1h")
        with Program("write", link, tmp_path / "map.csv", *arguments) as program:
            assert bank.bank.get("T_limit") == 70.0
            program.process.stderr.close()
            program.process.send_signal(signal.SIGHUP)
            assert program.process.wait(30) == 130
            program.process.stderr = None
        assert bank.bank.get("T_limit") == 80.0


def test_bench_counts_what_it_asked_and_only_reads(tmp_path):
    with device(tmp_path) as (link, bank):
        said = io("bench", link, "hr:10:4", "--duration", "150ms", "--json")
        assert bank.asked == {"read_registers"}
        assert said.code == 0
        failing = io("bench", link, "hr:900", "--duration", "20ms", "--json")
    found = json.loads(said.out)
    assert found["qualities"] == {"GOOD": found["transactions"]}
    assert found["per_s"] == pytest.approx(found["transactions"] / found["duration_s"])
    times = found["latency_ms"]
    order = [times[name] for name in ("p50", "p90", "p99", "p999", "max")]
    assert order == sorted(order)
    assert 0 < times["p50"] < 150
    assert [found[k] for k in ("limit_per_s", "share_of_limit", "adapter")] == [None] * 3
    assert failing.code == 3
    assert set(json.loads(failing.out)["qualities"]) == {"REFUSED"}


def test_watch_of_an_address_leaves_what_can_be_meant(tmp_path):
    with device(tmp_path) as (link, _):
        said = io("watch", link, "hr:8:4", "--expect", "25..40", "--count", "2", "--every", "10ms")
        plain = io("watch", link, "hr:10", "--count", "1", "--json")
        nothing = io("watch", link, "hr:500", "--count", "1")
    assert said.code == 0
    lines = [line.split()[1:] for line in said.out.splitlines()]
    assert [line for line in lines if line[0] == "hr:10"] == [
        ["hr:10", "float32", "CDAB", "31.4"]
    ] * 2
    assert len(lines) == 4  # the high word alone is 31.4 too, with any low word behind it
    candidates = json.loads(plain.out)["addresses"]["hr:10"]
    types = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (16, 32, 64)}
    assert {c["type"] for c in candidates} >= types | {"float32", "float64"}
    assert len({(c["type"], c["order"]) for c in candidates}) == len(candidates)
    assert nothing.code == 3


def test_watch_of_a_map_sees_changes(tmp_path):
    with device(tmp_path) as (link, bank), Program(
        "watch", link, "--map", tmp_path / "map.csv", "--point", "T_flow", "--every", "50ms",
        "--json",
    ) as program:  # fmt: skip
        assert json.loads(program.said)["values"][0]["value"] == 71.5
        bank.bank.set("T_flow", 20.0)
        while '"value": 20.0' not in (line := program.process.stdout.readline()):
            assert json.loads(line)["values"][0]["value"] == 71.5
        said = program.end(signal.SIGINT)
    assert (said.code, said.err) == (0, "")


def test_a_terminal_of_80_columns_shows_a_live_table(tmp_path):
    near, far = pty.openpty()
    with device(tmp_path) as (link, _):
        arguments = ("watch", link, "hr:10", "--count", "3", "--every", "20ms")
        with Program(*arguments, stdout=far, stream="stderr", stderr=None) as program:
            os.close(far)
            shown = b""
            try:
                while chunk := os.read(near, 4096):
                    shown += chunk
            except OSError:  # the other end is closed
                pass
            assert program.end().code == 0
    os.close(near)
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
    assert "look 3" in text
    assert "*31.4" in text
    assert max(len(line) for line in re.split(r"[\r\n]+", text)) <= 80


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", ["--tcp", "--pty"])
def test_serve_is_a_device_until_it_is_ended(tmp_path, way, number):
    (tmp_path / "map.csv").write_text(MAP)
    where = "127.0.0.1:0" if way == "--tcp" else str(tmp_path / "line")
    arguments = ("serve", tmp_path / "map.csv", way, where, "--unit", "5", "--set", "T_flow=12.5")
    with Program(*arguments, "-v") as program:
        port = re.search(r"127.0.0.1:(\d+)", program.said)
        link = f"tcp://127.0.0.1:{port[1]}" if port else f"rtu:{where}"
        said = io("read", link, "--unit", "5", "hr:12", "hr:99")
        assert "125" in said.out
        phrase = ("--reason", "x", "--phrase", link, "--unit", "5", "--ttl", "2s")
        assert io("write", link, tmp_path / "map.csv", "mode", "2", *phrase).code == 0
        ended = program.end(number)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert any(line.endswith("unit 5: reads hr 12") for line in lines)
    assert any(line.startswith("127.0.0.1 ") for line in lines) == (way == "--tcp")
    assert any("reads hr 99: refused, exception 2" in line for line in lines)
    assert any("writes hr 15: mode = 2" in line for line in lines)
    assert re.fullmatch(r"map.csv: \d+ requests, 2 writes", lines[-1])
    assert not Path(where).is_symlink()


def test_serve_holds_masters_to_the_limits_of_its_map(tmp_path):
    with device(tmp_path) as (link, bank):
        (tmp_path / "loose.csv").write_text(MAP.replace("rw,20,90", "rw,0,200"))
        phrase = ("--reason", "x", "--phrase", link, "--ttl", "1s")
        said = io("write", link, tmp_path / "loose.csv", "T_limit", "150", *phrase)
        assert bank.bank.get("T_limit") == 80.0
    assert said.code == 3
    assert "exception 3" in said.err
