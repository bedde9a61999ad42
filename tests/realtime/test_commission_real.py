"""Procedures in real time: emulated controllers on sockets and lines, and one on the desk."""

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from bench_processes import hukka, until
from commission_desk import (
    QUICK,
    command,
    commission,
    environment,
    procedure,
    record_of,
    registers,
)
from desk import Desk
from free_ports import free_port

from twin.clock import monotonic_ns

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="blocks are forks, lines are ptys"),
]

SHORT = """\
procedure: own.short
title: A pump by hand, a broken wire and a lost heartbeat in seconds
of: cooling_loop
prerequisites:
  - {point: state, equals: RUNNING, within: 2 min}
blocks:
  - block: by_hand
    steps:
      - set: {u_pump_manual: 61 %, manual: true}
      - expect: {point: u_pump, near: 61 %, tolerance: 1 %, within: 5 s, hold: 2 s}
  - block: broken_wire
    steps:
      - force: {T_return: lost}
      - expect: {point: sensor_fault, equals: true, within: 3 s}
"""
POWER = """\
procedure: own.power
title: Without power nobody answers, and with it the pump runs again
of: cooling_loop
blocks:
  - block: power
    steps:
      - power: off
      - wait: 1 s
      - power: on
      - expect: {point: u_pump, above: 5 %, within: 1 min}
"""


@pytest.mark.parametrize("transport", ["loopback", "tcp", "rtu", "site"])
def test_the_same_file_passes_in_real_time_over_every_transport(transport, own_site, tmp_path):
    words = [own_site[0], procedure(tmp_path, SHORT), *QUICK, "--transport", transport, "--json"]
    if transport == "rtu":
        words += ["--line-fault", "cooling_loop.drop=0.01@0s"]
    began_ns = monotonic_ns()
    code, summary, said = commission(*words, "--out", tmp_path / "run")
    assert code == 0, said
    assert summary["passed"] == 1
    record = record_of(tmp_path / "run")
    ends = [line["end"] for line in record if "end" in line]
    assert record[0]["run"]["options"]["pace"] == "real"
    plant_s = sum(e["lasted_s"] + 1.0 for e in ends)
    assert plant_s > 4.0
    assert (monotonic_ns() - began_ns) / 1e9 > plant_s
    by_hand = next(e for e in ends if e["block"] == "by_hand")
    assert by_hand["writes"] == 2


def test_a_cabinet_is_moved_on_purpose_only_and_is_left_as_it_was(cabinet_site, gate, tmp_path):
    file, where = cabinet_site
    words = [file, procedure(tmp_path, SHORT), *QUICK, "--json", "--out", tmp_path / "run"]
    with Desk("cooling_loop", "--tcp", where):
        before = registers(where, "manual", "u_pump_manual")
        code, _, said = commission(*words, stdin=subprocess.DEVNULL)
        assert (code, "--phrase = '': must be 'mantsala'" in said) == (2, True)
        assert not (tmp_path / "run").exists()
        code, _, said = commission(*words, "--phrase", "mantsala")
        assert code == 0, said
        assert registers(where, "manual", "u_pump_manual") == before
    assert not (gate / "journal.jsonl").exists()
    told = record_of(tmp_path / "run")[0]["run"]
    who = {"vendor": "hukka", "product_code": "cooling_loop", "revision": version("hukka")}
    assert told["devices"] == {"cooling_loop": who}
    log = (tmp_path / "run/gate/audit.jsonl").read_text()
    assert log == (gate / "audit.jsonl").read_text()
    writes = [json.loads(line) for line in log.splitlines()]
    assert {w["address"] for w in writes if w["event"] == "write"} == {f"{file}.site_lan"}


