"""A device: qualities instead of zeros, writes once, a breaker, and honest statistics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from links_bank import small_bank, small_map

from hil.gate import WriteGate
from hil.links import pdu
from hil.links.breaker import LONGEST_PAUSE_NS, Breaker, after_silence
from hil.links.device import Device
from hil.links.latency import LatencyHistogram
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from twin.clock import VirtualClock
from twin.errors import BadInput
from twin.registers import plan_blocks
from twin.signals import Quality

MS = 1_000_000


class ScriptedLink:
    """Answers what the script says, in order; an exception in it is raised."""

    name = "scripted"

    def __init__(self, *script, clock=None, takes_ns=0):
        self.script = list(script)
        self.sent = []
        self.clock = clock
        self.takes_ns = takes_ns

    def transact(self, unit, request):
        self.sent.append((unit, request))
        if self.clock:
            self.clock.wait_until(self.clock.now_ns() + self.takes_ns)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self):
        self.script.clear()


SILENCE = LinkFault(Quality.TIMEOUT, "nobody answered")


@pytest.fixture
def blocks(tmp_path):
    points = small_map(tmp_path).points
    return {
        "temperatures": plan_blocks([points["T_supply"], points["T_return"]], 125, 0)[0],
        "commands": plan_blocks([points["u_pump"], points["u_valve"]], 125, 0)[0],
        "coils": plan_blocks([points["enable"], points["local"], points["away"]], 125, 0)[0],
    }


def test_loopback_carries_values_there_and_back(tmp_path, blocks):
    bank = small_bank(tmp_path)
    link = LoopbackLink("here", {3: bank})
    device = Device("cdu", link, 3, now_ns=VirtualClock().now_ns)
    gate = WriteGate(simulated=True)
    assert device.read(blocks["commands"]) == ([0.75, 0.25], Quality.GOOD, "", 0)
    for block, values in ((blocks["temperatures"], [55.5, -3.25]), (blocks["coils"], [0, 1, 0])):
        gate.admit(device, block)
        assert device.write(gate.permit(device, block, values)) == (Quality.GOOD, "")
        assert device.read(block).values == values
    assert (bank.get("T_supply"), bank.get("local")) == (55.5, 1.0)
    assert (device.transactions, device.errors, link.transactions) == (5, 0, 5)


def test_a_value_the_device_does_not_have_is_none_and_not_zero(tmp_path, blocks):
    bank = small_bank(tmp_path)
    bank.set("T_supply", None)
    device = Device("cdu", LoopbackLink("here", {1: bank}), 1)
    assert device.read(blocks["temperatures"]).values == [None, -1.5]


@pytest.mark.parametrize(
    ("step", "quality"),
    [
        (SILENCE, Quality.TIMEOUT),
        (LinkFault(Quality.LINK_DOWN, "unplugged"), Quality.LINK_DOWN),
        (LinkFault(Quality.GARBLED, "noise"), Quality.GARBLED),
        (b"\x83\x02", Quality.REFUSED),
        (b"\x83\x05", Quality.REFUSED),
        (b"\x83\x06", Quality.REFUSED),
        (b"\x83\x0a", Quality.LINK_DOWN),
        (b"\x83\x0b", Quality.TIMEOUT),
        (b"\x84\x02", Quality.GARBLED),
        (b"\x03\x02\x00\x01", Quality.GARBLED),
        (b"\x04\x04\x00\x01\x00\x01", Quality.GARBLED),
        (b"", Quality.GARBLED),
    ],
)
def test_a_bad_read_is_a_quality_with_a_sentence(blocks, step, quality):
    device = Device("cdu", ScriptedLink(step), 1)
    reading = device.read(blocks["temperatures"])
    assert (reading.values, reading.quality) == (None, quality)
    assert reading.why.startswith("cdu: read hr 0..1: ")
    assert (device.errors, device.last_error) == (1, reading.why)


def permit_for(device, block, values):
    gate = WriteGate(simulated=True, now_ns=lambda: 0)
    gate.admit(device, block)
    return gate.permit(device, block, values)


def test_a_write_without_an_answer_is_sent_once_and_not_called_done(blocks):
    link = ScriptedLink(SILENCE)
    device = Device("cdu", link, 1, now_ns=lambda: 0)
    outcome = device.write(permit_for(device, blocks["temperatures"], [1.0, 2.0]))
    assert outcome.quality is Quality.TIMEOUT
    assert outcome.why == "cdu: write hr 0..1: nobody answered"
    assert len(link.sent) == 1


def test_acknowledge_means_that_a_write_was_taken(blocks):
    device = Device("cdu", ScriptedLink(b"\x90\x05"), 1, now_ns=lambda: 0)
    outcome = device.write(permit_for(device, blocks["temperatures"], [1.0, 2.0]))
    assert outcome.quality is Quality.GOOD
    assert "still working" in outcome.why


def test_a_permit_works_once_and_only_where_it_was_granted(blocks):
    reply = pdu.write_registers_request(0, bytes(4))[:5]
    device = Device("cdu", ScriptedLink(reply), 1, now_ns=lambda: 0)
    other = Device("crah", ScriptedLink(reply), 1, now_ns=lambda: 0)
    permit = permit_for(device, blocks["temperatures"], [1.0, 2.0])
    with pytest.raises(BadInput, match="void \\(for 'cdu'"):
        other.write(permit)
    assert device.write(permit).quality is Quality.GOOD
    with pytest.raises(BadInput, match="used already"):
        device.write(permit)
    assert (len(device.link.sent), len(other.link.sent)) == (1, 0)


def test_a_silent_unit_is_set_aside_and_comes_back(blocks):
    clock = VirtualClock()
    good = bytes((3, 4, 0, 100, 0, 200))
    link = ScriptedLink(*[SILENCE] * 6, good, good, clock=clock, takes_ns=100 * MS)
    device = Device("cdu", link, 1, now_ns=clock.now_ns)
    asked_at = []
    while clock.now_ns() < 20_000 * MS and link.script:
        start = clock.now_ns()
        before = len(link.sent)
        reading = device.read(blocks["temperatures"])
        if len(link.sent) > before:
            asked_at.append(start // MS)
        else:
            assert (reading.values, reading.quality) == (None, Quality.TIMEOUT)
            assert "set aside after" in reading.why
            assert clock.now_ns() == start  # no time of the line is spent on it
        clock.wait_until(start + 100 * MS)
    # three silences are tolerated, then pauses of 250, 500, 1000, 2000 ms after the time-out
    assert asked_at == [0, 100, 200, 600, 1200, 2300, 4400, 4500]
    assert reading.values == [1.0, 2.0]
    assert device.skipped > 0


def test_pauses_double_up_to_five_seconds():
    breaker, pauses = Breaker(), []
    for _ in range(12):
        breaker = after_silence(breaker, 0)
        pauses.append(breaker.aside_until_ns / 1e9)
    assert pauses == [0, 0, 0.25, 0.5, 1, 2, 4, 5, 5, 5, 5, 5]
    assert LONGEST_PAUSE_NS == 5e9


def test_refusals_and_a_lost_line_do_not_set_a_unit_aside(blocks):
    down = LinkFault(Quality.LINK_DOWN, "unplugged")
    link = ScriptedLink(*[b"\x83\x06"] * 5, *[down] * 5)
    device = Device("cdu", link, 1, now_ns=lambda: 0)
    for _ in range(10):
        device.read(blocks["temperatures"])
    assert (len(link.sent), device.skipped, device.errors) == (10, 0, 10)


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=300), st.floats(0.01, 1))
def test_quantiles_are_within_two_percent(durations, fraction):
    histogram = LatencyHistogram()
    for duration in durations:
        histogram.add(duration)
    ordered = sorted(durations)
    exact = next(d for i, d in enumerate(ordered, 1) if i >= fraction * len(ordered))
    assert histogram.quantile_ns(fraction) == pytest.approx(exact, rel=0.02, abs=0.5)
    assert histogram.longest_ns == ordered[-1]


def test_no_latency_is_not_zero_latency():
    assert LatencyHistogram().quantile_ns(0.5) is None
