"""`hukka io serve` and `hukka controller` over every transport, asked by us and by pymodbus."""

import json
import re
import shutil
import signal
import socket

import pytest
from bench_processes import ROOT
from desk import Desk
from io_desk import MAP, Program, io
from pymodbus.client import ModbusTlsClient
from tls_desk import Authority

from hil.links.tls_identity import client_context

ROLES = ("--role", "Operator=write", "--role", "Viewer=read")


@pytest.fixture(autouse=True)
def gate_folder(tmp_path, monkeypatch):
    """Journal and audit log of the write gate, away from the user's own."""
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "gate"))


@pytest.fixture(scope="module")
def register_map(tmp_path_factory):
    file = tmp_path_factory.mktemp("device") / "map.csv"
    file.write_text(MAP)
    return file


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def own(authority):
    """The serving end's certificate, as a link names it."""
    files = authority.files("plc")
    return f"tls://127.0.0.1:0?ca={files.ca}&cert={files.cert}&key={files.key}"


def port_of(said):
    return int(re.search(r"127\.0\.0\.1:(\d+)", said)[1])


def client(authority, port, role, signed_by=None, more=""):
    files = (signed_by or authority).files(f"client-{role}", role=role)
    pem = f"ca={authority.ca}&cert={files.cert}&key={files.key}"
    return f"tls://127.0.0.1:{port}?{pem}&timeout=10s{more}"


def values(link, *more):
    said = io("read", link, "hr:13", "hr:15", "--json", *more)
    return said, [v["value"] for v in json.loads(said.out)["values"]]


@pytest.mark.parametrize("way", ["tcp://127.0.0.1:0", "rtutcp://127.0.0.1:0", "pty:line"])
def test_a_link_is_served_as_it_is_read(register_map, tmp_path, way):
    way = way.replace("line", str(tmp_path / "line"))
    with Program("serve", register_map, way, "--unit", "5") as program:
        link = f"rtu:{tmp_path / 'line'}"
        if "://" in way:
            link = way.replace(":0", f":{port_of(program.said)}")
        said, found = values(link, "--unit", "5")
        assert (said.code, found) == (0, [800.0, 1.0])
        ended = program.end(signal.SIGINT)
    assert ended.code == 0
    assert re.fullmatch(r"map.csv: [12] requests, 0 writes\n", ended.out)


def test_a_second_master_of_a_served_line_is_turned_away_and_counted(register_map):
    with Program("serve", register_map, "rtutcp://127.0.0.1:0") as program:
        port = port_of(program.said)
        with socket.create_connection(("127.0.0.1", port), 5) as first:
            first.sendall(bytes.fromhex("010300000001840a"))
            assert first.recv(16)
            with socket.create_connection(("127.0.0.1", port), 5) as second:
                assert second.recv(16) == b""
        ended = program.end(signal.SIGTERM)
    where = f"Modbus RTU over TCP 127.0.0.1:{port}"
    assert ended.err == f"hukka: {where}: 1 client turned away\n"


def test_over_tls_the_role_decides(register_map, authority, own):
    with Program("serve", register_map, own, *ROLES) as program:
        assert program.said.startswith("map.csv: Modbus/TCP Security 127.0.0.1:")
        port = port_of(program.said)
        operator, viewer = (client(authority, port, role) for role in ("Operator", "Viewer"))
        write = (register_map, "mode", "2", "--reason", "x", "--ttl", "1s", "--phrase")
        assert values(viewer)[1] == [800.0, 1.0]
        refused = io("write", viewer, *write, viewer.partition("?")[0])
        assert (refused.code, "exception 1" in refused.err) == (3, True)
        assert io("write", operator, *write, operator.partition("?")[0]).code == 0
        assert values(client(authority, port, "Guest"))[0].code == 3
        none = client(authority, port, None)
        assert "has no Modbus role" in io("read", none, "hr:13").err
        assert values(client(authority, port, None, more="&role=none"))[0].code == 3
        ended = program.end(signal.SIGINT)
    viewer = "CN=client-Viewer at 127.0.0.1 has the role 'Viewer' and may not use function 16"
    assert viewer in ended.err
    assert "CN=client-None at 127.0.0.1 has no role in its certificate" in ended.err
    assert re.search(r"\d requests their role may not make", ended.err.splitlines()[-1])
    assert re.fullmatch(r"map.csv: \d+ requests, 2 writes\n", ended.out)


def test_a_stranger_is_not_let_in_and_both_ends_say_why(register_map, authority, own, tmp_path):
    stranger = Authority(tmp_path / "other", "other CA")
    with Program("serve", register_map, own, *ROLES) as program:
        port = port_of(program.said)
        said = io("read", client(authority, port, "Operator", stranger), "hr:13")
        # whoever comes next is served after the server has said what it made of the stranger
        assert values(client(authority, port, "Viewer"))[0].code == 0
        ended = program.end(signal.SIGINT)
    assert (said.code, "does not trust the CA of our certificate" in said.err) == (4, True)
    assert "was not let in: its certificate is not from a CA that we trust" in ended.err


