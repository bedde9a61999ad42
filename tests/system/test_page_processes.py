"""The page as processes: its commands, its end, a crash, TLS, the worker of the monitor."""

import json
import os
import signal
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser_desk import Tab, chromium
from free_ports import free_port
from page_desk import PASSWORD, SINK, Client, Keeper, S, desk_folder, make_users, run_folder
from tls_desk import Authority

from hil.gate.audit import verify
from twin.clock import monotonic_ns

HUKKA = [sys.executable, "-m", "hil.cli"]


def hukka(*words, input=None):
    return subprocess.run(
        [*HUKKA, *map(str, words)], capture_output=True, text=True, timeout=60, input=input
    )


@contextmanager
def page(*words):
    """`hukka page` until the block ends; its address and the process."""
    process = subprocess.Popen(
        [*HUKKA, "page", *map(str, words)], stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stderr.readline()
        assert "://" in said, said + process.stderr.read()
        yield said.split()[-1], process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def rss(process):
    """Resident memory [B]."""
    pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_folder(tmp_path_factory.mktemp("run"))


def test_it_ends_well_and_soon_with_open_streams(run):
    with (
        page(run, "--listen", "127.0.0.1:0") as (address, process),
        Client(address) as client,
        client.stream("GET", "/api/stream") as answer,
    ):
        lines = answer.iter_lines()
        next(line for line in lines if line == "event: beat")
        begin = monotonic_ns()
        process.terminate()
        assert process.wait(10) == 0
        assert (monotonic_ns() - begin) / 1e9 < 3.0
        assert process.stderr.read() == ""


def test_a_port_that_is_taken_is_said_in_words(run):
    port = free_port()
    with page(run, "--listen", f"127.0.0.1:{port}"):
        second = hukka("page", run, "--listen", f"127.0.0.1:{port}")
    assert second.returncode == 2
    assert f"127.0.0.1:{port}: the page cannot listen there: " in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "0.0.0.0:0"], "give --cert and --key, or listen on 127.0.0.1"),
        (["--listen", "8470"], "must be HOST:PORT"),
        (["--listen", "127.0.0.1:99999"], "must be HOST:PORT"),
        (["--listen", "nowhere.invalid:0"], "cannot listen there"),
        (["--listen", "127.0.0.1:0", "--cert", "x.pem"], "--cert and --key go together"),
        (["--listen", "127.0.0.1:0", "--cert", "x", "--key", "y"], "x: No such file"),
    ],
)
def test_where_it_may_not_listen(run, words, said):
    refused = hukka("page", run, *words)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_folders_that_are_nothing_of_ours(tmp_path):
    for folder, said in ((tmp_path / "no", "no such folder"), (tmp_path, "neither a run folder")):
        refused = hukka("page", folder)
        assert (refused.returncode, said in refused.stderr) == (2, True)


def test_other_machines_need_tls_and_a_user(tmp_path):
    run_folder(tmp_path)
    files = Authority(tmp_path / "ca").files("page.example")
    words = (tmp_path, "--listen", "0.0.0.0:0", "--cert", files.cert, "--key", files.key)
    refused = hukka("page", *words)
    assert refused.returncode == 2
    assert "there is no user yet: see hukka user add" in refused.stderr
    wrong = hukka(
        "page", tmp_path, "--listen", "127.0.0.1:0", "--cert", files.cert, "--key", files.ca
    )
    assert (wrong.returncode, "no certificate and its key" in wrong.stderr) == (2, True)
    make_users(tmp_path, otto="operator")
    with page(*words) as (address, _):
        port = address.rsplit(":", 1)[1].strip("/")
        trust = ssl.create_default_context(cafile=files.ca)
        with Client(f"https://127.0.0.1:{port}", verify=trust) as client:
            assert client.get("/api/now").status_code == 401
            answer = client.login("otto")
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith(f"__Host-hukka-{port}=")
            assert "Secure" in cookie
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert client.get("/api/now").status_code == 200
            named = {"host": f"page.example:{port}"}
            assert client.get("/api/now", headers=named).status_code == 200
            assert client.get("/api/now", headers={"host": "localhost.example"}).status_code == 421


