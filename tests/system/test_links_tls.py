"""Modbus/TCP Security for real: roles, certificates of every bad kind, pymodbus at either end."""

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from struct import pack

import pytest
from links_lines import MS, mbap, request_of, served, small_bank, tcp_peer
from pymodbus.client import ModbusTlsClient
from pymodbus.server import ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice
from tls_desk import Authority

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.peer import ServerLimits
from hil.links.roles import RoleRules
from hil.links.tcp_server import TcpServer
from hil.links.tls import TlsLink
from hil.links.tls_identity import TlsFiles, client_context, server_context
from hil.links.tls_server import TlsServer
from twin.clock import VirtualClock, monotonic_ns
from twin.errors import BadInput
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 2)
WRITE = pdu.write_registers_request(0, pack(">h", 5000))
VALUES = b"\x03\x04" + pack(">hh", 3025, -150)
RULES = RoleRules.of_words({"operator": "read", "engineer": "write"})


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"), "another CA")


@pytest.fixture(scope="module")
def engineer(authority):
    return authority.files("engineer", "engineer")


@pytest.fixture
def bank(tmp_path):
    return small_bank(tmp_path)


@pytest.fixture
def said():
    return []


@pytest.fixture
def server(authority, bank, said):
    files = authority.files("plc")
    listening = TlsServer("plc", {1: bank}, "127.0.0.1", 0, files, RULES, say=said.append)
    with served(listening) as running:
        yield running


@pytest.fixture
def link_to():
    links = []

    def make(server, files, **options):
        port = server if isinstance(server, int) else server.port
        links.append(TlsLink("wan", "127.0.0.1", files, port, timeout_s=5, **options))
        return links[-1]

    yield make
    for link in links:
        link.close()


def until(condition):
    """The server notes what it did after the client has heard of it."""
    give_up = monotonic_ns() + 10_000 * MS
    while not condition():
        assert monotonic_ns() < give_up


def ask(link, unit=1, request=READ):
    with pytest.raises(LinkFault) as fault:
        link.transact(unit, request)
    return fault.value


def test_a_role_decides_what_its_client_may_do(server, authority, engineer, bank, link_to, said):
    operator = link_to(server, authority.files("operator", "operator"))
    assert operator.transact(1, READ) == VALUES
    assert operator.transact(1, WRITE) == b"\x90\x01"
    assert bank.get("T_supply") == 30.25
    assert said == [
        "plc: CN=operator at 127.0.0.1 has the role 'operator' and may not use function 16 there"
    ]
    link = link_to(server, engineer)
    assert link.role == "engineer"
    assert link.transact(1, WRITE) == WRITE[:5]
    assert bank.get("T_supply") == 50
    assert server.unauthorised == {"operator": 1}
    assert (server.requests, server.writes) == (3, 1)


def test_a_role_nobody_gave_rights_may_do_nothing(server, authority, link_to):
    link = link_to(server, authority.files("visitor", "visitor"))
    assert link.transact(1, READ) == b"\x83\x01"


def test_a_client_without_a_role_is_told_and_may_do_nothing(server, authority, link_to, said):
    files = authority.files("nobody")
    with pytest.raises(BadInput, match=r"nobody\.pem: has no Modbus role \(extension 1\.3\.6"):
        link_to(server, files)
    link = link_to(server, files, role_needed=False)
    assert link.transact(1, READ) == b"\x83\x01"
    assert "CN=nobody at 127.0.0.1 has no role in its certificate" in said[0]


def test_memories_may_depend_on_who_asks(authority, engineer, tmp_path, link_to):
    seen = []

    def memories_for(peer):
        seen.append(peer)
        return {1: small_bank(tmp_path, T_supply=len(peer.role))}

    files = authority.files("plc2")
    listening = TlsServer("plc", {}, "127.0.0.1", 0, files, RULES, memories_for=memories_for)
    with served(listening):
        reply = link_to(listening, engineer).transact(255, pdu.read_request("hr", 0, 1))
    assert reply == b"\x03\x02" + pack(">h", 800)
    assert [(peer.subject, peer.role) for peer in seen] == [("CN=engineer", "engineer")]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_pipelined_and_split_requests_are_answered_through_tls(server, engineer, version):
    context = client_context(engineer)
    context.maximum_version = version
    raw = socket.create_connection(("127.0.0.1", server.port), 5)
    with context.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        connection.sendall(b"".join(mbap(i, 1, READ) for i in range(3000)))  # three records
        for i in range(3000):
            assert request_of(connection) == (i, 1, VALUES)
        for byte in mbap(7, 1, READ):
            connection.sendall(bytes((byte,)))
        assert request_of(connection)[0] == 7


def test_older_tls_is_not_spoken(server, engineer):
    assert client_context(engineer).minimum_version is ssl.TLSVersion.TLSv1_2
    assert server_context(engineer).minimum_version is ssl.TLSVersion.TLSv1_2


# what is wrong with our own files


