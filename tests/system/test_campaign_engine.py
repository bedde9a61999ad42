"""Child processes of a campaign: one core each, alone in their death, gone with their parent."""

import os
import signal
import subprocess
import sys

import pytest

from hil.campaign.engine import ONE_THREAD, cluster, local
from twin.errors import BadInput, PlantLost

PARENT = """
import os, sys, time
from hil.campaign.engine import local

if __name__ == "__main__":
    with local(1) as executor:
        print(executor.submit(os.getpid).result(), flush=True)
        executor.submit(time.sleep, 600)
        print("busy", flush=True)
        sys.stdin.read()
"""


def test_a_child_has_one_core_and_the_parent_keeps_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with local(2) as executor:
        found = [executor.submit(os.getenv, name) for name in ONE_THREAD]
        assert [f.result() for f in found] == ["1"] * len(ONE_THREAD)
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_each_call_has_a_process_of_its_own():
    with local(1) as executor:
        pids = [executor.submit(os.getpid).result() for _ in range(2)]
    assert len({*pids, os.getpid()}) == 3


def test_one_that_dies_takes_nobody_along():
    with local(2) as executor:
        dead, alive = executor.submit(os.abort), executor.submit(os.getpid)
        with pytest.raises(PlantLost, match="died"):
            dead.result()
        assert alive.result() > 0


def test_children_end_with_a_parent_that_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert int(parent.stdout.readline()) > 0
    assert parent.stdout.readline() == "busy\n"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    # the child inherits standard output: it ends only when all who hold it are gone
    assert parent.stdout.read() == ""
    parent.stdout.close()
    assert parent.stdin is not None
    parent.stdin.close()


def test_without_dask_its_scheduler_is_refused():
    try:
        import distributed  # noqa: F401
    except ImportError:
        with pytest.raises(BadInput, match="extra 'dask'"), cluster("tcp://127.0.0.1:1"):
            pass
    else:
        with pytest.raises(BadInput, match="--scheduler"), cluster("tcp://127.0.0.1:1"):
            pass
