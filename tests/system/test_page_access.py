"""Who may do what: every address by every role, tokens, origins, hosts, headers, passwords."""

import json
import socket
from contextlib import contextmanager

import pytest
from page_desk import PASSWORD, T0, Client, desk_folder, desk_source, make_users, run_folder, served

from hil.gate.audit import verify
from hil.page.entry import Entry
from hil.page.run_source import open_run_source

MS = T0 // 1_000_000
LOOK = [
    "/api/site",
    "/api/now",
    f"/api/at?t={MS}",
    "/api/span",
    "/api/series?keys=heat_pump.T_sink_out:measured",
    "/api/alarms",
    f"/api/alarms/history?from={MS}&to={MS + 1}",
    f"/api/alarms/rates?from={MS}&to={MS + 1}",
    "/api/alarms/1/evidence",
    "/api/health",
    f"/api/kpis?from={MS}&to={MS + 600_000}",
    "/api/procedures",
    "/api/stream",
]
OPERATE = [
    ("POST", "/api/alarms/1", {"action": "acknowledge"}),
    ("POST", "/api/notes", {"text": "a note", "t_ms": MS}),
]
ENGINEER = [
    ("POST", "/api/alarms/2", {"action": "remove", "comment": "being mended"}),
    ("GET", "/api/users", None),
    ("POST", "/api/users", {"name": "new", "role": "viewer", "password": PASSWORD}),
    ("DELETE", "/api/users", {"name": "new"}),
]
RANK = {None: 0, "viewer": 1, "operator": 2, "engineer": 3}
TABLE = [
    *((1, "GET", path, None) for path in LOOK),
    *((2, *row) for row in OPERATE),
    *((3, *row) for row in ENGINEER),
]


@pytest.fixture
def desk(tmp_path):
    make_users(tmp_path, vera="viewer", otto="operator", elsa="engineer")
    source = desk_source(desk_folder(tmp_path))
    with served(source, tmp_path) as (address, _):
        yield tmp_path, address


@contextmanager
def client(address, name=None):
    with Client(address) as made:
        if name is not None:
            assert made.login(name).status_code == 200
        yield made


@pytest.mark.parametrize("name", [None, "vera", "otto", "elsa"])
def test_every_address_by_every_role(desk, name):
    role = {"vera": "viewer", "otto": "operator", "elsa": "engineer"}.get(name)
    with client(desk[1], name) as who:
        for needs, method, path, body in TABLE:
            if path == "/api/stream":
                with who.stream("GET", path) as answer:
                    status = answer.status_code
            elif method == "GET":
                status = who.get(path).status_code
            else:
                status = who.change(method, path, **body).status_code
            if role is None:
                expected = 401
            elif RANK[role] < needs:
                expected = 403
            else:
                expected = 201 if (method, path) in CREATED else 200
            assert (method, path, status) == (method, path, expected)


CREATED = {("POST", "/api/notes"), ("POST", "/api/users")}


def test_an_operator_shelves_and_does_not_take_out_of_service(desk):
    with client(desk[1], "otto") as who:
        refused = who.change("POST", "/api/alarms/1", action="remove", comment="x")
        assert refused.status_code == 403
        assert "needs engineer" in refused.json()["error"]


def test_a_change_without_the_token_of_the_page_is_refused(desk):
    with client(desk[1], "otto") as who, client(desk[1], "elsa") as other:
        for token in ("", "x" * 64, other.csrf, "ä"):
            who.csrf, own = token, who.csrf
            headers = {"x-csrf-token": token.encode(), "content-type": "application/json"}
            body = json.dumps({"action": "acknowledge"})
            answer = who.post("/api/alarms/1", content=body, headers=headers)
            assert (answer.status_code, "x-csrf-token" in answer.text) == (403, True)
            who.csrf = own
        assert who.change("POST", "/api/alarms/1", action="acknowledge").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-length": "70000"}, 413),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:80"}, 421),
        ({"host": ""}, 421),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]:1"}, 200),
    ],
)
def test_other_pages_and_other_names_come_no_further_than_the_door(desk, headers, status):
    with client(desk[1]) as who:
        body = json.dumps({"name": "vera", "password": PASSWORD})
        if "content-length" in headers:
            body = body.ljust(70_000)
        sent = {"content-type": "application/json", **headers}
        answer = who.post("/api/login", content=body, headers=sent)
        assert answer.status_code == status, answer.text


def test_a_body_without_an_end_is_cut_off(desk):
    host, port = desk[1].removeprefix("http://").strip("/").split(":")
    head = (
        b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), 10) as raw:
        raw.sendall(head + b"8000\r\n" + b" " * 0x8000 + b"\r\n")
        raw.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n" + b"8000\r\n" + b" " * 0x8000 + b"\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 413")


def test_every_answer_has_the_headers(desk):
    with client(desk[1]) as who:
        for path in ("/api/now", "/healthz", "/api/nothing", "/assets/nothing.js"):
            headers = who.get(path).headers
            csp = headers["content-security-policy"]
            assert "default-src 'none'" in csp
            assert "frame-ancestors 'none'" in csp
            assert "unsafe" not in csp
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "strict-transport-security" not in headers
            assert "server" not in headers
            kept = headers["cache-control"]
            assert kept == ("no-cache" if path.startswith("/assets") else "no-store")