def test_a_page_that_was_killed_goes_on_with_the_same_sessions(tmp_path):
    run_folder(tmp_path)
    make_users(tmp_path, otto="operator")
    listen = ("--listen", f"127.0.0.1:{free_port()}")
    with page(tmp_path, *listen) as (address, process), Client(address) as client:
        client.login("otto")
        assert client.events(1)[0][0] == "now"
        process.send_signal(signal.SIGKILL)
        process.wait()
        with page(tmp_path, *listen):
            assert client.events(1)[0][0] == "now"
            assert client.get("/api/site").json()["csrf"] == client.csrf


def test_eighty_page_opens_take_no_memory(run):
    with page(run, "--listen", "127.0.0.1:0") as (address, process):
        seen = []
        for k in range(80):
            with Client(address) as client:
                for path in ("/api/site", "/api/now", "/api/alarms", "/api/health"):
                    assert client.get(path).status_code == 200
                drawn = f"/api/series?keys={SINK}:measured&most=500"
                assert client.get(drawn).status_code == 200
                client.events(1)
            if k >= 19:
                seen.append(rss(process))
        assert seen[-1] - seen[0] < 4_000_000, seen[::10]
        descriptors = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
        assert descriptors < 30


def test_users_by_command(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")
    made = hukka("user", "add", tmp_path, "anna", "--role", "engineer", "--password-file", secret)
    assert (made.returncode, made.stdout) == (0, "anna: engineer\n")
    asked = hukka("user", "add", tmp_path, "bert", "--role", "viewer", input=f"{PASSWORD}\n" * 2)
    assert asked.returncode == 0, asked.stderr
    wrong = hukka("user", "add", tmp_path, "eve", "--role", "enginer", "--password-file", secret)
    assert (wrong.returncode, "did you mean 'engineer'?" in wrong.stderr) == (2, True)
    assert hukka("user", "list", tmp_path).stdout == "anna: engineer\nbert: viewer\n"
    secret.write_bytes(PASSWORD.encode() + b"\xff")
    odd = hukka("user", "passwd", tmp_path, "bert", "--password-file", secret)
    assert (odd.returncode, odd.stderr) == (2, f"hukka: {secret}: is not UTF-8\n")
    secret.write_text("another long one\n")
    assert hukka("user", "passwd", tmp_path, "bert", "--password-file", secret).returncode == 0
    assert hukka("user", "passwd", tmp_path, "bret", "--password-file", secret).returncode == 2
    assert hukka("user", "remove", tmp_path, "bert").returncode == 0
    again = hukka("user", "remove", tmp_path, "bert")
    assert (again.returncode, "unknown user 'bert'" in again.stderr) == (2, True)
    assert hukka("user", "list", tmp_path / "no").returncode == 2
    events = [record.fields["event"] for record in verify(tmp_path).records]
    assert events == ["user_added", "user_added", "password", "user_removed"]


def test_the_worker_hands_orders_to_its_parent(tmp_path):
    desk_folder(tmp_path)
    keeper = Keeper(tmp_path)
    config = {
        "site": "mantsala",
        "data": str(tmp_path),
        "period_ns": S,
        "live": None,
        "listen": "127.0.0.1:0",
        "cert": None,
        "key": None,
    }
    worker = [sys.executable, "-m", "hil.page.worker"]
    with subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(json.dumps(config).encode() + b"\n")
        process.stdin.flush()
        ready = json.loads(process.stdout.readline())
        assert ready["event"] == "ready"
        with Client(ready["address"]) as client:
            client.csrf = client.get("/api/site").json()["csrf"]
            # nobody has to thread: what is asked waits in the pipe until it is done
            helper = subprocess_order(ready["address"], client.csrf)
            told = said(process)
            ask = told.pop("ask")
            assert told == {
                "event": "order",
                "number": 1,
                "action": "shelved",
                "who": client.get("/api/site").json()["user"]["name"],
                "comment": "known",
                "until_ns": told["until_ns"],
            }
            keeper(told.pop("event"), **told)
            process.stdin.write(json.dumps({"answer": ask, "error": ""}).encode() + b"\n")
            process.stdin.flush()
            assert helper.wait(30) == 0
            (alarm, _) = sorted(client.get("/api/alarms").json(), key=lambda row: row["number"])
            assert alarm["state"] == "shelved"
            # a keeper that ends on an order again and again: the person has gone by then
            helper = subprocess_order(ready["address"], client.csrf)
            late = said(process)
            assert helper.wait(30) == 1
            answer = {"answer": late["ask"], "error": "put aside, and not done"}
            process.stdin.write(json.dumps(answer).encode() + b"\n")
        assert json.loads(process.stdout.readline()) == {"event": "beat"}  # it goes on
        process.stdin.write(b'{"stop": true}\n')
        process.stdin.flush()
        assert process.wait(10) == 0
    *_, last = [record.fields for record in verify(tmp_path).records]
    assert (last["event"], last["user"]) == ("order_refused", late["who"])
    assert (last["why"], last["number"]) == ("put aside, and not done", 1)


def said(process):
    """The next that it says, but that it goes on."""
    while (told := json.loads(process.stdout.readline())) == {"event": "beat"}:
        pass
    return told


def subprocess_order(address, csrf):
    """A process that shelves alarm 1 for an hour; its exit code is 0 when the page said 200."""
    code = (
        "import httpx, sys, time\n"
        "answer = httpx.post(sys.argv[1] + 'api/alarms/1', headers={'x-csrf-token': sys.argv[2]},"
        " json={'action': 'shelve', 'comment': 'known', 'until_ms': int(time.time() * 1000)"
        " + 3600000}, timeout=20)\n"
        "sys.exit(answer.status_code != 200)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, address, csrf])


def test_the_bench_shows_the_same_page(tmp_path):
    port = free_port()
    words = ("bench", "mantsala", "--transport", "loopback", "--warmup", "10m", "--duration", "20s")
    command = [*HUKKA, *words, "--out", str(tmp_path / "run"), "--page", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stderr.readline().decode()
        assert f"http://127.0.0.1:{port}/" in first
        with Client(f"http://127.0.0.1:{port}") as client:
            site = client.get("/api/site").json()
            assert (site["kind"], site["can"]["order"]) == ("bench", False)
            now = {"t_ms": 0}
            with client.stream("GET", "/api/stream") as answer:
                for line in answer.iter_lines():
                    if line.startswith("data: {") and '"whole"' in line:
                        now |= json.loads(line[6:])
                    if now["t_ms"] >= 5000:
                        break
            drawn = client.get(f"/api/series?keys={SINK}:measured&most=10").json()
            assert len(drawn["t"]) > 1
            assert 300 < drawn["series"][f"{SINK}:measured"]["mean"][0] < 400
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["cycles"] == 20
    assert b"hukka page " in err
    assert second_port_is_refused(port)


@pytest.mark.timeout(120)
def test_a_browser_before_a_running_bench(tmp_path):
    address = f"http://127.0.0.1:{(port := free_port())}/"
    words = ("bench", "mantsala", "--transport", "loopback", "--warmup", "10m", "--duration", "1h")
    fault = ("--fault", "heat_pump.condenser_fouling=0.4@0s")
    command = [*HUKKA, *words, *fault, "--out", str(tmp_path / "run"), "--page", str(port)]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process,
        chromium() as browser,
    ):
        try:
            assert address in process.stderr.readline().decode()
            with Tab(browser, address) as tab:
                page = tab.drawn("plant")
                assert page.locator(".badge strong").text_content() == "BENCH"
                power = page.locator("[data-signal='heat_pump.P_electric'] .measured")
                before = power.text_content()
                tab.until(
                    "document.querySelector(\"[data-signal='heat_pump.P_electric'] .measured\")"
                    f".textContent !== '{before}'"
                )
                tab.shot("bench-plant")
                assert tab.complaints == []
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()


def second_port_is_refused(port):
    """Whether a bench whose port is taken says so before it begins."""
    import socket

    with socket.create_server(("127.0.0.1", port)):
        refused = hukka("bench", "mantsala", "--duration", "1s", "--page", port)
    return refused.returncode == 2 and "cannot listen there" in refused.stderr
