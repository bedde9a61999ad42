"""The stream over real sockets: beats, news, slow readers, the end."""

import json
import socket
import threading
from contextlib import closing, suppress

import httpx
import pytest
from page_desk import Client, Keeper, S, desk_folder, desk_source, make_users, run_folder, served

from hil.bench.layout import layout_of
from hil.loop.shared import SharedMemory
from hil.monitor.live import Live, size_of, sizes, told
from hil.page.desk_source import DeskSource
from hil.page.handing_on import HandingOn
from hil.page.run_source import open_run_source
from hil.page.serving import Place, listening, prepared
from twin.clock import monotonic_ns, utc_ns
from twin.errors import BadInput
from twin.site import load_site


class Plant:
    """A live image that a test writes."""

    def __init__(self):
        self.site = load_site("mantsala")
        self.layout = layout_of(self.site)
        cells = sizes(self.layout, [])
        self.memory = SharedMemory.create(size_of(cells))
        self.told = told(self.memory, cells)
        self.live = Live.of(self.told)
        self.t_ns = utc_ns() // S * S

    def step(self, value, quality=0):
        self.t_ns += S
        row, twin = self.live.row, self.live.twin
        row.publish(self.t_ns, [value] * row.n, [quality] * row.n)
        twin.publish(self.t_ns - 5 * S, [value + 1] * twin.n, [0] * twin.n)

    def close(self):
        self.memory.unlink()


@pytest.fixture
def plant():
    made = Plant()
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path, plant):
    desk_folder(tmp_path)
    source = DeskSource(plant.site, S, tmp_path, Keeper(tmp_path), plant.told)
    with served(source, tmp_path) as (address, server):
        yield tmp_path, address, server


def named(events, name):
    return [data for event, data in events if event == name]


def test_a_page_gets_everything_and_then_what_is_new(desk, plant):
    plant.step(300.0)
    found = []
    with Client(desk[1]) as client, client.stream("GET", "/api/stream") as answer:
        lines = answer.iter_lines()
        assert answer.headers["content-type"].startswith("text/event-stream")
        found += until(lines, "beat")
        plant.step(301.0)
        found += until(lines, "now")
        found += until(lines, "beat")
        found += until(lines, "beat")
    whole, change = named(found, "now")
    assert whole["whole"] is True
    assert set(whole["measured"]) == set(plant.site.signals)
    assert whole["predicted_ms"] == whole["t_ms"] - 5000
    assert change["whole"] is False
    assert set(change["measured"].values()) == {301.0}
    assert "quality" not in change
    assert len(named(found, "alarms")) == 1
    assert [beat["trouble"] for beat in named(found, "beat")] == [""] * 3


def until(lines, wanted):
    """Events up to and with the next one of that name."""
    found, name = [], ""
    for line in lines:
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            found.append((name, json.loads(line[6:])))
            if name == wanted:
                return found
    raise AssertionError(f"the stream ended before {wanted}")


def test_there_is_a_beat_every_second(desk):
    with Client(desk[1]) as client, client.stream("GET", "/api/stream") as answer:
        lines = answer.iter_lines()
        until(lines, "beat")
        begin = monotonic_ns()
        for _ in range(3):
            until(lines, "beat")
        assert 2.5 < (monotonic_ns() - begin) / 1e9 < 4.5


def test_values_that_are_not_good_are_not_shown(desk, plant):
    plant.step(300.0, quality=7)
    with Client(desk[1]) as client:
        now = client.get("/api/now").json()
    assert set(now["measured"].values()) == {None}
    assert set(now["quality"].values()) == {7}


def test_what_one_orders_the_other_sees(desk):
    with Client(desk[1]) as one, Client(desk[1]) as other:
        one.csrf = one.get("/api/site").json()["csrf"]
        with other.stream("GET", "/api/stream") as answer:
            lines = answer.iter_lines()
            (before,) = named(until(lines, "alarms"), "alarms")
            number = before[0]["number"]
            assert before[0]["annunciated"]
            answer = one.change("POST", f"/api/alarms/{number}", action="acknowledge")
            assert answer.json() == {"ok": True}
            (after,) = named(until(lines, "alarms"), "alarms")
    (row,) = [row for row in after if row["number"] == number]
    assert row["state"] == "acknowledged"
    assert row["acknowledged_by"]


