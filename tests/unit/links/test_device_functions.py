"""Mask writes, exchanges, broadcasts and identification by a device handle, each with a permit."""

import pytest
from links_bank import small_bank, small_map
from test_device import MS, SILENCE, ScriptedLink

from hil.gate import WriteGate
from hil.links import pdu
from hil.links.device import Device
from hil.links.line_time import LineTime
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from twin.clock import VirtualClock
from twin.errors import BadInput
from twin.registers import Block, load_map, plan_blocks
from twin.signals import Quality

IDENTITY = {0: b"hukka", 1: b"small", 2: b"1.0", 0x80: b"x" * 240}


@pytest.fixture
def blocks(tmp_path):
    points = small_map(tmp_path).points
    return {
        "temperatures": plan_blocks([points["T_supply"], points["T_return"]], 125, 0)[0],
        "power": plan_blocks([points["power"]], 125, 0)[0],
    }


@pytest.fixture
def gate():
    return WriteGate(simulated=True)


BITS = """\
name,table,address,type,bit,scale,unit,access,min,max,tag
run,hr,7,bool,3,1,-,rw,,,setting
"""


def test_a_mask_write_leaves_the_other_bits_alone(tmp_path, gate):
    file = tmp_path / "bits.csv"
    file.write_text(BITS)
    block = Block([load_map(file).points["run"]])
    request = pdu.mask_write_request(7, 0xFFF7, 0x0008)
    link = ScriptedLink(request)
    device = Device("cdu", link, 1)
    gate.admit(device, block)
    assert device.write(gate.permit(device, block, [1.0])).quality is Quality.GOOD
    assert link.sent == [(1, request)]


def test_a_broadcast_reaches_all_units_and_is_not_called_done(tmp_path, blocks, gate):
    banks = {unit: small_bank(tmp_path) for unit in (3, 5)}
    everyone = Device("all of here", LoopbackLink("here", banks), 0)
    block = blocks["temperatures"]
    gate.admit(everyone, block)
    outcome = everyone.broadcast(gate.permit(everyone, block, [40.0, 41.0]))
    assert outcome == (Quality.NOT_YET, "all of here: sent to every unit, none confirms")
    assert [bank.get("T_return") for bank in banks.values()] == [41.0, 41.0]


def test_a_broadcast_needs_the_handle_of_all_and_its_own_permit(tmp_path, blocks, gate):
    link = LoopbackLink("here", {3: small_bank(tmp_path)})
    one, everyone = Device("cdu", link, 3), Device("all", link, 0)
    block = blocks["temperatures"]
    gate.admit(one, block)
    permit = gate.permit(one, block, [1.0, 2.0])
    with pytest.raises(BadInput, match="unit 3 is one unit"):
        one.broadcast(permit)
    with pytest.raises(BadInput, match="void"):
        everyone.broadcast(permit)
    assert link.transactions == 0


class Recorder:
    """A port that hears nobody and notes when it was written to."""

    def __init__(self, clock):
        self.clock = clock
        self.sent = []
        self.replies = []

    def read(self, deadline_ns):
        if self.replies:
            return self.replies.pop(0)
        self.clock.wait_until(deadline_ns)
        return b""

    def write(self, data):
        self.sent.append((self.clock.now_ns(), data))

    def close(self):
        pass


def test_after_a_broadcast_the_line_is_left_alone_for_the_turnaround_delay(blocks, gate):
    clock = VirtualClock()
    port = Recorder(clock)
    link = RtuLink("line", "", 9600, open_port=lambda: port, now_ns=clock.now_ns)
    everyone = Device("all", link, 0, now_ns=clock.now_ns)
    block = blocks["temperatures"]
    gate.admit(everyone, block)
    outcome = everyone.broadcast(gate.permit(everyone, block, [40.0, 41.0]))
    assert outcome.quality is Quality.NOT_YET
    with pytest.raises(LinkFault):
        link.transact(1, pdu.read_request("hr", 0, 1))
    (sent, frame), (asked, _) = port.sent
    assert frame == seal(0, b"\x10\x00\x00\x00\x02\x04\x0f\xa0\x10\x04")
    over = sent + LineTime(9600, "E", 1).duration_ns(len(frame))
    assert 100 * MS <= asked - over <= 200 * MS
    assert asked - over < 101 * MS  # and not longer: nobody was waited for


def test_a_broadcast_that_could_not_be_sent_says_so(blocks, gate):
    def unplugged():
        raise FileNotFoundError(2, "No such file or directory")

    link = RtuLink("line", "/dev/none", open_port=unplugged)
    everyone = Device("all", link, 0)
    block = blocks["temperatures"]
    gate.admit(everyone, block)
    outcome = everyone.broadcast(gate.permit(everyone, block, [40.0, 41.0]))
    assert outcome.quality is Quality.LINK_DOWN
    assert outcome.why.startswith("all: broadcast hr 0..1: line: cannot open /dev/none")


class Identified(LoopbackLink):
    def transact(self, unit, request):
        from hil.links.server import answer

        self.transactions += 1
        return answer(self._memories, unit, request, IDENTITY)


def test_a_device_says_who_it_is_in_as_many_turns_as_it_takes(tmp_path):
    link = Identified("here", {1: small_bank(tmp_path)})
    device = Device("cdu", link, 1)
    who = device.identify(3)
    assert (who.quality, who.why) == (Quality.GOOD, "")
    assert who.objects == {key: text.decode() for key, text in IDENTITY.items()}
    assert (link.transactions, device.transactions) == (2, 2)
    assert device.identify().objects == {0: "hukka", 1: "small", 2: "1.0"}


@pytest.mark.parametrize(
    ("step", "quality"),
    [
        (SILENCE, Quality.TIMEOUT),
        (b"\xab\x01", Quality.REFUSED),
        (b"\x2b\x0e\x01\x81\x00\x00\x01\x00\x05abc", Quality.GARBLED),
        (b"\x2b\x0e\x01\x81\xff\x00\x01\x00\x03abc", Quality.GARBLED),  # goes on where it began
    ],
)
def test_a_device_that_does_not_say_who_it_is_is_a_quality(step, quality):
    device = Device("cdu", ScriptedLink(step), 1)
    who = device.identify()
    assert (who.objects, who.quality) == (None, quality)
    assert who.why.startswith("cdu: identify: ")


def test_text_that_is_no_text_is_shown_as_such():
    device = Device("cdu", ScriptedLink(b"\x2b\x0e\x01\x81\x00\x00\x01\x00\x02\xffA"), 1)
    assert device.identify().objects == {0: "\ufffdA"}
