"""A bench that is interrupted, or loses a process: who, exit code, record, and nothing left."""

import os
import pty
import re
import select
import signal
import sys
import termios

import pytest
from bench_processes import Bench, until
from small_disks import small_disk

from hil.historian import open_run
from twin.clock import WallClock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

MAX = ("mantsala", "--pace", "max", "--json")
REAL = ("mantsala", "--transport", "tcp", "--duration", "1h", "--warmup", "10s", "--json")
RUNNING = r"hukka: loop: "


def running(bench):
    return bench.said(RUNNING)


def test_ctrl_c_while_processes_start_leaves_no_folder(tmp_path):
    with Bench(MAX, tmp_path / "run") as bench:
        bench.until(lambda: bench.children("loop"), "the loop's process")
        bench.signal(signal.SIGINT)
        assert bench.end() == 130
        assert bench.error == "hukka: interrupted\n"
        assert not bench.out.exists()


@pytest.mark.realtime
def test_ctrl_c_in_a_long_warm_up_is_heard_at_once(tmp_path):
    with Bench((*MAX, "--warmup", "30d"), tmp_path / "run") as bench:
        bench.until((bench.out / "run.json").exists, "the record")
        bench.signal(signal.SIGINT)
        assert bench.end(5.0) == 130
        assert bench.status == "interrupted"
        assert open_run(bench.out).rows == 0


@pytest.mark.slow
def test_a_warm_up_may_take_longer_than_a_start(tmp_path):
    starts = "from hil.bench import run; run.START_S = 20.0; from hil.cli import main; main()"
    command = (sys.executable, "-c", starts)
    with Bench((*MAX, "--warmup", "365d"), tmp_path / "run", command=command) as bench:
        bench.until((bench.out / "run.json").exists, "the record")
        warming_up = WallClock()
        bench.until(lambda: warming_up.now_ns() > 30e9, "what START_S would end")
        bench.signal(signal.SIGINT)
        assert bench.end() == 130
        assert bench.status == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_is_whole_up_to_there(tmp_path, number):
    options = ("--duration", "365d", "--warmup", "10m")
    with Bench((*MAX, *options), tmp_path / "run") as bench:
        bench.until(running(bench), "time zero")
        bench.until(lambda: (bench.out / "run.sqlite-wal").stat().st_size > 1e5, "rows")
        bench.signal(number)
        bench.signal(number)  # a second one, in the ending, changes nothing
        assert bench.end(10.0) == 130
        assert bench.error.endswith("hukka: interrupted\n")
        assert bench.status == "interrupted"
        run = open_run(bench.out)
        assert run.rows == bench.result["cycles"] > 100
        assert run.header.trace_sha256 == bench.result["trace_sha256"]
        links = bench.result["links"]
        assert set(links) == {"cooling_loop", "heat_pump", "network"}
        assert all(link["transactions"] > 100 for link in links.values())


def test_ctrl_c_when_all_is_recorded_changes_nothing_any_more(tmp_path):
    with Bench((*MAX, "--duration", "10m", "--warmup", "10s"), tmp_path / "run") as bench:
        bench.until((bench.out / "run.json").exists, "the record")
        bench.until(lambda: bench.status != "running", "its end")
        bench.signal(signal.SIGINT)
        code = bench.end()
        # between the record's end and the parent's knowing of it lie microseconds
        assert (code, bench.status) in ((0, "done"), (130, "done"))
        assert code == 130 or bench.result["cycles"] == 600


def test_ctrl_c_on_a_terminal_gives_the_terminal_back(tmp_path):
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    shown = b""
    arguments = ("mantsala", "--transport", "tcp", "--duration", "1h", "--warmup", "10s")
    try:
        with Bench(arguments, tmp_path / "run", stdout=slave) as bench:

            def drawn():
                nonlocal shown
                while select.select([master], [], [], 0.0)[0]:
                    shown += os.read(master, 65536)
                return b"kg/s" in shown

            bench.until(drawn, "the dashboard")
            bench.signal(signal.SIGINT)
            until(lambda: drawn() and bench.process.poll() is not None, "the end")
            drawn()
            assert bench.end() == 130
            assert bench.error == "hukka: interrupted\n"
            assert bench.status == "interrupted"
        assert termios.tcgetattr(slave) == before
        on, off = b"\x1b[?1049h", b"\x1b[?1049l"
        assert shown.count(on) == shown.count(off) == 1
        assert shown.index(on) < shown.index(off)
        assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
        assert b"run folder" in shown[shown.index(off) :]
    finally:
        os.close(master)
        os.close(slave)


KILLED = [
    # which process, what is said, status of the record
    ("controller_worker", r"controller \w+ was ended by signal 9 \(SIGKILL\)", "link lost"),
    ("link_worker", r"link \w+ was ended by signal 9 \(SIGKILL\)", "link lost"),
    ("loop_worker", r"loop was ended by signal 9 \(SIGKILL\)", "plant lost"),
    ("watch_worker", r"watch was ended by signal 9 \(SIGKILL\)", "recording stopped"),
]


@pytest.mark.parametrize(("module", "message", "status"), KILLED, ids=[k[0] for k in KILLED])
def test_a_killed_process_ends_the_run_and_is_named(tmp_path, module, message, status):
    with Bench(REAL, tmp_path / "run") as bench:
        bench.until(running(bench), "time zero")
        os.kill(bench.children(module)[0], signal.SIGKILL)
        assert bench.end(15.0) == 4
        assert re.fullmatch(f"hukka: {message}", bench.error.splitlines()[-1])
        assert bench.status == status
        run = open_run(bench.out)
        assert run.span_ns is None or run.span_ns[0] == 10**9


def test_children_do_not_outlive_a_killed_parent(tmp_path):
    with Bench(REAL, tmp_path / "run") as bench:
        bench.until(running(bench), "time zero")
        assert len(bench.children()) == 8
        bench.signal(signal.SIGKILL)
        assert bench.process.wait() == -signal.SIGKILL
        bench.assert_nothing_left(unpacked=True)
        assert bench.status == "running"  # which says: killed
        assert open_run(bench.out).header.trace_sha256 is None


@pytest.mark.slow
def test_a_controller_that_falls_silent_is_lost_after_ten_seconds(tmp_path):
    with Bench(REAL, tmp_path / "run") as bench:
        bench.until(running(bench), "time zero")
        (stopped, *_) = bench.children("controller_worker")
        os.kill(stopped, signal.SIGSTOP)
        assert bench.end(25.0) == 4
        assert re.search(r"hukka: \w+: nothing heard for 10 s; ", bench.error)
        assert bench.status == "link lost"


def test_a_full_disk_ends_the_run_with_what_was_committed(tmp_path):
    options = ("--duration", "24h", "--warmup", "10s")
    (tmp_path / "run").symlink_to(tmp_path / "disk/run")  # scratch folders stay on the large disk
    with small_disk(tmp_path, "1m"), Bench((*MAX, *options), tmp_path / "run") as bench:
        assert bench.end() == 4
        last = bench.error.splitlines()[-1]
        assert "run.sqlite: recording stopped: " in last
        assert "what was committed is kept" in last
        assert 0 < open_run(bench.out).rows < 86400
