"""The clock that the soak steps: wall time moves in every call, in every process, and nothing else.

Each program runs twice at once in spirit: what it tells of its clocks is held against those of this
process, which nobody steps.
"""

import json
import os
import subprocess
import sys

import pytest
from stepped_clock import SteppedClock

from twin.clock import NS_PER_S, instant, monotonic_ns

TELLS = """
import asyncio, datetime, json, select, subprocess, sys, threading, time
import apsw, numpy

child = "import time; print(time.time_ns())"

def wall():
    told = [time.time_ns(), time.clock_gettime_ns(time.CLOCK_REALTIME)]
    told += [round(datetime.datetime.now(datetime.UTC).timestamp() * 1e9)]
    told += [round(time.mktime(time.localtime()) * 1e9)]
    (julian,), = apsw.Connection(":memory:").execute("SELECT julianday('now')")
    told += [round((julian - 2440587.5) * 86400e9)]
    told += [int(subprocess.run([sys.executable, "-c", child], capture_output=True).stdout)]
    return told

def others():
    names = ("CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW")
    return [time.clock_gettime_ns(getattr(time, name)) for name in names]

def waits():
    epoll, news, told = select.epoll(), threading.Condition(), []
    lock = threading.Lock()
    lock.acquire()
    for wait in (
        lambda: time.sleep(0.1), lambda: epoll.poll(0.1), lambda: lock.acquire(timeout=0.1),
        lambda: asyncio.run(asyncio.sleep(0.1)), lambda: select.select([], [], [], 0.1),
    ):
        began = time.monotonic()
        wait()
        told.append(time.monotonic() - began)
    with news:
        began = time.monotonic()
        news.wait(0.1)
        told.append(time.monotonic() - began)
    return told

for line in sys.stdin:
    told = {"wall": wall(), "others": others(), "waits": waits()}
    print(json.dumps(told), flush=True)
"""
LATE_NS = 60 * NS_PER_S
"""What a busy machine may take to answer [ns]; steps are larger."""


@pytest.fixture
def clock(tmp_path):
    try:
        return SteppedClock(tmp_path / "clock")
    except OSError as error:
        pytest.skip(str(error))


def test_every_wall_clock_steps_and_no_other(clock: SteppedClock):
    environment = {**os.environ, **clock.environment}
    with subprocess.Popen(
        [sys.executable, "-c", TELLS],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        assert program.stdin is not None
        assert program.stdout is not None
        for offset_s in (0, 3600, -7200, 86_400):
            clock.step(offset_s - clock.offset_s)
            before = instant()
            program.stdin.write("tell\n")
            program.stdin.flush()
            told = json.loads(program.stdout.readline())
            took_ns = monotonic_ns() - before.mono_ns
            assert took_ns < LATE_NS
            for wall_ns in told["wall"]:  # some tell whole seconds, sqlite milliseconds
                ahead_ns = wall_ns - before.utc_ns - offset_s * NS_PER_S
                assert -NS_PER_S <= ahead_ns <= took_ns + NS_PER_S
            mono_ns, boot_ns, _ = told["others"]
            assert 0 <= mono_ns - before.mono_ns <= took_ns
            assert 0 <= boot_ns - before.boot_ns <= took_ns
            assert all(0.09 < waited_s < LATE_NS / NS_PER_S for waited_s in told["waits"])
        program.stdin.close()
        assert program.wait() == 0


def test_who_does_not_preload_it_keeps_the_time(clock: SteppedClock):
    clock.step(3600.0)
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time_ns())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert abs(int(told.stdout) - instant().utc_ns) < LATE_NS
