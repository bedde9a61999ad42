"""mbpoll reads every register of running emulated controllers, with the values that hukka reads."""

import csv
import json
import math
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_sim import io_map_path, map_path
from hil.bench.endpoint import Endpoint, open_link
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.links.device import Device
from twin.registers import load_map, plan_blocks
from twin.site import load_site

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from bench_processes import ROOT, Bench
from desk import Desk

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed"),
]

WORDS = {"float32": ("f", 2), "uint32": ("I", 2), "int32": ("i", 2), "uint16": ("H", 1),
         "int16": ("h", 1), "string16": ("16s", 8)}  # fmt: skip
ORDERS = {"": "0123", "ABCD": "0123", "CDAB": "2301", "BADC": "1032", "DCBA": "3210"}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Registers of a map: its file read without hukka."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return [row for row in csv.DictReader(lines) if row["table"] in ("ir", "hr")]


def decode(row: dict[str, str], words: list[int]) -> float | str | None:
    """The value of a row by its type, order, scale and sentinel: an oracle of its own."""
    letter, count = WORDS[row["type"]]
    data = struct.pack(f">{count}H", *words)
    if letter == "16s":
        return data.rstrip(b"\0 ").decode()
    order = [int(i) for i in ORDERS[row["order"]]]
    if count == 1:
        order = [0, 1] if order.index(0) < order.index(1) else [1, 0]
    (raw,) = struct.unpack(f">{letter}", bytes(data[i] for i in order))
    sentinel = row["nan"]
    if sentinel == "nan" and math.isnan(raw):
        return None
    bits = (1 << 16 * count) - 1
    if sentinel not in ("", "nan") and int(sentinel, 0) & bits == raw & bits:
        return None
    return float(raw) * float(row["scale"] or 1) + float(row["offset"] or 0)