def test_a_cabinet_that_is_not_there_proves_nothing(cabinet_site, gate, tmp_path):
    file, _ = cabinet_site
    code, summary, _ = commission(
        file, procedure(tmp_path, SHORT), *QUICK, "--phrase", "mantsala", "--json",
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert (code, summary["inconclusive"]) == (3, 1)
    end = record_of(tmp_path / "run")[-1]["end"]
    assert end["why"].startswith("cooling_loop: no answer in 5 s")


class Asked:
    """A run that asks questions: waits for one, answers it."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            command(*words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        self.said = ""
        os.set_blocking(self.process.stderr.fileno(), False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def hears(self, text):
        self.said += (self.process.stderr.read() or b"").decode()
        assert self.process.poll() is None or text in self.said, self.said
        return text in self.said

    def answer(self, question, answer):
        until(lambda: self.hears(question), question)
        self.said = ""
        self.process.stdin.write(f"{answer}\n".encode())
        self.process.stdin.flush()


def test_somebody_at_the_switch_is_asked_and_the_plant_goes_on(cabinet_site, gate, tmp_path):
    file, where = cabinet_site
    words = (file, procedure(tmp_path, POWER), *QUICK, "--phrase", "mantsala", "--by", "Aino")
    with Asked(*words, "--out", tmp_path / "run") as run:
        with Desk("cooling_loop", "--tcp", where) as desk:
            until(lambda: run.hears("power of cooling_loop off. Done?"), "the first question")
            desk.stop()
            run.answer("power of cooling_loop off. Done?", "y")
            until(lambda: run.hears("power of cooling_loop on. Done?"), "the second question")
        with Desk("cooling_loop", "--tcp", where):
            run.answer("power of cooling_loop on. Done?", "y")
            code = run.process.wait(120)
    end = record_of(tmp_path / "run")[-1]["end"]
    assert (code, end["verdict"]) == (0, "pass"), end
    assert [s["action"] for s in end["steps"]] == ["power", "wait", "power", "expect"]
    assert end["steps"][0]["figures"] == {"by": "Aino"}


def test_without_anybody_what_needs_the_switch_is_left_out(cabinet_site, gate, tmp_path):
    file, where = cabinet_site
    with Desk("cooling_loop", "--tcp", where):
        code, summary, _ = commission(
            file, procedure(tmp_path, POWER), *QUICK, "--phrase", "mantsala", "--json",
            "--out", tmp_path / "run",
        )  # fmt: skip
    assert (code, summary["skipped"]) == (0, 1)
    end = record_of(tmp_path / "run")[-1]["end"]
    assert end["why"] == "needs somebody at the power switch of cooling_loop"


def test_what_a_killed_run_left_in_a_cabinet_is_put_back(cabinet_site, gate, tmp_path):
    """By the next run, or by `hukka io restore`, which knows nothing of this one."""
    file, where = cabinet_site
    long = SHORT.replace("hold: 2 s", "hold: 5 min")
    words = [file, procedure(tmp_path, long), *QUICK, "--phrase", "mantsala"]
    with Desk("cooling_loop", "--tcp", where):
        before = registers(where, "manual", "u_pump_manual")
        run = subprocess.Popen(
            command(*words, "--out", tmp_path / "run"), env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until(lambda: registers(where, "manual")[0], "the second write")
        os.killpg(run.pid, signal.SIGKILL)  # its block as well
        run.wait()
        assert (gate / "journal.jsonl").exists()
        assert registers(where, "manual", "u_pump_manual") != before
        done = hukka("io", "restore")
        assert done.returncode == 0, done.stderr
        assert registers(where, "manual", "u_pump_manual") == before
    assert not (gate / "journal.jsonl").exists()


def test_every_point_of_a_cabinet_is_checked_in_real_time(own_site, gate):
    """A heat pump, of which nothing is held: half a minute."""
    (file, _), port = own_site, free_port()
    rtu = "{transport: rtu, device: pty, baud: 19200, parity: E, stop_bits: 1}"
    text = file.read_text()
    assert rtu in text
    text = text.replace(rtu, f"{{transport: tcp, host: 127.0.0.1, port: {port}}}")
    file.write_text(text.replace("type: heat_pump\n", "type: heat_pump\n    emulated: false\n"))
    words = ("points", file, "--controller", "heat_pump", *QUICK, "--phrase", "mantsala", "--json")
    with Desk("heat_pump", "--tcp", f"127.0.0.1:{port}", "--unit", "3"):
        done = hukka("commission", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["failed"], found["points"]) == (0, 68)
    assert found["passed"] > 55