def test_the_keeper_may_not_answer(tmp_path):
    silent = HandingOn(lambda *_, **__: None, answers_s=0.1)
    source = desk_source(desk_folder(tmp_path), silent)
    with served(source, tmp_path) as (address, _), Client(address) as client:
        client.csrf = client.get("/api/site").json()["csrf"]
        answer = client.change("POST", "/api/alarms/1", action="acknowledge")
        assert answer.status_code == 409
        assert "not answered within 0.1 s" in answer.json()["error"]


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"action": "acknowlege"}, 400, "did you mean 'acknowledge'?"),
        ({"action": None}, 400, "unknown action"),
        ({"action": ["acknowledge"]}, 400, "unknown action"),
        ({"action": "shelve", "comment": "x"}, 400, "until_ms: must be given"),
        ({"action": "shelve", "until_ms": 1, "comment": "x"}, 409, "must be in 0 to 24 h"),
        ({"action": "reset"}, 409, "the fault is still there"),
        ({"action": "unshelve"}, 409, "it is not shelved"),
        ({"action": "acknowledge", "until_ms": 1}, 400, "goes with shelve alone"),
        ({"action": "acknowledge", "comment": 3}, 400, "must be text"),
        ({"action": "acknowledge", "comment": "x" * 501}, 400, "at most 500"),
        ({"action": "shelve", "until_ms": 1}, 400, "comment: must be given"),
        ({"action": "acknowledge", "comment": "\x07"}, 400, "control characters"),
        ({"action": "acknowledge", "coment": ""}, 400, "did you mean 'comment'?"),
    ],
)
def test_bad_orders_are_refused_in_words(orders_desk, fields, status, words):
    answer = orders_desk.change("POST", "/api/alarms/1", **fields)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/api/notes", "{}", 400, "text: must be given"),
        ("POST", "/api/notes", '{"text": "  "}', 400, "text: must be given"),
        ("POST", "/api/notes", json.dumps({"text": "x" * 4001}), 400, "at most 4000"),
        ("POST", "/api/notes", '{"text": "x", "t_ms": "now"}', 400, "whole number of ms"),
        ("POST", "/api/notes", '{"txt": "x"}', 400, "did you mean 'text'?"),
        ("POST", "/api/notes", "[]", 400, "must be a JSON object"),
        ("POST", "/api/notes", "{", 400, "body: not JSON"),
        ("POST", "/api/notes", "[" * 60_000, 400, "body: not JSON"),
        ("POST", "/api/notes", b"\xff\xfe", 400, "body: not JSON"),
        ("POST", "/api/login", '{"name": "x"}', 400, "password: must be given"),
        ("POST", "/api/login", '{"name": 3, "password": "x"}', 400, "must be text"),
        ("POST", "/api/login", '{"name": "x", "password": "y"}', 401, "no such name"),
        ("POST", "/api/password", '{"old": "x", "new": "y"}', 400, "has no users"),
        ("DELETE", "/api/users", '{"name": "x"}', 403, "needs engineer"),
        ("POST", "/api/alarms/x", '{"action": "reset"}', 400, "must be a number"),
        ("PUT", "/api/notes", "{}", 405, "Method Not Allowed"),
        ("POST", "/api/now", "{}", 405, "Method Not Allowed"),
    ],
)
def test_bad_bodies_are_refused_in_words(orders_desk, method, path, body, status, words):
    headers = {"x-csrf-token": orders_desk.csrf, "content-type": "application/json"}
    answer = orders_desk.request(method, path, content=body, headers=headers)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


