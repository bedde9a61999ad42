"""The emulated line on the wall clock: the silence is kept, and how near the master comes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from line_desk import MS, LineDesk
from links_lines import served

from hil.links.line.edge import PtyEdge
from hil.links.rtu import RtuLink
from twin.clock import WallClock
from twin.signals import Quality

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there"),
]

READS, REGISTERS = 40, 10


@pytest.mark.parametrize("edge", [False, True], ids=["in this thread", "over a pty"])
@pytest.mark.parametrize("baud", [9600, 19200, 115200])
def test_a_master_on_the_wall_clock_keeps_the_silence(tmp_path, baud, edge):
    silence_s = 1.75e-3 if baud > 19200 else 3.5 * 11 / baud
    limit_s = (8 + 5 + 2 * REGISTERS) * 11 / baud + 2 * silence_s + 2e-3
    desk = LineDesk((1,), baud, turnaround_ns=2 * MS, timeout_s=0.5, clock=WallClock(0))
    if edge:
        desk.link = RtuLink("line", str(tmp_path / "line"), baud, timeout_s=0.5)
        with served(PtyEdge(desk.line, tmp_path / "line")):
            taken_s = read_all(desk)
    else:
        taken_s = read_all(desk)
    share = READS * limit_s / taken_s
    print(f"{baud} baud, {'over a pty' if edge else 'in this thread'}: {share:.1%} of the limit")
    assert share <= 1.0
    gaps = desk.line.gaps.of("line" if edge else "master")
    assert gaps.frames == READS + 1
    assert gaps.broken == 0


def read_all(desk):
    assert desk.read(1) is Quality.GOOD
    start_ns = desk.line.now_ns()
    assert {desk.read(1, k, REGISTERS) for k in range(READS)} == {Quality.GOOD}
    taken_s = (desk.line.now_ns() - start_ns) / 1e9
    desk.link.close()
    return taken_s
