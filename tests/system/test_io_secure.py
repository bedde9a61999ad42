"""`hukka io` over TLS and through a gateway: the commands are the same, and say what is refused."""

import json

import pytest
from io_desk import MAP, io
from io_server import served_apart
from tls_desk import Authority

VALUES = {"power": 31.4, "T_flow": 71.5, "T_limit": 80.0, "mode": 1.0, "name_plate": "HP-9"}


@pytest.fixture(scope="module")
def register_map(tmp_path_factory):
    file = tmp_path_factory.mktemp("device") / "map.csv"
    file.write_text(MAP)
    return file


@pytest.fixture(autouse=True)
def gate_folder(tmp_path, monkeypatch):
    """Journal and audit log of the write gate, away from the user's own."""
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "gate"))


@pytest.fixture(scope="module")
def plant(register_map, tmp_path_factory):
    """`link(role)` to a device behind TLS, for a client whose certificate has the role."""
    authority = Authority(tmp_path_factory.mktemp("ca"))
    server = authority.files("device", role="Device")
    with served_apart("tls", register_map, server) as port:

        def link(role, signed_by=authority):
            files = signed_by.files(f"client-{role}", role=role)
            pem = f"ca={authority.ca}&cert={files.cert}&key={files.key}"
            return f"tls://127.0.0.1:{port}?{pem}&timeout=10s"

        yield link


@pytest.fixture(scope="module")
def gateway(register_map):
    with served_apart("rtutcp", register_map) as port:
        yield f"rtutcp://127.0.0.1:{port}?timeout=10s"


@pytest.fixture(params=["tls", "rtutcp"])
def link(request):
    if request.param == "tls":
        return request.getfixturevalue("plant")("Operator")
    return request.getfixturevalue("gateway")


def read(link, register_map, *more):
    return io("read", link, "--map", register_map, "--json", *more)


def test_read_gives_every_kind_of_value(link, register_map):
    said = read(link, register_map)
    assert (said.code, said.err) == (0, "")
    values = {v["name"]: v["value"] for v in json.loads(said.out)["values"]}
    assert {name: values[name] for name in VALUES} == pytest.approx(VALUES)
    some = json.loads(io("read", link, "hr:12:2:int16", "ir:900", "--json").out)["values"]
    assert [(v["value"], v["quality"]) for v in some] == [
        (715.0, "GOOD"), (800.0, "GOOD"), (None, "REFUSED"),
    ]  # fmt: skip


def test_scan_finds_the_unit_and_who_it_is(link):
    # a unit that is not there is silent on a line, for as long as it may be
    said = io("scan", link.replace("10s", "100ms"), "--units", "1-2", "--json")
    assert said.code == 0
    (unit,) = json.loads(said.out)["units"]
    who = {"vendor": "Example", "product_code": "map", "revision": "3"}
    assert (unit["unit"], unit["identity"]) == (1, who)


def test_bench_and_watch(link, register_map):
    benched = json.loads(io("bench", link, "hr:10:4", "--duration", "100ms", "--json").out)
    assert benched["qualities"] == {"GOOD": benched["transactions"]}
    looked = io("watch", link, "hr:10", "--expect", "25..40", "--count", "1")
    assert looked.code == 0
    assert "float32  CDAB 31.4" in looked.out


def test_write_is_held_and_put_back(link, register_map):
    phrase = ("--phrase", link.partition("?")[0], "--ttl", "1s", "--reason", "step 12")
    said = io("write", link, register_map, "T_limit", "75.5", *phrase)
    assert said.code == 0, said.err
    assert said.out.splitlines()[0].startswith("T_limit: 80 -> 75.5 degC, held for 1.0 s")
    values = {v["name"]: v["value"] for v in json.loads(read(link, register_map).out)["values"]}
    assert values["T_limit"] == 80.0


def test_a_role_that_may_only_read_changes_nothing(plant, register_map):
    link = plant("Viewer")
    phrase = ("--phrase", link.partition("?")[0], "--ttl", "1s", "--reason", "x")
    said = io("write", link, register_map, "T_limit", "75.5", *phrase)
    assert (said.code, said.out) == (3, "")
    assert "exception 1" in said.err
    values = {v["name"]: v["value"] for v in json.loads(read(link, register_map).out)["values"]}
    assert values["T_limit"] == 80.0


def test_a_role_that_may_nothing_and_a_stranger_are_told_so(plant, register_map, tmp_path):
    said = read(plant("Guest"), register_map)
    assert said.code == 3
    assert {v["quality"] for v in json.loads(said.out)["values"]} == {"REFUSED"}
    said = read(plant("Operator", Authority(tmp_path / "other", "other CA")), register_map)
    assert said.code == 4
    assert "nothing was read" in said.err


def test_files_that_are_none_are_refused_before_anything_is_sent(plant, register_map, tmp_path):
    assert io("read", "tls://127.0.0.1:9", "hr:0").code == 2
    missing = plant("Operator").replace("&key=", f"&key={tmp_path}/no")
    said = read(missing, register_map)
    assert (said.code, said.out) == (2, "")
    assert "no" in said.err


def test_a_unit_that_is_not_on_the_line_is_silent(gateway):
    said = io("read", gateway.replace("10s", "100ms"), "--unit", "9", "hr:0", "--json")
    assert said.code == 4
    assert [v["quality"] for v in json.loads(said.out)["values"]] == ["TIMEOUT"]


def test_a_gateway_that_is_not_there_is_a_lost_link(register_map):
    with served_apart("rtutcp", register_map) as port:
        pass
    said = io("read", f"rtutcp://127.0.0.1:{port}", "hr:0")
    assert said.code == 4
    assert "Connection refused" in said.err
