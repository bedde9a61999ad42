"""200 times `kill -9` at a random moment: what was committed is there, and all is readable."""

import os
import select
import signal
from pathlib import Path

import numpy as np
import pytest
from weeks_child import BEGAN, STEP, values_at, write

from hil.historian.weeks import Weeks
from hil.historian.weeks.check import check

TIMES = 200


def killed_after(folder: Path, commits: int, wait_s: float) -> int:
    """Time of the last row that a child said was committed before it was killed [ns]."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of pytest may run here, whatever happens
        try:
            os.close(receive)
            write(folder, send)
        finally:
            os._exit(1)
    os.close(send)
    try:
        said = b""
        while len(said) < 8 * commits:
            more = os.read(receive, 8)
            assert more, "the child ended by itself"
            said += more
        select.select([], [], [], wait_s)  # into a commit or a sealing
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(receive, 4096):
            said += more
    finally:
        os.close(receive)
    whole = len(said) // 8 * 8
    return int.from_bytes(said[whole - 8 : whole], "little")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.timeout(300)
def test_what_was_committed_survives_any_kill(tmp_path, record_property):
    folder, rng = tmp_path / "weeks", np.random.default_rng(7)
    cursor, rows, beyond = BEGAN - STEP, 0, 0
    for _ in range(TIMES):
        said = killed_after(folder, int(rng.integers(1, 25)), float(rng.uniform(0, 0.02)))
        with Weeks(folder) as weeks:
            assert weeks.problems() == []
            found = [weeks.after("measured", cursor, 1 << 40)]
            t_ns = np.concatenate([part.t_ns for part in found])
            np.testing.assert_array_equal(np.diff(t_ns, prepend=cursor), STEP)
            np.testing.assert_array_equal(found[0].values, values_at(t_ns))
            assert t_ns[-1] >= said  # it may have been killed before it could say so
            beyond += int(t_ns[-1] > said)
            marks = {gap.from_ns for gap in weeks.gaps(cursor + 1, int(t_ns[-1]) + 2)}
            assert marks == set(range(cursor + 30 * STEP, int(t_ns[-1]) + 1, 30 * STEP))
            cursor, rows = int(t_ns[-1]), rows + len(t_ns)
    report = check(folder)
    assert report.findings == []
    assert sum(week.rows["measured"] for week in report.weeks) == rows
    assert len(report.weeks) >= 3
    record_property(
        "figure",
        f"killed {TIMES} times: {rows} rows in {len(report.weeks)} weeks, none lost; "
        f"{beyond} times a commit was on disk before it could be said",
    )
