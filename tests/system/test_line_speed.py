"""How near the master comes to what the line can carry, and the silence it keeps doing so."""

import pytest
from line_desk import MS, LineDesk

from hil.links.rtu import RtuLink
from twin.signals import Quality

BAUDS = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
TURNAROUND_NS = 2 * MS


def silence_s(baud, bits=11):
    """3.5 characters, 1.75 ms above 19200 baud: MODBUS over Serial Line V1.02, 2.5.1.1."""
    return 1.75e-3 if baud > 19200 else 3.5 * bits / baud


def limit_s(baud, registers, bits=11):
    """Shortest time of a read that keeps the silences.

    The slave cannot know before the first silence that the request is over; the second is the
    master's before it asks again.
    """
    characters = 8 + 5 + 2 * registers
    return characters * bits / baud + 2 * silence_s(baud, bits) + TURNAROUND_NS / 1e9


@pytest.mark.parametrize("registers", [1, 10, 125])
@pytest.mark.parametrize("baud", [9600, 19200, 115200])
def test_the_master_uses_at_least_97_percent_of_the_line(baud, registers):
    desk = LineDesk(baud=baud, turnaround_ns=TURNAROUND_NS)
    assert desk.read(1) is Quality.GOOD
    start_ns, n = desk.line.now_ns(), 50
    for k in range(n):
        assert desk.read(1 + k % 2, k, registers) is Quality.GOOD
    share = n * limit_s(baud, registers) / ((desk.line.now_ns() - start_ns) / 1e9)
    print(f"{baud} baud, {registers} registers: {share:.2%} of the physical limit")
    assert 0.97 <= share <= 1.000001  # above 1 it would have broken the silence
    assert desk.line.gaps.of("master").broken == 0


@pytest.mark.parametrize("baud", BAUDS)
def test_the_silence_is_kept_whatever_happens(baud):
    desk = LineDesk((1, 2), baud, timeout_s=0.05, turnaround_ns=TURNAROUND_NS)
    disorder = desk.disorder(1)
    disorder.late, disorder.drop, disorder.corrupt = 0.2, 0.2, 0.2
    disorder.late_ns = (0, 95 * MS)
    desk.line.noise = 0.003
    said = [desk.read(1 + k % 3, k) for k in range(120)]
    gaps = desk.line.gaps.of("master")
    assert {Quality.GOOD, Quality.TIMEOUT, Quality.GARBLED} == set(said)
    assert gaps.frames == 120
    assert gaps.broken == 0
    assert gaps.shortest_ns >= silence_s(baud) * 1e9
    assert gaps.shortest_ns <= 1.001 * silence_s(baud) * 1e9 + 2  # no more than it must


@pytest.mark.parametrize(("latency_ms", "least", "most"), [(1, 0.8, 0.95), (16, 0.25, 0.5)])
def test_what_an_adapter_that_holds_characters_back_costs(latency_ms, least, most):
    """The latency timer of FTDI, 1 ms in low-latency mode and 16 ms without, at 115200 baud."""
    desk = LineDesk(baud=115200, turnaround_ns=TURNAROUND_NS)
    port = desk.line.master_port("held", latency_ms * MS)
    desk.link = RtuLink(
        "line", "adapter", 115200, timeout_s=0.1, open_port=lambda: port, now_ns=desk.line.now_ns
    )
    assert desk.read(1) is Quality.GOOD
    start_ns, n = desk.line.now_ns(), 50
    assert {desk.read(1, k, 10) for k in range(n)} == {Quality.GOOD}
    share = n * limit_s(115200, 10) / ((desk.line.now_ns() - start_ns) / 1e9)
    print(f"latency timer {latency_ms} ms: {share:.0%} of the physical limit")
    assert least < share < most
    assert desk.line.gaps.of("held").broken == 0
