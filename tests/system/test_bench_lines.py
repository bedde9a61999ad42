"""Ports in use, serial devices that are missing, controllers that are not there."""

import shutil
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
from bench_processes import ROOT, Bench, hukka
from desk import Desk
from free_ports import free_port

from hil.historian import open_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

SHORT = ("--transport", "site", "--duration", "1h", "--warmup", "10s", "--json")


@pytest.fixture
def site(tmp_path):
    """Writes the reference site, with other ports and `changes` made, and gives its path."""

    def write(*changes: tuple[str, str]) -> Path:
        folder = tmp_path / "site"
        shutil.copytree(ROOT / "sites/mantsala", folder, dirs_exist_ok=True)
        text = (folder / "site.yaml").read_text()
        for old, new in [*changes, ("15020", str(free_port())), ("15021", str(free_port()))]:
            assert old in text or old.isdecimal()
            text = text.replace(old, new)
        (folder / "site.yaml").write_text(text)
        return folder / "site.yaml"

    return write


@pytest.fixture
def taken():
    """A port that another program has."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize(("ours", "link"), [("15020", "site_lan"), ("15021", "dh_lan")])
def test_a_port_in_use_is_named(tmp_path, site, taken, ours, link):
    """In 15020 the emulated controller serves, in 15021 the bench itself."""
    with Bench((site((ours, taken)), *SHORT), tmp_path / "run") as bench:
        assert bench.end() == 2
        last = bench.error.splitlines()[-1]
        assert last == f"hukka: {link}: port 127.0.0.1:{taken} is in use by another program"
        assert bench.status == "failed"
        assert open_run(bench.out).rows == 0


def test_a_host_that_is_not_ours_is_named(tmp_path, site):
    path = site(("host: 127.0.0.1, port: 15021", "host: 192.0.2.1, port: 15021"))
    with Bench((path, *SHORT), tmp_path / "run") as bench:
        assert bench.end() == 2
        assert "hukka: dh_lan: cannot serve on 192.0.2.1:" in bench.error


REAL_HEAT_PUMP = ("type: heat_pump\n", "type: heat_pump\n    emulated: false\n")
REAL_COOLING_LOOP = ("type: cooling_loop\n", "type: cooling_loop\n    emulated: false\n")
REAL_NETWORK = ("type: network\n", "type: network\n    emulated: false\n")


def test_a_missing_serial_device_is_lost_before_time_zero(tmp_path, site):
    path = site(("device: pty", "device: /dev/ttyNOPE"), REAL_HEAT_PUMP)
    with Bench((path, *SHORT), tmp_path / "run") as bench:
        assert bench.end() == 4
        last = bench.error.splitlines()[-1]
        assert last.startswith("hukka: heat_pump: no answer in 5 s; heat_pump: read ")
        assert "hp_line: cannot open /dev/ttyNOPE: " in last
        assert "No such file or directory" in last
        assert bench.status == "link lost"
        assert open_run(bench.out).rows == 0


def test_an_emulated_controller_cannot_share_the_serial_device_of_the_bench(tmp_path, site):
    done = hukka(
        "bench", site(("device: pty", "device: /dev/ttyS0")), *SHORT, "--out", tmp_path / "run"
    )
    assert done.returncode == 2
    assert "site.yaml links.hp_line.device = '/dev/ttyS0': the bench plays both ends" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_controller_that_does_not_listen_is_lost_before_time_zero(tmp_path, site):
    with Bench((site(REAL_COOLING_LOOP), *SHORT), tmp_path / "run") as bench:
        assert bench.end() == 4
        last = bench.error.splitlines()[-1]
        assert last.startswith("hukka: cooling_loop: no answer in 5 s; ")
        assert "refused" in last


def test_a_controller_that_does_not_ask_is_lost_before_time_zero(tmp_path, site):
    port = str(free_port())
    with Bench((site(REAL_NETWORK, ("15021", port)), *SHORT), tmp_path / "run") as bench:
        assert bench.end() == 4
        where = f"dh_lan: Modbus TCP 127.0.0.1:{port}"
        assert bench.error.endswith(f"hukka: network: has not asked for 5 s, on {where}\n")


def test_a_real_controller_is_played_in_virtual_time_and_the_run_says_so(tmp_path, site):
    options = ("--pace", "max", "--duration", "30s", "--warmup", "10s", "--json")
    with Bench((site(REAL_HEAT_PUMP), *options), tmp_path / "run") as bench:
        assert bench.end() == 0
        assert "hukka: heat_pump: played by hukka, because loopback reaches no" in bench.error


def test_a_site_with_a_real_controller_runs_against_one_on_the_desk(tmp_path, site):
    """`hukka controller` plays the real one here: a program of its own that the bench finds."""
    port = str(free_port())
    desk = Desk("cooling_loop", "--tcp", f"127.0.0.1:{port}")
    options = ("--transport", "site", "--duration", "2s", "--warmup", "10m", "--json")
    with desk, Bench((site(REAL_COOLING_LOOP, ("15020", port)), *options), tmp_path / "run") as b:
        assert b.end() == 0, b.error
        assert b.result["links"]["cooling_loop"]["errors"] == 0
        assert b.result["links"]["cooling_loop"]["transactions"] >= 4
