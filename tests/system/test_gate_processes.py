"""The write gate as real processes see it: killed, ended, hung, out of disk, and started again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bench_processes import ROOT, until
from gate_controller import START, open_device

HERE = Path(__file__).parent
AT_START = ["41480000", "0008"]
"""What the controller holds before: 12.5 as a float, and one bit of a register."""


def start(script, *arguments, **options):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}
    return subprocess.Popen(
        [sys.executable, HERE / script, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, **options,
    )  # fmt: skip


@pytest.fixture
def port():
    with start("gate_controller.py") as process:
        yield int(process.stdout.readline())
        process.stdin.close()


def setpoint(port):
    """What the controller holds, by a link of its own [degC]."""
    device, _ = open_device(port)
    reply = device.link.transact(1, b"\3\0\0\0\1")
    device.link.close()
    return int.from_bytes(reply[2:], "big") / 10


def sweep(folder, port, how, stride):
    with start("gate_sweep.py", folder, port, how, stride, stderr=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=280)
    assert process.returncode == 0, err
    results = [json.loads(line) for line in out.splitlines()]
    assert results[-1]["ended"] == 0, "the last session was not disturbed any more"
    for result in results:
        at = f"{how} at step {result['at']}: {result}"
        assert result["after"] == AT_START, at
        assert not result["left"], at
        assert result["findings"] == [], at
        assert result["again"] == 0, at
        # whatever is not as it was is in the journal: it was there before the device was asked
        assert result["between"] == AT_START or result["journal"], at
    return results


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_step_everything_is_back_after_the_next_start(tmp_path, port, stride):
    results = sweep(tmp_path, port, "kill", stride)
    assert len(results) > 80 / stride
    assert {result["ended"] for result in results[:-1]} == {-signal.SIGKILL}
    changed = [result for result in results if result["between"] != AT_START]
    assert len(changed) > 20 / stride  # else the sweep has proven nothing


@pytest.mark.parametrize(("how", "stride"), [("term", 4), ("hup", 23), ("int", 23)])
def test_ended_at_any_step_everything_is_back_before_it_ends(tmp_path, port, how, stride):
    for result in sweep(tmp_path, port, how, stride)[:-1]:
        assert result["between"] == AT_START, result
        assert not result["journal"], result
        # before the gate listens and after it has gone, a signal does what it does elsewhere
        assert result["ended"] in (130, 0, -getattr(signal, f"SIG{how.upper()}")), result


def test_on_a_full_disk_nothing_is_written_or_it_comes_back(tmp_path, port):
    results = sweep(tmp_path, port, "full", 3)
    for result in results:
        assert result["between"] == AT_START, result
        assert not result["journal"], result
    # bad input before anything was sent, or a failure after which everything was put back
    assert {result["ended"] for result in results} <= {0, 12, 13}
    assert {12, 0} <= {result["ended"] for result in results}


def test_values_are_put_back_even_if_the_disk_takes_nothing_at_the_next_start(tmp_path, port):
    results = sweep(tmp_path, port, "starved", 10)
    assert any(result["between"] != AT_START for result in results)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_puts_values_back_by_their_ramp_and_ends_in_order(tmp_path, port, name):
    with start("gate_holder.py", tmp_path, port, "wait") as process:
        assert process.stdout.readline() == "held\n"
        assert setpoint(port) == 54.0
        process.send_signal(getattr(signal, name))
        process.send_signal(getattr(signal, name))  # an impatient user changes nothing
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "putting back hp1" in out
    assert setpoint(port) == START["T_set"]


@pytest.mark.parametrize(
    ("how", "why"), [("hang", "no heartbeat for 0.5 s"), ("ttl", "the time to live is over")]
)
def test_a_session_that_hangs_does_not_hold_its_values(tmp_path, port, how, why):
    with start("gate_holder.py", tmp_path, port, how) as process:
        assert process.stdout.readline() == "held\n"
        until(lambda: setpoint(port) == START["T_set"], "the value to come back", 60)
        assert process.poll() is None
        log = tmp_path / "gate" / "audit.jsonl"
        until(lambda: '"disarmed"' in log.read_text(), "the log to say so", 60)
        process.kill()
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["event"], last["why"]) == ("disarmed", why)
    assert not (tmp_path / "gate" / "journal.jsonl").exists()


def test_a_program_that_forgets_its_gate_puts_back_at_its_end(tmp_path, port):
    with start("gate_holder.py", tmp_path, port, "leave") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "putting back hp1" in out
    assert setpoint(port) == START["T_set"]


def test_a_supervisor_that_ends_takes_its_values_along(tmp_path, port):
    with start("gate_holder.py", tmp_path, port, "fed") as process:
        assert process.stdout.readline() == "held\n"
        process.stdin.write("alive\n")
        process.stdin.flush()
        assert setpoint(port) == 54.0
        out, _ = process.communicate(timeout=60)  # closes its standard input
    assert "ended: the heartbeat's sender is gone" in out
    assert process.returncode == 0
    assert setpoint(port) == START["T_set"]


def test_a_second_gate_is_turned_away_and_the_first_goes_on(tmp_path, port):
    with start("gate_holder.py", tmp_path, port, "wait") as first:
        assert first.stdout.readline() == "held\n"
        with start("gate_holder.py", tmp_path, port, "wait", stderr=subprocess.PIPE) as second:
            _, err = second.communicate(timeout=60)
        assert f"process {first.pid} has armed this gate; one at a time" in err
        assert setpoint(port) == 54.0
        first.kill()
    # the lock went with its holder; the journal is found and the value put back
    with start("gate_holder.py", tmp_path, port, "wait") as third:
        said = [third.stdout.readline() for _ in range(3)]
        assert said[0].startswith("left by an earlier session (test of wait, ")
        assert "T_set = 50 degC" in said[0]
        assert said[-1] == "held\n"
        third.terminate()
        third.communicate(timeout=60)
    assert setpoint(port) == START["T_set"]