def test_bad_files_are_refused_with_their_name(authority, engineer, tmp_path):
    other = authority.files("other", "engineer")
    locked = authority.files("locked", "engineer", password=b"secret")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    gone = tmp_path / "gone.pem"
    for files, sentence in (
        (TlsFiles(gone, engineer.key, engineer.ca), "gone.pem: No such file"),
        (TlsFiles(engineer.cert, gone, engineer.ca), "gone.pem: No such file"),
        (TlsFiles(engineer.cert, engineer.key, gone), "gone.pem: No such file"),
        (TlsFiles(empty, engineer.key, engineer.ca), "empty.pem: holds no PEM certificate"),
        (TlsFiles(engineer.cert, empty, engineer.ca), "empty.pem: is no PEM key"),
        (TlsFiles(engineer.cert, engineer.key, empty), "empty.pem: holds no PEM certificate of"),
        (TlsFiles(engineer.cert, other.key, engineer.ca), "other.key: is not the key of"),
        (locked, "locked.key: has a password, which must be in HUKKA_KEY_PASSWORD"),
        (authority.files("old", "engineer", (-9, -2)), "old.pem: expired on 20"),
        (authority.files("young", "engineer", (2, 9)), "young.pem: not valid before 20"),
        (authority.files("odd", b"\x13\x02ab"), "odd.pem: its Modbus role"),
        (authority.files("long", b"\x0c\x05ab"), "long.pem: its Modbus role"),
        (authority.files("void", b"\x0c\x00"), "void.pem: its Modbus role"),
    ):
        with pytest.raises(BadInput) as refusal:
            TlsLink("wan", "127.0.0.1", files)
        assert sentence in str(refusal.value)


def test_a_key_with_a_password_wants_the_right_one(authority, monkeypatch):
    locked = authority.files("locked too", "engineer", password=b"secret")
    monkeypatch.setenv("HUKKA_KEY_PASSWORD", "guess")
    with pytest.raises(BadInput, match=r"locked too\.key: HUKKA_KEY_PASSWORD is not its password"):
        TlsLink("wan", "127.0.0.1", locked)
    monkeypatch.setenv("HUKKA_KEY_PASSWORD", "secret")
    assert TlsLink("wan", "127.0.0.1", locked).role == "engineer"


def test_a_long_role_is_read_whole(server, authority, link_to):
    name = "r" * 200
    link = link_to(server, authority.files("long", b"\x0c\x81\xc8" + name.encode()))
    assert link.role == name
    assert link.transact(1, READ) == b"\x83\x01"


# what is wrong with the server


