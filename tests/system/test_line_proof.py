"""Ten thousand reads of a sick slave at 19200 baud: no wrong value, and its neighbour is served."""

from collections import Counter

import pytest
from line_desk import MS, LineDesk

from hil.links.device import Device
from twin.registers import load_map, plan_blocks
from twin.signals import Quality

PERIOD_NS = 250 * MS
TIMEOUT_S = 0.1


@pytest.fixture
def blocks(tmp_path):
    """A hundred blocks of one shape: only the address tells their replies apart."""
    file = tmp_path / "many.csv"
    rows = [f"p{a},hr,{a},uint16,1,-,r" for a in range(200)]
    file.write_text("\n".join(["name,table,address,type,scale,unit,access", *rows]) + "\n")
    points = load_map(file).points
    return [
        plan_blocks([points[f"p{a}"], points[f"p{a + 1}"]], 125, 0)[0] for a in range(0, 200, 2)
    ]


class Poll:
    """Readings of the sick unit 1 and of its neighbour, unit 2, on a line of their own."""

    def __init__(self, blocks):
        self.desk = LineDesk(timeout_s=TIMEOUT_S)
        sick = self.desk.disorder(1)
        sick.late, sick.drop, sick.corrupt = 0.10, 0.05, 0.02
        sick.late_ns = (100 * MS, 195 * MS)  # past the time-out, within twice of it
        self.blocks = blocks
        now_ns = self.desk.line.now_ns
        self.devices = {u: Device(f"unit {u}", self.desk.link, u, now_ns) for u in (1, 2)}
        self.readings = {1: Counter(), 2: Counter()}
        self.wrong = 0

    def read(self, unit, k):
        block = self.blocks[k * 7 % len(self.blocks)]
        reading = self.devices[unit].read(block)
        self.readings[unit][reading.quality] += 1
        if reading.quality is Quality.GOOD:
            true = [1000 * unit + block.address, 1000 * unit + block.address + 1]
            self.wrong += list(reading.values) != true
        else:
            assert reading.values is None
            assert reading.why
        return reading.quality

    def said(self):
        units = {u: {q.name: n for q, n in c.items()} for u, c in self.readings.items()}
        return f"{units}, wrong {self.wrong}, line {dict(self.desk.line.mishaps)}"


@pytest.mark.parametrize("reads", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_sick_slave_never_lies_and_its_neighbour_keeps_its_rate(blocks, reads):
    poll = Poll(blocks)
    line = poll.desk.line
    in_time = k = 0
    while sum(poll.readings[1].values()) < reads:
        line.run(k * PERIOD_NS)
        poll.read(1, k)
        in_time += poll.read(2, k) is Quality.GOOD and line.now_ns() <= (k + 1) * PERIOD_NS
        k = max(k + 1, line.now_ns() // PERIOD_NS)  # what was missed is not caught up on
    print(f"{reads} reads: {poll.said()}; neighbour {in_time} of {k} polls in time")
    sick, mishaps = poll.readings[1], line.mishaps
    assert poll.wrong == 0
    assert in_time >= 0.95 * k
    assert sum(sick.values()) == reads
    lost = mishaps["late"] + mishaps["dropped"]
    assert sick[Quality.TIMEOUT] == pytest.approx(lost, rel=0.1)
    assert 0.12 * reads < lost < 0.18 * reads
    # a damaged character makes garbage; a damaged length can make a reply that never ends
    assert 0 < sick[Quality.GARBLED] <= mishaps["corrupted"]
    assert 0.01 * reads < mishaps["corrupted"] < 0.03 * reads
    assert line.gaps.of("master").broken == 0


@pytest.mark.parametrize("dead", ["", "drop", "corrupt"])
def test_polled_as_fast_as_it_goes_the_neighbour_is_slowed_by_what_is_lost(blocks, dead):
    """No period to keep: every lost reply costs its time-out, a dead unit next to nothing.

    So does one that never says anything but garbage, as with a wrong baud rate.
    """
    rates = {}
    for sick in (False, True):
        poll = Poll(blocks)
        disorder = poll.desk.disorder(1)
        if not sick:
            disorder.late = disorder.drop = disorder.corrupt = 0.0
        elif dead:
            setattr(disorder, dead, 1.0)
        k = 0
        while poll.desk.line.now_ns() < 60_000 * MS:
            poll.read(1, k)
            poll.read(2, k)
            k += 1
        rates[sick] = poll.readings[2][Quality.GOOD] / 60
        assert poll.wrong == 0
    share = rates[True] / rates[False]
    said = f"{rates[False]:.1f} -> {rates[True]:.1f} reads/s, {share:.0%}"
    print(f"free running, {dead or 'sick'}: {said}")
    assert share > (0.95 if dead else 0.4)
