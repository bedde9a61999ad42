"""`hukka controller`: what it refuses, and how it ends."""

import signal
import socket
from contextlib import closing

import pytest
from bench_processes import hukka
from desk import Desk

REFUSED = [
    (("heat_pump",), "give one of LINK, --tcp HOST:PORT and --serial PATH"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--serial", "x"), "give one of LINK"),
    (("heat_pump", "tcp://127.0.0.1:0", "--role", "a=write"), "--role goes with tls://"),
    (("heat_pump", "tls://127.0.0.1:0"), "Modbus/TCP Security needs this PEM file"),
    (("heat_pump", "pty:README.md"), "exists and is not the link of a serial line"),
    (("heat_pmp", "--tcp", "127.0.0.1:0"), "unknown type 'heat_pmp', did you mean 'heat_pump'?"),
    (("heat_pump", "--tcp", "1502"), "--tcp = '1502': must be HOST:PORT"),
    (("heat_pump", "--tcp", "127.0.0.1:99999"), "--tcp = '127.0.0.1:99999': must be HOST:PORT"),
    (("heat_pump", "--tcp", "192.0.2.1:1502"), "cannot serve on 192.0.2.1:1502"),
    (("heat_pump", "--serial", "README.md"), "README.md"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--set", "watchdg=5"), "did you mean 'watchdog'?"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--set", "u_run=1"), "unknown writable point 'u_run'"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--set", "watchdog=soon"), "= 'soon': must be a number"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--set", "watchdog=nan"), "= nan: must be 0.5 to 600 s"),
    (("heat_pump", "--tcp", "127.0.0.1:0", "--unit", "0"), "--unit"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[r[1][:30] for r in REFUSED])
def test_a_wrong_argument_is_refused(arguments, message):
    done = hukka("controller", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_port_in_use_is_named():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = hukka("controller", "network", "--tcp", f"127.0.0.1:{port}")
    assert done.returncode == 2
    assert done.stderr == (f"hukka: network: port 127.0.0.1:{port} is in use by another program\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_how_it_ends(tmp_path, number):
    line = tmp_path / "line"
    with Desk("cooling_loop", "--serial", str(line)) as desk:
        assert desk.said.startswith(f"cooling_loop: Modbus RTU {line} 19200 8E1, unit 1")
        assert line.is_symlink()
        assert desk.stop(number) == (0, "cooling_loop: 0 requests served\n", "")
    assert not line.is_symlink()
