"""A client that opens all it can shuts nobody else out: real sockets, from several addresses."""

import socket
import ssl
from contextlib import ExitStack
from queue import Queue
from threading import Event, Lock, Thread

import httpx
import pytest
from page_desk import Client, desk_folder, desk_source, make_users, served
from tls_desk import Authority

from hil.gate.users import Users
from hil.page import crowd, listener, people
from hil.page.serving import Place

GREEDY, OTHER = "127.0.0.2", "127.0.0.1"
CLOSE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
STREAM = b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def page(tmp_path):
    with served(desk_source(desk_folder(tmp_path)), tmp_path) as (address, _):
        yield int(address.rsplit(":", 1)[1].strip("/"))


def line(stack, port, source=GREEDY):
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), 10, (source, 0)))


def status(line):
    """Status of the answer, or 0 for none."""
    try:
        head = line.recv(65536)
    except ConnectionError:
        return 0
    return int(head.split()[1]) if head else 0


def client(port, source=OTHER):
    return Client(f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(local_address=source))


def beats(who, most=5):
    return [name for name, _ in who.events(most)]


def test_open_pages_of_one_address_are_counted_and_others_come_in(page):
    with ExitStack() as stack, client(page) as other:
        lines = [line(stack, page) for _ in range(crowd.STREAMS_EACH + 5)]
        said = []
        for one in lines:
            one.sendall(STREAM)
            said.append(status(one))
        assert said == [200] * crowd.STREAMS_EACH + [429] * 5
        assert "beat" in beats(other)
        lines[0].close()  # its place is free again, once the server has noticed
        lines[-1].close()
        for _ in range(100):
            again = line(stack, page)
            again.sendall(STREAM)
            if (last := status(again)) == 200:
                break
            beats(other)  # a second or so
        assert last == 200


def test_in_all_there_are_so_many_open_pages(page, monkeypatch):
    with ExitStack() as stack:
        said = []
        for n in range(crowd.STREAMS_MOST + 1):
            one = line(stack, page, f"127.0.1.{n // 30}")
            one.sendall(STREAM)
            said.append(status(one))
        assert said == [200] * crowd.STREAMS_MOST + [503]
        with client(page) as other:
            assert other.get("/api/now").status_code == 200


@pytest.mark.parametrize("half", [b"", b"GET /api/now HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_slow_requests_of_one_address_leave_room_for_others(page, half):
    with ExitStack() as stack:
        lines = [line(stack, page) for _ in range(listener.EACH + 5)]
        refused = lines[listener.EACH :]
        for one in lines[: listener.EACH]:
            one.sendall(half)
        assert [status(one) for one in refused] == [429] * 5
        with client(page) as other:
            assert other.get("/api/now").status_code == 200
            assert "beat" in beats(other)


def test_a_place_is_given_back_with_its_connection(page):
    for _ in range(3):
        with ExitStack() as stack:
            lines = [line(stack, page) for _ in range(listener.EACH)]
            for one in lines:
                one.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
            assert {status(one) for one in lines} <= {200, 503}
            for one in lines:
                while one.recv(4096):  # until the server has closed it
                    pass


def test_half_handshakes_of_tls_leave_room_for_others(tmp_path):
    make_users(tmp_path, elsa="engineer")
    files = Authority(tmp_path / "ca").files("plant.example")
    place = Place("127.0.0.1", 0, files.cert, files.key)
    with served(desk_source(desk_folder(tmp_path)), tmp_path, place) as (address, _):
        port = int(address.rsplit(":", 1)[1].strip("/"))
        with ExitStack() as stack:
            lines = [line(stack, port) for _ in range(listener.EACH + 5)]
            assert [one.recv(1) for one in lines[listener.EACH :]] == [b""] * 5
            trust = ssl.create_default_context(cafile=files.ca)
            with Client(address, verify=trust) as other:
                assert other.login("elsa").status_code == 200


def test_requests_of_one_address_take_turns_and_others_are_answered_meanwhile(tmp_path):
    """More than there are threads: they wait for each other, and nobody else for them."""
    source = Slow(desk_source(desk_folder(tmp_path)))
    with served(source, tmp_path) as (address, _), ExitStack() as stack:
        port = int(address.rsplit(":", 1)[1].strip("/"))
        lines = [line(stack, port) for _ in range(60)]
        for one in lines:
            one.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert source.busy.wait(20)
        with client(port) as other:
            assert other.get("/api/span").status_code == 200
        source.go.set()
        assert [status(one) for one in lines] == [200] * 60
    assert source.most == crowd.TURNS


class Slow:
    """A source whose health takes as long as it is told."""

    def __init__(self, source):
        self._source = source
        self._lock = Lock()
        self._at_work = self.most = 0
        self.busy, self.go = Event(), Event()

    def health(self):
        with self._lock:
            self._at_work += 1
            self.most = max(self.most, self._at_work)
            if self._at_work == crowd.TURNS:
                self.busy.set()
        self.go.wait(20)
        with self._lock:
            self._at_work -= 1
        return self._source.health()

    def __getattr__(self, name):
        return getattr(self._source, name)


def test_a_crowd_that_logs_in_is_told_to_wait(tmp_path, monkeypatch):
    """One password is being checked, one waits, the others are told at once."""
    monkeypatch.setattr(people, "MOST_WAITING", 1)
    go, check = Event(), Users.check
    monkeypatch.setattr(Users, "check", lambda *told: go.wait(20) and check(*told))
    make_users(tmp_path, **{f"vera{n}": "viewer" for n in range(4)})
    said = Queue()
    with served(desk_source(desk_folder(tmp_path)), tmp_path) as (address, _):

        def knock(n):
            with client(int(address.rsplit(":", 1)[1].strip("/")), f"127.0.2.{n + 1}") as one:
                said.put(one.login(f"vera{n}").status_code)

        knocks = [Thread(target=knock, args=(n,)) for n in range(4)]
        for one in knocks:
            one.start()
        first = [said.get(timeout=20) for _ in range(2)]
        go.set()
        for one in knocks:
            one.join(20)
        assert first == [503, 503]
        assert [said.get(timeout=1) for _ in range(2)] == [200, 200]