@pytest.fixture(scope="module")
def orders_desk(tmp_path_factory):
    folder = desk_folder(tmp_path_factory.mktemp("orders"))
    with served(desk_source(folder), folder) as (address, _), Client(address) as client:
        client.csrf = client.get("/api/site").json()["csrf"]
        yield client


def test_a_stream_ends_with_the_session(tmp_path):
    make_users(tmp_path, vera="viewer")
    source = desk_source(desk_folder(tmp_path))
    with served(source, tmp_path) as (address, _), Client(address) as client:
        client.login("vera")
        with client.stream("GET", "/api/stream") as answer:
            lines = answer.iter_lines()
            until(lines, "beat")
            with Client(address, cookies=client.cookies) as same:
                same.csrf = client.csrf
                assert same.change("POST", "/api/logout").status_code == 200
            assert sum(1 for line in lines if line.startswith("event: beat")) <= 1


def test_who_does_not_read_keeps_nobody_waiting_and_the_end_is_soon(desk, plant):
    plant.step(1.0)
    stop = threading.Event()

    def busy():
        value = 2.0
        while not stop.wait(0.02):
            plant.step(value := value + 1.0)

    writer = threading.Thread(target=busy)
    writer.start()
    host, port = desk[1].removeprefix("http://").strip("/").split(":")
    try:
        deaf = [socket.socket() for _ in range(5)]
        for raw in deaf:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.connect((host, int(port)))
            raw.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with Client(desk[1]) as client, client.stream("GET", "/api/stream") as answer:
            lines = answer.iter_lines()
            until(lines, "beat")
            for _ in range(4):
                begin = monotonic_ns()
                until(lines, "beat")
                assert (monotonic_ns() - begin) / 1e9 < 2.5
            begin = monotonic_ns()
            desk[2].should_exit = True
            with suppress(httpx.HTTPError):
                for _ in lines:
                    pass
            assert (monotonic_ns() - begin) / 1e9 < 3.0
        for raw in deaf:
            raw.close()
    finally:
        stop.set()
        writer.join()


def test_nobody_looks_where_nobody_listens(tmp_path):
    source = open_run_source(run_folder(tmp_path))
    looks = []
    source.now = lambda now=source.now: looks.append(1) or now()
    with served(source) as (address, _), Client(address) as client:
        client.events(1)
        one = len(looks)
        client.get("/api/span")
        client.events(3)
    assert one <= 2
    assert len(looks) <= one + 5


class Moody:
    """A source whose `now` does what the test says."""

    def __init__(self, source):
        self._source = source
        self.raises = None

    def __getattr__(self, name):
        return getattr(self._source, name)

    def now(self):
        if self.raises is not None:
            raise self.raises
        return self._source.now()


def test_a_source_that_cannot_be_read_is_said_and_may_come_back(tmp_path):
    source = Moody(open_run_source(run_folder(tmp_path)))
    with (
        served(source) as (address, _),
        Client(address) as client,
        client.stream("GET", "/api/stream") as answer,
    ):
        lines = answer.iter_lines()
        until(lines, "beat")
        source.raises = BadInput("the disk is gone")
        said = until(lines, "beat") + until(lines, "beat")
        assert "the disk is gone" in {beat["trouble"] for beat in named(said, "beat")}
        assert client.get("/healthz").status_code == 503
        source.raises = None
        said = until(lines, "beat") + until(lines, "beat")
        assert named(said, "beat")[-1]["trouble"] == ""


def test_a_mistake_of_ours_ends_the_server(tmp_path):
    source = Moody(open_run_source(run_folder(tmp_path)))
    place = Place("127.0.0.1", 0)
    seen = []
    with closing(listening(place)) as listener:
        server, address = prepared(source, None, place, listener)

        def run():
            try:
                server.run([listener])
            except ZeroDivisionError as error:
                seen.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        source.raises = ZeroDivisionError("ours")
        with Client(address) as client:
            assert client.events(1) == []
        thread.join(10)
    assert [str(error) for error in seen] == ["ours"]