def mbpoll(where: list[str], unit: int, table: str, first: int, count: int) -> list[int]:
    """Words as mbpoll prints them."""
    options = ["-a", unit, "-0", "-1", "-q", "-t", {"ir": 3, "hr": 4}[table], "-r", first]
    command = ["mbpoll", *map(str, options), "-c", str(count), *where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^\[(\d+)\]:\s+(\d+)", done.stdout, re.MULTILINE)
    assert [int(address) for address, _ in found] == list(range(first, first + count))
    return [int(word) for _, word in found]


def mbpoll_all(where: list[str], unit: int, path: Path) -> dict[str, float | str | None]:
    """Every input and holding register of a map, in as few requests as it allows."""
    values: dict[str, float | str | None] = {}
    for table in ("ir", "hr"):
        rows = sorted(
            (r for r in rows_of(path) if r["table"] == table), key=lambda r: int(r["address"])
        )
        while rows:
            first = end = int(rows[0]["address"])
            group = []
            while rows and int(rows[0]["address"]) == end and end - first < 50:
                group.append(rows.pop(0))
                end += WORDS[group[-1]["type"]][1]
            words = mbpoll(where, unit, table, first, end - first)
            for row in group:
                at = int(row["address"]) - first
                values[row["name"]] = decode(row, words[at : at + WORDS[row["type"]][1]])
    return values


def hukka_all(endpoint: Endpoint, unit: int, path: Path) -> dict[str, float | None]:
    """The same numbers over hukka's own link."""
    register_map = load_map(path)
    numbers = [
        p for p in register_map.points.values() if p.table in ("ir", "hr") and p.tag != "identity"
    ]
    header = register_map.header
    link = open_link(endpoint)
    try:
        device = Device("probe", link, unit)
        values: dict[str, float | None] = {}
        for block in plan_blocks(numbers, header.max_read, header.max_gap, {}):
            reading = device.read(block)
            assert reading.values is not None, reading.why
            values |= dict(zip(block.names, reading.values, strict=True))
    finally:
        link.close()
    return values


def compare(endpoint: Endpoint, where: list[str], unit: int, path: Path) -> int:
    """Hold mbpoll against hukka before and after; the number of points that were compared."""
    before = hukka_all(endpoint, unit, path)
    seen = mbpoll_all(where, unit, path)
    after = hukka_all(endpoint, unit, path)
    compared = 0
    for row in rows_of(path):
        name, value = row["name"], seen[row["name"]]
        if row["tag"] == "identity":
            assert value == row["default"]
        elif row["tag"] == "setting":
            assert value == pytest.approx(before[name], rel=1e-12, abs=0.0), name
        elif row["tag"] == "heartbeat":
            assert value is not None
            assert (value - before[name]) % 65536 + (after[name] - value) % 65536 == (
                after[name] - before[name]
            ) % 65536, name
        elif None in (before[name], value, after[name]):
            assert value in (before[name], after[name]), name
        else:
            low, high = sorted((before[name], after[name]))
            slack = 0.5 + 0.02 * max(abs(low), abs(high))
            assert low - slack <= value <= high + slack, name
        compared += 1
    return compared


def test_all_registers_of_a_running_bench_over_tcp(tmp_path):
    options = ("mantsala", "--transport", "tcp", "--duration", "1h", "--warmup", "10m", "--json")
    pattern = r"hukka: (\w+): Modbus TCP 127\.0\.0\.1:(\d+), unit (\d+) \w+"
    with Bench(options, tmp_path / "run") as bench:
        bench.until(bench.said(r"hukka: loop: "), "time zero")
        found = {name: (int(p), int(u)) for name, p, u in re.findall(pattern, bench.error)}
        assert set(found) == {"cooling_loop", "heat_pump", "network"}
        for name, (port, unit) in found.items():
            # the network's controller is a client: what is served is its remote I/O
            path = io_map_path(name) if name == "network" else map_path(name)
            endpoint = Endpoint(name, "tcp", port=port)
            # a cycle and a scan after time zero there are values
            bench.until(
                lambda e=endpoint, u=unit, f=path: any(
                    v for n, v in hukka_all(e, u, f).items() if n.startswith("T_")
                ),
                "sensor values",
            )
            where = ["-m", "tcp", "-p", str(port), "127.0.0.1"]
            assert compare(endpoint, where, unit, path) == len(rows_of(path)) > 10
        assert bench.process.poll() is None
    bench.assert_nothing_left(unpacked=True)


@contextmanager
def worker(name: str, path: Path) -> Iterator[int]:
    """The controller's process of a bench, started alone on a pty at `path`; its unit id."""
    site = load_site("mantsala")
    (wiring,) = [w for w in wire(site, layout_of(site)) if w.name == name]
    config = {
        "wiring": [wiring.plain()],
        "endpoint": Endpoint(name, "rtu", path=str(path), pty=True).plain(),
        "snapshots": {},
        "faulty": None,
    }
    command = [sys.executable, "-m", "hil.bench.controller_worker"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(config) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["event"] == "ready"
        yield wiring.unit
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize("name", ["cooling_loop", "heat_pump"])
def test_all_registers_of_a_controller_over_its_pty(tmp_path, name):
    line = tmp_path / "line"
    with worker(name, line) as unit:
        # -P none: a pty has no parity, and Linux refuses to set one
        where = ["-m", "rtu", "-b", "19200", "-P", "none", str(line)]
        path = map_path(name)
        assert compare(Endpoint(name, "rtu", path=str(line)), where, unit, path) == len(
            rows_of(path)
        )


def test_a_controller_on_the_desk_over_tcp_and_pty(tmp_path):
    line = tmp_path / "line"
    with Desk("heat_pump", "--serial", str(line), "--unit", "7", "--set", "watchdog=33") as desk:
        assert desk.said == f"heat_pump: Modbus RTU {line} 19200 8E1, unit 7; Ctrl-C ends it\n"
        where = ["-m", "rtu", "-b", "19200", "-P", "none", str(line)]
        assert mbpoll_all(where, 7, map_path("heat_pump"))["watchdog"] == 33.0
        assert desk.stop()[0] == 0
    assert not line.is_symlink()
    with Desk("network", "--tcp", "127.0.0.1:0", "--set", "T_supply=61.5") as desk:
        (port,) = re.findall(r"network: Modbus TCP 127\.0\.0\.1:(\d+), unit 1;", desk.said)
        where = ["-m", "tcp", "-p", port, "127.0.0.1"]
        path = map_path("network")
        assert mbpoll_all(where, 1, path)["T_supply"] == 61.5
        assert compare(Endpoint("n", "tcp", port=int(port)), where, 1, path) == len(rows_of(path))
        code, out, err = desk.stop()
        assert (code, err) == (0, "")
        assert re.fullmatch(r"network: \d\d+ requests served\n", out)
