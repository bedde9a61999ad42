"""The page behind proxies that end TLS under another name: logins, orders, streams, metrics."""

import ssl
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from browser_desk import Tab, chromium
from free_ports import free_port
from page_desk import PASSWORD, Client, desk_folder, desk_source, make_users, run_folder, served
from tls_desk import Authority
from tls_proxy import NAME, installed, nginx_conf, proxy

from hil.gate.audit import verify
from hil.page import crowd
from hil.page.entry import Entry
from hil.page.public import public_of
from hil.page.serving import place_of
from twin.clock import NS_PER_S, WallClock

KINDS = ["own", "nginx", "caddy"]


class Named(httpx.HTTPTransport):
    """Connects to this machine whatever the name; the name is what TLS and `Host` say."""

    def handle_request(self, request):
        here = request.url.copy_with(host="127.0.0.1")
        told = {**request.extensions, "sni_hostname": NAME}
        return super().handle_request(
            httpx.Request(
                request.method,
                here,
                headers=request.headers,
                stream=request.stream,
                extensions=told,
            )
        )


class Visitor(Client):
    """A browser somewhere: it knows the public address and who signed for it."""

    def __init__(self, desk, source="127.0.0.1"):
        trust = ssl.create_default_context(cafile=desk.ca)
        transport = Named(verify=trust, local_address=source)
        super().__init__(f"{desk.origin}{desk.prefix}", transport=transport)
        self.headers["origin"] = desk.origin

    def __enter__(self):
        """As soon as the proxy is there."""
        super().__enter__()
        clock = WallClock()
        while clock.now_ns() < 20 * NS_PER_S:
            try:
                if self.get("/healthz").status_code in (200, 503):
                    return self
            except httpx.TransportError:
                clock.wait_until(clock.now_ns() + NS_PER_S // 20)
        raise AssertionError("the proxy never came")


@dataclass(frozen=True)
class Desk:
    folder: Path
    ca: Path
    origin: str
    prefix: str
    upstream: int


@contextmanager
def desk(folder, kind="own", prefix="", token=None, **more):
    """A page of users behind a proxy of `kind`."""
    data = desk_folder(folder / "desk")
    make_users(data, elsa="engineer", otto="operator")
    authority, port = Authority(folder / "ca"), free_port()
    files, origin = authority.files(NAME), f"https://{NAME}:{port}"
    place = place_of("127.0.0.1:0", None, None, public=f"{origin}{prefix}")
    with served(desk_source(data), data, place, token) as (address, _):
        upstream = int(address.rsplit(":", 1)[1].strip("/"))
        with proxy(kind, files, folder, port, upstream, **more):
            yield Desk(data, authority.ca, origin, prefix, upstream)


@pytest.mark.parametrize("kind", KINDS)
def test_people_log_in_listen_and_acknowledge_through_it(tmp_path, kind):
    with desk(tmp_path, kind) as made, Visitor(made, "127.0.0.2") as otto:
        otto.headers["x-forwarded-for"] = "198.51.100.1"  # what a client writes is nothing
        assert otto.get("/api/now").status_code == 401
        answer = otto.login("otto")
        assert answer.status_code == 200, answer.text
        set_ = answer.headers["set-cookie"]
        assert set_.startswith(f"__Host-hukka-{made.upstream}=")
        assert all(word in set_ for word in ("Secure", "HttpOnly", "Path=/;", "SameSite=strict"))
        assert "max-age" in answer.headers["strict-transport-security"]
        clock = WallClock()
        assert len([n for n, _ in otto.events(8) if n == "beat"]) >= 3
        assert clock.now_ns() < 20 * NS_PER_S, "events come one by one"
        done = otto.change("POST", "/api/alarms/1", action="acknowledge", comment="seen")
        assert done.status_code == 200, done.text
        by = {a["number"]: a["acknowledged_by"] for a in otto.get("/api/alarms").json()}
        assert by[1] == "otto"
        otto.headers["origin"] = "https://evil.example"
        assert otto.change("POST", "/api/alarms/2", action="acknowledge").status_code == 403
    (login,) = [r.fields for r in verify(made.folder).records if r.fields["event"] == "login"]
    assert login["address"] == "127.0.0.2"


@pytest.mark.parametrize("takes_off", ["", "/hukka"], ids=["left on", "taken off"])
def test_a_prefix_may_be_left_on_or_taken_off(tmp_path, takes_off):
    with (
        desk(tmp_path, prefix="/hukka", takes_off=takes_off, keeps_host=False) as made,
        Visitor(made) as otto,
    ):
        bare = otto.get(f"{made.origin}/hukka")
        assert (bare.status_code, bare.headers["location"]) == (308, f"{made.origin}/hukka/")
        assert "<html" in otto.get("/").text
        assert otto.get("/assets/app.js").status_code == 200
        answer = otto.login("otto")
        assert answer.status_code == 200, answer.text
        set_ = answer.headers["set-cookie"]
        assert set_.startswith(f"__Secure-hukka-{made.upstream}=")
        assert "Path=/hukka;" in set_
        assert "strict-transport-security" not in answer.headers, "the name is not ours alone"
        assert otto.change("POST", "/api/alarms/1", action="acknowledge").status_code == 200


def test_a_browser_shows_the_plant_and_acknowledges(tmp_path):
    """Chromium itself keeps the cookie, sends `Origin` and follows the stream."""
    here = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with (
        desk(tmp_path, prefix="/hukka") as made,
        chromium(here) as browser,
        Visitor(made),
        Tab(browser, f"{made.origin}/hukka", ignore_https_errors=True) as tab,
    ):
        tab.page.goto(f"{tab.address}/#/alarms")
        tab.page.get_by_label("Name").fill("otto")
        tab.page.get_by_label("Password").fill(PASSWORD)
        tab.page.keyboard.press("Enter")
        tab.page.locator("[data-alarm='1'] [data-deed='acknowledge']").click()
        tab.shot("behind-proxy")
        tab.page.locator("dialog").get_by_role("button", name="Acknowledge").click()
        tab.page.wait_for_selector("[data-alarm='1'][data-state='seen']")
        tab.page.wait_for_selector(".badge[data-life='live']")
        assert not [c for c in tab.complaints if "401" not in c]


def test_who_waits_after_wrong_passwords_is_the_client_and_not_the_proxy(tmp_path):
    """20 from an address are free, 5 of a name."""
    with (
        desk(tmp_path) as made,
        Visitor(made) as otto,
        Visitor(made, "127.0.0.2") as evil,
    ):
        make_users(made.folder, **{f"vera{n}": "viewer" for n in range(7)})
        said = []
        for n in range(28):
            evil.headers["x-forwarded-for"] = f"198.51.100.{n}"
            said.append(evil.login(f"vera{n // 4}", "wrong password").status_code)
        assert said[:20] == [401] * 20
        assert 429 in said[20:]
        assert otto.login("otto").status_code == 200
    failed = [r.fields for r in verify(made.folder).records if r.fields["event"] == "login_failed"]
    assert {f["address"] for f in failed} == {"127.0.0.2"}


def test_open_pages_are_counted_by_client_and_not_by_proxy(tmp_path, monkeypatch):
    monkeypatch.setattr(crowd, "STREAMS_EACH", 2)
    with (
        desk(tmp_path) as made,
        Visitor(made) as otto,
        Visitor(made, "127.0.0.2") as greedy,
        ExitStack() as stack,
    ):
        for one in (otto, greedy):
            assert one.login("otto").status_code == 200
        said = [stack.enter_context(greedy.stream("GET", "/api/stream")) for _ in range(3)]
        assert [answer.status_code for answer in said] == [200, 200, 429]
        assert "beat" in [name for name, _ in otto.events(5)]


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_behind_a_proxy_need_a_token(tmp_path, kind):
    with desk(tmp_path, kind) as made, Visitor(made) as anybody:
        refused = anybody.get("/metrics")
        assert (refused.status_code, "metrics.token_file" in refused.text) == (403, True)
        direct = httpx.get(f"http://127.0.0.1:{made.upstream}/metrics")
        assert direct.status_code == 403, "a proxy that hides looks the same"


def test_metrics_go_through_it_for_whoever_has_the_token(tmp_path):
    with desk(tmp_path, token="s3cret") as made, Visitor(made) as scraper:
        assert scraper.get("/metrics").status_code == 401
        shown = {"authorization": "Bearer s3cret"}
        assert "hukka_info" in scraper.get("/metrics", headers=shown).text


def test_a_public_page_without_a_user_is_refused(tmp_path):
    run = run_folder(tmp_path / "run")
    words = ["page", str(run), "--listen", "127.0.0.1:0", "--public", f"https://{NAME}"]
    refused = subprocess.run(
        [sys.executable, "-m", "hil.cli", *words], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 2
    assert f"--public https://{NAME}/" in refused.stderr
    assert "hukka user add" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nobody_is_let_in_when_the_last_user_is_gone(tmp_path):
    public = public_of(f"https://{NAME}")
    assert not Entry(tmp_path, loopback=True, tls=False, port=1, public=public).open


def test_the_shipped_nginx_file_is_one(tmp_path):
    files = Authority(tmp_path / "ca").files(NAME)
    file = nginx_conf(tmp_path, files, 8470, free_port())
    checked = subprocess.run(
        [installed("nginx"), "-t", "-q", "-e", tmp_path / "error.log", "-c", file],
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
