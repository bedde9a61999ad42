"""Hostile visitors of the page: proxies that hide, halves of requests, paths, broken files."""

import socket
from contextlib import contextmanager
from threading import Thread

import pytest
from bench_processes import LONG_S
from page_desk import PASSWORD, Client, desk_folder, desk_source, make_users, served

from hil.page import serving
from hil.page.patience import Patience


@contextmanager
def raw(address):
    host, port = address.removeprefix("http://").strip("/").split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        yield line


@contextmanager
def visited(folder):
    """The page of a monitor's data: its address, and a client of it."""
    source = desk_source(desk_folder(folder))
    with served(source, folder) as (address, _), Client(address) as client:
        yield address, client


def first_line(line, text):
    """The first line of the answer to `text`."""
    line.sendall(text)
    return line.recv(4096).split(b"\r\n")[0].decode()


@pytest.fixture
def open_page(tmp_path):
    with served(desk_source(desk_folder(tmp_path)), tmp_path) as (address, _):
        yield tmp_path, address


HTTP_1_0 = b"GET /api/now HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_page_without_users_refuses_a_proxy_that_says_nothing_of_itself(open_page):
    folder, address = open_page
    with Client(address) as client:
        assert client.get("/api/now").status_code == 200
        through = client.get("/api/now", headers={"host": "192.0.2.7:8470"})
        assert (through.status_code, "hukka user add" in through.text) == (401, True)
        assert client.get("/api/now", headers={"x-forwarded-proto": "https"}).status_code == 401
        with raw(address) as line:  # as nginx asks by itself
            assert "401" in first_line(line, HTTP_1_0)
        make_users(folder, elsa="engineer")
        with raw(address) as line:
            assert "401" in first_line(line, HTTP_1_0)
        assert client.login("elsa").status_code == 200
        assert client.get("/api/now", headers={"host": "192.0.2.7:8470"}).status_code == 200


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /api/now HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 100\r\n\r\n{"name"',
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_half_a_request_is_not_waited_for_and_a_stream_is(monkeypatch, tmp_path, half, capfd):
    monkeypatch.setattr(serving, "Patience", lambda: Patience(500_000_000))
    with visited(tmp_path) as (address, client), raw(address) as line, raw(address) as stream:
        stream.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        line.sendall(half)
        while line.recv(4096):  # until it is closed
            pass
        assert client.get("/api/now").status_code == 200
        got = b""
        while got.count(b"event: beat") < 4:
            got += stream.recv(65536)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/assets//etc/passwd",
        "/assets/vendor/../../users.py",
        "/api/alarms/..%2f..%2fusers/evidence",
        "//evil.example/%2e%2e",
    ],
)
def test_no_path_leads_out(open_page, path):
    with raw(open_page[1]) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b""
        while more := line.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"400", b"404"), head
    assert b"import" not in body
    assert b"root:" not in body
    assert b"location:" not in head.lower()


def test_a_broken_file_of_users_lets_nobody_in_and_the_log_says_why(tmp_path, capfd):
    make_users(tmp_path, elsa="engineer")
    with visited(tmp_path) as (_, client):
        assert client.login("elsa").status_code == 200
        for content in ("{half", "[]", '{"users": {"x": {"role": "root", "hash": ""}}}'):
            (tmp_path / "users.json").write_text(content)
            for answer in (client.get("/api/now"), client.login("elsa")):
                assert answer.status_code == 503, answer.text
                assert "file of users cannot be read" in answer.json()["error"]
                assert str(tmp_path) not in answer.text
    assert f"{tmp_path}/users.json: not a file of users" in capfd.readouterr().err


def test_a_crowd_at_the_door_keeps_nobody_waiting_who_is_in(tmp_path):
    make_users(tmp_path, elsa="engineer")
    with visited(tmp_path) as (address, inside):
        assert inside.login("elsa").status_code == 200

        def knock(n):
            with Client(address, timeout=LONG_S) as client:
                client.login(f"nobody{n}")

        crowd = [Thread(target=knock, args=(n,)) for n in range(15)]
        for one in crowd:
            one.start()
        assert inside.get("/api/now").status_code == 200
        for one in crowd:
            one.join(LONG_S)


def test_a_password_with_half_a_character_is_a_bad_request(tmp_path):
    make_users(tmp_path, elsa="engineer")
    with visited(tmp_path) as (_, client):
        body = b'{"name": "elsa", "password": "\\ud800 and so on"}'
        told = client.post("/api/login", content=body, headers={"content-type": "application/json"})
        assert (told.status_code, "surrogates not allowed" in told.json()["error"]) == (400, True)
        assert client.login("elsa").status_code == 200
        changed = client.change("POST", "/api/password", old=PASSWORD, new="\ud800 long enough")
        assert changed.status_code == 400
    assert "login_failed" not in (tmp_path / "audit.jsonl").read_text()


def test_a_refused_change_of_users_is_written_down_before_and_after(tmp_path):
    make_users(tmp_path, elsa="engineer", vera="viewer")
    with visited(tmp_path) as (_, client):
        client.login("elsa")
        last = client.change("DELETE", "/api/users", name="elsa")
        taken = client.change("POST", "/api/users", name="vera", role="viewer", password=PASSWORD)
        assert (last.status_code, taken.status_code) == (400, 400)
    log = (tmp_path / "audit.jsonl").read_text()
    events = [e for e in ("user_removed", "user_added", "user_refused") if e in log]
    assert events == ["user_removed", "user_added", "user_refused"]
    assert "the last engineer" in log