def raw_server(files):
    """A TLS server that looks at nothing, with certificates ours would refuse to load."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)

    def talk(connection):
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as inner:
            inner.recv(1)

    return tcp_peer(talk)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("stranger", "its certificate is not from a CA that we trust"),
        ("expired", "its certificate has expired"),
        ("young", "its certificate is not valid yet"),
        ("elsewhere", "its certificate is for another address, not '127.0.0.1'"),
    ],
)
def test_a_server_that_is_not_who_it_should_be_is_down(
    authority, stranger, engineer, link_to, kind, sentence
):
    files = {
        "stranger": lambda: stranger.files("plc"),
        "expired": lambda: authority.files("expired", days=(-9, -2)),
        "young": lambda: authority.files("young", days=(2, 9)),
        "elsewhere": lambda: authority.files("elsewhere", address="192.0.2.7"),
    }[kind]()
    with raw_server(files) as port:
        fault = ask(link_to(port, engineer))
    assert fault.quality is Quality.LINK_DOWN
    assert f"wan: no connection to 127.0.0.1:{port}: {sentence}" in str(fault)


def test_a_server_may_be_known_by_another_name_than_its_address(authority, engineer, bank, link_to):
    files = authority.files("plc7", address="192.0.2.7")
    with served(TlsServer("plc", {1: bank}, "127.0.0.1", 0, files, RULES)) as server:
        assert link_to(server, engineer, server_name="plc7").transact(1, READ) == VALUES
        fault = ask(link_to(server, engineer, server_name="plc8"))
        assert "its certificate is for another name, not 'plc8'" in str(fault)


def test_a_server_without_tls_is_named(bank, engineer, link_to):
    with served(TcpServer("lan", {1: bank}, "127.0.0.1", 0)) as server:
        fault = ask(link_to(server, engineer))
    assert fault.quality is Quality.LINK_DOWN
    assert "speak TLS" in str(fault)


# what is wrong with the client


def let_in(server, context):
    """Whether a client with these settings gets an answer."""
    raw = socket.create_connection(("127.0.0.1", server.port), 5)
    try:
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
            connection.sendall(mbap(1, 1, READ))
            return bool(connection.recv(10))
    except OSError:
        return False
    finally:
        raw.close()


def test_a_client_of_another_ca_is_told_and_not_let_in(
    server, authority, stranger, engineer, link_to, said
):
    link = link_to(server, stranger.files("thief", "engineer", trusts=authority.ca))
    link._now_ns = VirtualClock().now_ns  # so that no pause is over before it is looked at
    faults = [ask(link), ask(link)]
    assert {fault.quality for fault in faults} == {Quality.LINK_DOWN}
    assert "it does not trust the CA of our certificate" in str(faults[0])
    until(lambda: server.rejected == 2 and said)
    assert server.requests == 0
    assert said[0] == (
        "plc: 127.0.0.1 was not let in: its certificate is not from a CA that we trust"
    )
    ask(link)  # after two fruitless connections it waits, and does not knock
    assert server.rejected == 2
    assert link_to(server, engineer).transact(1, READ) == VALUES


def test_clients_without_certificate_or_with_an_old_one_are_not_let_in(server, authority, said):
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(authority.ca)
    assert not let_in(server, bare)
    old = authority.files("retired", "engineer", (-9, -2))
    bare.load_cert_chain(old.cert, old.key)
    assert not let_in(server, bare)
    good = authority.files("good", "engineer")
    bare.load_cert_chain(good.cert, good.key)
    assert let_in(server, bare)
    odd = authority.files("odd", b"\x04\x02ab")
    bare.load_cert_chain(odd.cert, odd.key)
    assert not let_in(server, bare)
    until(lambda: len(said) == 3)
    assert [line.split("not let in: ")[1] for line in said] == [
        "it showed no certificate",
        "its certificate has expired",
        "its Modbus role (1.3.6.1.4.1.50316.802.1) is no UTF8String with text",
    ]


def test_a_certificate_that_nobody_can_read_does_not_end_the_server(
    server, authority, engineer, link_to, said
):
    """It has another name of a kind (ediPartyName) that OpenSSL takes and we cannot read."""
    odd = authority.files("odd names", "engineer", alternatives=b"\xa5\x07\xa1\x05\x0c\x03abc")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.ca)
    context.load_cert_chain(odd.cert, odd.key)
    assert not let_in(server, context)
    assert said[0].endswith("was not let in: its certificate cannot be read")
    assert link_to(server, engineer).transact(1, READ) == VALUES


def test_a_client_without_tls_is_not_let_in(server, said):
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        plain.sendall(mbap(1, 1, READ))
        with suppress(ConnectionResetError):
            while plain.recv(64):
                pass
    until(lambda: said)
    assert "it does not speak TLS" in said[0]


def test_handshakes_that_hang_do_not_stall_others(server, engineer, link_to):
    others = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(100)]
    try:
        for other in others[::2]:
            other.sendall(b"\x16\x03\x01\x02")  # the beginning of a hello
        link = link_to(server, engineer)
        start = monotonic_ns()
        for _ in range(20):
            assert link.transact(1, READ) == VALUES
        assert monotonic_ns() - start < 2000 * MS
    finally:
        for other in others:
            other.close()


def test_a_connection_closed_between_requests_is_replaced_before_sending(
    authority, bank, engineer, link_to
):
    files = authority.files("plc9")
    first = TlsServer("plc", {1: bank}, "127.0.0.1", 0, files, RULES)
    with served(first):
        link = link_to(first, engineer)
        assert link.transact(1, READ) == VALUES
        port = first.port
    with served(TlsServer("plc", {1: bank}, "127.0.0.1", port, files, RULES)):
        assert link.transact(1, READ) == VALUES
    assert link.connects == 2


def test_handshakes_are_slowed_down_like_requests(authority, engineer, bank, said):
    listening = TlsServer(
        "plc", {1: bank}, "127.0.0.1", 0, authority.files("plc5"), RULES,
        limits=ServerLimits(requests_per_s=0, burst=1500), say=said.append,
    )  # fmt: skip
    with served(listening) as server:
        assert [let_in(server, client_context(engineer)) for _ in range(5)] == [
            True, True, True, False, False,
        ]  # fmt: skip
        until(lambda: server.throttled["127.0.0.1"] == 2 and said)
    assert said == ["plc: 127.0.0.1 was not let in: its address asks for too much"]


# pymodbus


def test_their_client_on_our_server(server, engineer, bank):
    context = client_context(engineer)
    context.check_hostname = False  # it does not tell TLS whom it wants to talk to
    client = ModbusTlsClient("127.0.0.1", port=server.port, sslctx=context, timeout=5, retries=0)
    assert client.connect()
    assert client.read_holding_registers(0, count=2, device_id=1).registers == [3025, 65386]
    assert not client.write_register(0, 1000, device_id=1).isError()
    assert bank.get("T_supply") == 10
    client.close()


def test_our_client_on_their_server(authority, engineer, link_to):
    started, box = threading.Event(), {}
    theirs = authority.files("theirs")

    async def serve():
        registers = [SimData(0, values=list(range(100, 150)), datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
        device = SimDevice(1, simdata=(bits, bits, registers, registers))
        server = ModbusTlsServer(device, address=("127.0.0.1", 0), sslctx=server_context(theirs))
        await server.listen()
        box["port"] = server.transport.sockets[0].getsockname()[1]
        box["stop"], box["loop"] = asyncio.Event(), asyncio.get_running_loop()
        started.set()
        await box["stop"].wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    try:
        link = link_to(box["port"], engineer)
        assert link.transact(1, READ) == b"\x03\x04" + pack(">HH", 100, 101)
        write = pdu.write_registers_request(0, pack(">HH", 7, 8))
        pdu.check_write_reply(write, link.transact(1, write))
        link.close()
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join()
