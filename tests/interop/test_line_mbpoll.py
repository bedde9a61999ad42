"""mbpoll, a Debian program built on libmodbus, as the master of the emulated line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from line_desk import MS, LineDesk
from links_lines import served

from hil.links.line.edge import PtyEdge
from twin.clock import WallClock

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed"),
]


def mbpoll(path, unit, address, count):
    """Registers that mbpoll shows, and its exit code."""
    done = subprocess.run(
        [
            "mbpoll", "-m", "rtu", "-b", "19200", "-P", "none", "-a", str(unit), "-0", "-1", "-q",
            "-o", "0.5", "-t", "4", "-r", str(address), "-c", str(count), str(path),
        ],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    values = re.findall(r"\[\d+\]:\s+(\d+)", done.stdout)
    return [int(v) for v in values], done.returncode


@pytest.fixture
def desk(tmp_path):
    desk = LineDesk(turnaround_ns=5 * MS, clock=WallClock(0))
    with served(PtyEdge(desk.line, tmp_path / "line")):
        yield desk, tmp_path / "line"


def test_a_foreign_master_reads_both_slaves_at_the_pace_of_the_line(desk):
    desk, path = desk
    for unit in (1, 2):
        assert mbpoll(path, unit, 7, 3) == ([1000 * unit + a for a in (7, 8, 9)], 0)
    # request, reply, two silences and the turnaround: what 19200 baud make of 8 + 11 characters
    assert desk.line.characters == 2 * (8 + 11)
    assert desk.line.gaps.of("slave 1").shortest_ns >= 3.5 * 11 / 19200 * 1e9 + 5 * MS


def test_a_foreign_master_meets_the_mishaps_of_the_line(desk):
    desk, path = desk
    desk.disorder(1).drop = 1.0
    assert mbpoll(path, 1, 7, 3)[0] == []
    assert mbpoll(path, 2, 7, 3)[0] == [2007, 2008, 2009]
    assert desk.line.mishaps["dropped"] == 1
    desk.line.at(desk.line.now_ns(), desk.line.unplug)
    assert mbpoll(path, 2, 7, 3) == ([], 1)
    desk.line.at(desk.line.now_ns(), desk.line.replug)