def test_a_login_gives_a_token_of_its_own(desk):
    with client(desk[1]) as who:
        (cookie,) = [f"hukka-{desk[1].rsplit(':', 1)[1].strip('/')}"]
        who.cookies.set(cookie, "planted-by-somebody-else")
        answer = who.login("otto")
        set_ = answer.headers["set-cookie"]
        assert "HttpOnly" in set_
        assert "SameSite=strict" in set_
        token = answer.cookies[cookie]
        assert token != "planted-by-somebody-else"
        assert len(token) >= 43
        again = who.login("otto")
        assert again.cookies[cookie] != token
        with Client(desk[1], cookies={cookie: token}) as old:
            assert old.get("/api/now").status_code == 401, "the session before is over"


def test_a_session_ends_with_logout_password_and_removal(desk):
    with client(desk[1], "otto") as one, client(desk[1], "otto") as two:
        assert one.change("POST", "/api/logout").status_code == 200
        assert one.get("/api/now").status_code == 401
        assert two.get("/api/now").status_code == 200
        assert two.change("POST", "/api/password", old="wrong", new="x" * 12).status_code == 403
        assert two.change("POST", "/api/password", old=PASSWORD, new="short").status_code == 400
        with client(desk[1], "otto") as three:
            changed = two.change("POST", "/api/password", old=PASSWORD, new="another long one")
            assert changed.status_code == 200
            assert three.get("/api/now").status_code == 401
            assert two.get("/api/now").status_code == 200
        with client(desk[1], "elsa") as elsa:
            assert elsa.change("DELETE", "/api/users", name="otto").status_code == 200
        assert two.get("/api/now").status_code == 401


def test_wrong_passwords_wait_and_are_written_down(desk):
    with client(desk[1]) as who:
        seen = [who.login("otto", f"wrong {i}").status_code for i in range(7)]
        assert seen[:5] == [401] * 5
        assert seen[5] == 429
        refused = who.login("otto")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert who.login("vera").status_code == 200, "others come in all the same"
    failed = [r.fields for r in verify(desk[0]).records if r.fields["event"] == "login_failed"]
    assert len(failed) == 5
    assert {f["user"] for f in failed} == {"otto"}
    assert "wrong" not in (desk[0] / "audit.jsonl").read_text()


def test_every_change_is_in_the_audit_log(desk):
    with client(desk[1], "elsa") as elsa:
        elsa.change("POST", "/api/users", name="new", role="viewer", password=PASSWORD)
        elsa.change("DELETE", "/api/users", name="new")
        elsa.change("POST", "/api/alarms/1", action="acknowledge", comment="seen")
        elsa.change("POST", "/api/alarms/77", action="acknowledge")
        elsa.change("POST", "/api/notes", text="filter changed", t_ms=MS)
        elsa.change("POST", "/api/logout")
    found = verify(desk[0])
    assert found.findings == []
    assert [r.fields["event"] for r in found.records] == [
        "login",
        "user_added",
        "user_removed",
        "order",
        "order",
        "order_refused",
        "note",
        "logout",
    ]
    assert {r.fields["user"] for r in found.records} == {"elsa"}


def test_a_change_that_cannot_be_written_down_is_not_made(desk):
    with client(desk[1], "elsa") as elsa:
        (desk[0] / "audit.jsonl").unlink()
        (desk[0] / "audit.jsonl").mkdir()
        answer = elsa.change("POST", "/api/alarms/1", action="acknowledge")
        assert answer.status_code == 503
        assert "audit log" in answer.json()["error"]
        (alarm, _) = elsa.get("/api/alarms").json()
        assert alarm["state"] == "unacknowledged"


def test_this_machine_needs_no_user_until_there_is_one(tmp_path):
    source = open_run_source(run_folder(tmp_path))
    with served(source, tmp_path) as (address, _), client(address) as who:
        assert who.get("/api/site").json()["open"] is True
        for header in ("x-forwarded-for", "forwarded", "via"):
            assert who.get("/api/now", headers={header: "203.0.113.9"}).status_code == 401
        make_users(tmp_path, elsa="engineer")
        assert who.get("/api/now").status_code == 401
        assert who.login("elsa").status_code == 200
        assert who.get("/api/site").json()["user"] == {"name": "elsa", "role": "engineer"}


def test_nobody_comes_in_from_elsewhere_when_the_last_user_is_gone(tmp_path):
    assert Entry(tmp_path, loopback=True, tls=False, port=1).open
    assert not Entry(tmp_path, loopback=False, tls=True, port=1).open


def test_an_open_page_of_a_monitor_goes_on_over_a_restart_and_a_run_is_left_alone(tmp_path):
    desk_folder(tmp_path / "desk")
    seen = []
    for _ in range(2):
        source = desk_source(tmp_path / "desk")
        with served(source, tmp_path / "desk") as (address, _), client(address) as who:
            seen.append(who.get("/api/site").json()["csrf"])
    assert seen[0] == seen[1]
    run = run_folder(tmp_path / "run")
    before = sorted(path.name for path in run.iterdir())
    with served(open_run_source(run), run) as (address, _), client(address) as who:
        assert who.get("/api/site").status_code == 200
    assert sorted(path.name for path in run.iterdir()) == before


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "PATCH", "TRACE", "FOO"])
def test_a_method_that_no_address_takes_is_said_to_be_one(desk, method):
    with client(desk[1]) as who:
        answer = who.request(method, "/api/login")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, DELETE")
        assert "Method Not Allowed" in answer.json()["error"]
        known = who.request("DELETE", "/api/login", headers={"content-type": "application/json"})
        assert (known.status_code, known.headers["allow"]) == (405, "POST")
