"""Procedures on a cabinet that go wrong: nothing stays in it, and nobody is blamed for nothing."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench_processes import is_alive, until
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

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children, and their signals"),
]

HELD = """\
procedure: own.held
title: A pump by hand
of: cooling_loop
blocks:
  - block: by_hand
    steps:
      - set: {u_pump_manual: 61 %, manual: true}
      - expect: {point: u_pump, near: 61 %, tolerance: 1 %, within: 5 s, hold: 3 s}
"""
FAR = """\
procedure: own.far
title: A temperature that it never has
of: cooling_loop
blocks:
  - block: far
    steps:
      - expect: {point: cooling_loop.T_supply, above: 90 degC, within: 8 s}
"""


@contextmanager
def running(*words):
    """A run before a cabinet, killed at the end with all that it has begun."""
    process = subprocess.Popen(
        command(*words), env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def block_of(run):
    """The process of the block that is under way: a copy of the one that holds the plant."""
    plant = child_of(run.pid)
    return child_of(plant)


def child_of(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@pytest.fixture
def words(cabinet_site, gate, tmp_path):
    """The command line of a run of a procedure, by its text."""
    return lambda text, *more: (
        cabinet_site[0], procedure(tmp_path, text), *QUICK, "--phrase", "mantsala", *more,
        "--out", tmp_path / "run",
    )  # fmt: skip


def test_a_block_whose_run_is_killed_puts_back_what_it_wrote(words, cabinet_site, gate):
    where = cabinet_site[1]
    with Desk("cooling_loop", "--tcp", where), running(*words(HELD)) as run:
        until(lambda: registers(where, "manual")[0], "the second write")
        block = block_of(run)
        run.kill()
        until(lambda: not is_alive(block), "the end of the block")
        assert registers(where, "manual", "u_pump_manual") == [0.0, 60.0]
    assert not (gate / "journal.jsonl").exists()


def test_what_went_back_behind_a_sleeping_plant_has_not_failed(words, cabinet_site, tmp_path):
    """Its readings are late, its settings are gone: what is seen then is nobody's fault."""
    where = cabinet_site[1]
    with Desk("cooling_loop", "--tcp", where), running(*words(HELD)) as run:
        until(lambda: registers(where, "manual")[0], "the second write")
        block = block_of(run)
        os.kill(block, signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(11)
        os.kill(block, signal.SIGCONT)
        until(lambda: "end" in record_of(tmp_path / "run")[-1], "the end of the block")
    end = record_of(tmp_path / "run")[-1]["end"]
    assert (end["verdict"], end["steps"][1]["verdict"]) == ("inconclusive", "fail")
    assert "what was written went back meanwhile: no heartbeat for 10 s" in end["why"]
    assert "a cycle of the plant began 1" in end["why"]


def armed(gate):
    """Whether the steps of a block have begun."""
    log = gate / "audit.jsonl"
    return log.exists() and '"armed"' in log.read_text()


def test_a_cabinet_that_is_no_longer_heard_has_not_failed(words, cabinet_site, gate, tmp_path):
    with Desk("cooling_loop", "--tcp", cabinet_site[1]) as desk, running(*words(FAR)) as run:
        until(lambda: armed(gate), "the first step")
        desk.stop()
        assert run.wait(60) == 3
    end = record_of(tmp_path / "run")[-1]["end"]
    assert (end["verdict"], end["steps"][-1]["verdict"]) == ("inconclusive", "fail"), end
    assert end["why"].endswith("; nothing is heard of cooling_loop")


SEEN = """\
procedure: own.seen
title: A state that is looked at in every cycle
of: cooling_loop
prerequisites:
  - {point: state, equals: RUNNING, within: 1 min}
blocks:
  - block: state
    steps:
      - set: {u_pump_manual: 61 %}
      - expect: {point: state, equals: RUNNING, within: 12 s, hold: 9 s}
"""


def test_a_cabinet_that_stands_still_for_three_seconds_does_not_keep_the_plant_waiting(
    words, cabinet_site, tmp_path
):
    where = cabinet_site[1]
    with Desk("cooling_loop", "--tcp", where) as desk, running(*words(SEEN)) as run:
        until(lambda: registers(where, "u_pump_manual")[0] == 61.0, "the first write")
        desk.process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(3)
        desk.process.send_signal(signal.SIGCONT)
        assert run.wait(60) == 0, record_of(tmp_path / "run")[-1]
    end = record_of(tmp_path / "run")[-1]["end"]
    assert (end["verdict"], end["why"]) == ("pass", "")


def test_two_runs_do_not_speak_to_one_cabinet(words, cabinet_site, gate, tmp_path):
    """The second is sent away before it gives the cabinet readings of another plant."""
    with Desk("cooling_loop", "--tcp", cabinet_site[1]), running(*words(FAR)):
        until(lambda: (gate / "lock").exists(), "the first block")
        second = (*words(FAR, "--settle", "10m")[:-1], tmp_path / "second")
        code, _, said = commission(*second, timeout=60)
        assert (code, "one at a time" in said) == (2, True)


def test_nobody_can_answer_without_input(words, cabinet_site):
    code, _, said = commission(*words(HELD, "--by", "Aino"), preexec_fn=lambda: os.close(0))
    assert (code, said) == (2, "hukka: --by = 'Aino': cannot answer: there is no standard input\n")