def test_pymodbus_reads_from_a_served_controller_over_tls(authority, own):
    with Desk("heat_pump", own, "--role", "engineer=read", "--unit", "3") as desk:
        assert desk.said.startswith("heat_pump: Modbus/TCP Security 127.0.0.1:")
        context = client_context(authority.files("theirs", "engineer"))
        context.check_hostname = False  # it does not tell TLS whom it wants to talk to
        peer = ModbusTlsClient(
            "127.0.0.1", port=port_of(desk.said), sslctx=context, timeout=5, retries=0
        )
        assert peer.connect()
        assert not peer.read_holding_registers(0, count=2, device_id=3).isError()
        assert peer.write_register(0, 1, device_id=3).exception_code == 1
        peer.close()
        code, out, err = desk.stop(signal.SIGINT)
    assert (code, out) == (0, "heat_pump: 2 requests served\n")
    assert "has the role 'engineer' and may not use function 6 there" in err


BAD = [
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=KEY", (), "--role = '': must be given"),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=KEY", ("--role", "a=wirte"), "mean 'write'?"),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=KEY", ("--role", "a"), "must be ROLE=read or ROLE="),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT", ROLES, "key = '': Modbus/TCP Security needs this"),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=NONE", ROLES, "none.key: No such file"),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=OTHER", ROLES, "other.key: is not the key of"),
    ("tls://127.0.0.1:0?ca=CA&cert=OLD&key=OLDKEY", ROLES, "old.pem: expired on 20"),
    ("tls://127.0.0.1:0?ca=CA&cert=LOCKED&key=LOCKEDKEY", ROLES, "has a password, which must be"),
    ("tls://127.0.0.1:0?ca=CA&cert=CERT&key=KEY&timeout=1s", ROLES, "is for the end that asks"),
    ("tcp://127.0.0.1:0", ROLES, "--role goes with tls://"),
    ("rtutcp://127.0.0.1", (), "a gateway's port must be given"),
    ("tcp://127.0.0.1:70000", (), "must be 0 to 65535"),
    ("pty:", (), "a serial device must be named"),
    ("ptty:line", (), "pty:PATH or SITE.LINK"),
    ("rtu:/dev/nothing", (), "/dev/nothing: No such file"),
    ("mantsala.nothing", (), "unknown link 'nothing'"),
]


@pytest.mark.parametrize(("link", "more", "message"), BAD, ids=[b[2] for b in BAD])
def test_what_cannot_be_served_is_refused(register_map, authority, link, more, message):
    good, other, old, locked = (
        authority.files("good"), authority.files("other"), authority.files("old", days=(-9, -2)),
        authority.files("locked", password=b"secret"),
    )  # fmt: skip
    words = {
        "LOCKEDKEY": locked.key, "LOCKED": locked.cert, "OLDKEY": old.key, "OLD": old.cert,
        "OTHER": other.key, "NONE": good.key.with_name("none.key"), "CERT": good.cert,
        "CA": good.ca, "KEY": good.key,
    }  # fmt: skip
    for word, file in words.items():
        link = re.sub(f"={word}(?=&|$)", f"={file}", link)
    said = io("serve", register_map, link, *more)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_locked_key_is_opened_by_the_environment(register_map, authority, monkeypatch):
    files = authority.files("locked2", password=b"secret")
    link = f"tls://127.0.0.1:0?ca={files.ca}&cert={files.cert}&key={files.key}"
    monkeypatch.setenv("HUKKA_KEY_PASSWORD", "guess")
    assert "HUKKA_KEY_PASSWORD is not its password" in io("serve", register_map, link, *ROLES).err
    monkeypatch.setenv("HUKKA_KEY_PASSWORD", "secret")
    with Program("serve", register_map, link, *ROLES) as program:
        assert values(client(authority, port_of(program.said), "Viewer"))[1] == [800.0, 1.0]


def test_a_link_of_a_site_is_served_with_the_rights_that_the_site_gives(
    register_map, authority, tmp_path
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plc, bench = authority.files("plc3"), authority.files("bench", "engineer")
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "sites/mantsala", folder, ignore=shutil.ignore_patterns("built"))
    site = (folder / "site.yaml").read_text()
    block = f"""links:
  secured:
    transport: tls
    host: 127.0.0.1
    port: {port}
    ca: {authority.ca}
    cert: {bench.cert}
    key: {bench.key}
    roles: {{engineer: read}}
    emulated: {{cert: {plc.cert}, key: {plc.key}}}
"""
    assert "\nlinks:\n" in site
    (folder / "site.yaml").write_text(site.replace("links:\n", block, 1))
    with Program("serve", register_map, f"{folder}.secured") as program:
        assert port_of(program.said) == port
        assert values(f"{folder}.secured")[1] == [800.0, 1.0]
