"""The emulated line against arithmetic: how long things take, who hears what, what breaks."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_desk import MS, LineDesk, Telling, right
from links_lines import served

from hil.links import pdu
from hil.links.line.edge import PtyEdge
from hil.links.line_time import LineTime
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import find_reply, frames, seal
from twin.clock import WallClock
from twin.signals import Quality

GOOD, TIMEOUT, GARBLED = Quality.GOOD, Quality.TIMEOUT, Quality.GARBLED
READ = pdu.read_request("hr", 5, 2)


@pytest.mark.parametrize("baud", [1200, 9600, 19200, 115200])
@pytest.mark.parametrize(("parity", "stop", "bits"), [("E", 1, 11), ("N", 2, 11), ("N", 1, 10)])
def test_a_transaction_takes_its_characters_its_silences_and_the_turnaround(
    baud, parity, stop, bits
):
    desk = LineDesk((1,), baud, parity, stop, turnaround_ns=7 * MS)
    assert desk.read(1) is GOOD
    start_ns = desk.line.now_ns()
    for _ in range(10):
        assert desk.read(1) is GOOD
    silence_s = 3.5 * bits / baud if baud <= 19200 else 1.75e-3
    frames_s = (8 + 9) * bits / baud  # unit, function, 4 bytes, CRC; unit, 1 + 1 + 4 bytes, CRC
    expected_s = 10 * (frames_s + 2 * silence_s + 7e-3)
    assert (desk.line.now_ns() - start_ns) / 1e9 == pytest.approx(expected_s, rel=1e-6)


def test_characters_arrive_one_by_one_at_their_time():
    desk = LineDesk((), 9600, "E")
    sender, hearer = desk.line.master_port("a"), desk.line.master_port("b")
    sender.write(b"abc")
    times = []
    for i in (1, 2, 3):
        end_ns = i * 11 * 10**9 / 9600
        assert hearer.read(int(end_ns) - 1) == b""
        times.append(hearer.read(int(end_ns) + 1))
    assert times == [b"a", b"b", b"c"]
    assert sender.take() == b""


def test_a_listener_hears_both_sides():
    desk = LineDesk()
    ear = desk.line.master_port("ear")
    desk.read(1, 7)
    desk.read(2, 8)
    found = list(frames(ear.take(), (pdu.request_length, pdu.reply_length), over=True))
    heard = [(frame.unit, frame.message) for frame in found]
    asked = [pdu.read_request("hr", 7, 2), pdu.read_request("hr", 8, 2)]
    assert heard == [
        (1, asked[0]), (1, right(1, asked[0])), (2, asked[1]), (2, right(2, asked[1]))
    ]  # fmt: skip


def sick_run(seed):
    desk = LineDesk(seed=seed)
    desk.line.noise = 0.01
    disorder = desk.disorder(1)
    disorder.late, disorder.drop, disorder.corrupt, disorder.collide = 0.1, 0.1, 0.1, 0.1
    said = [desk.read(1 + k % 2, k) for k in range(100)]
    return said, desk.line.now_ns(), dict(desk.line.mishaps)


def test_the_same_seed_gives_the_same_mishaps_at_the_same_time():
    assert sick_run(3) == sick_run(3)
    assert sick_run(3) != sick_run(4)


def test_two_slaves_of_one_number_merge_to_garbage():
    desk = LineDesk((1,))
    other = desk.line.serve("twin of slave 1", {1: Telling(7)}, turnaround_ns=300_000)
    assert {desk.read(1, k) for k in range(20)} <= {TIMEOUT, GARBLED}
    assert desk.servers[1].requests == other.requests == 20
    assert desk.line.mishaps["overlapping characters"] > 100


def test_an_echo_is_no_answer_and_not_in_the_way():
    desk = LineDesk()
    desk.line.echo = True
    assert [desk.read(unit) for unit in (1, 2, 3)] == [GOOD, GOOD, TIMEOUT]
    write = pdu.write_register_request(3, b"\0\1")
    assert desk.link.transact(1, write) == write
    with pytest.raises(LinkFault):
        desk.link.transact(3, write)
    assert desk.memories[1].written == [(3, b"\0\1")]


def test_a_babbling_slave_garbles_and_when_it_stops_all_is_well():
    desk = LineDesk()
    assert desk.read(1) is GOOD
    for on in (True, False, True):
        desk.line.babble(on)
    assert {desk.read(1) for _ in range(5)} <= {GARBLED}
    desk.line.babble(False)
    desk.pass_time(100 * MS)
    assert [desk.read(1), desk.read(2)] == [GOOD, GOOD]


def test_nobody_is_heard_on_a_stuck_bus():
    desk = LineDesk()
    ear = desk.line.master_port("ear")
    desk.line.stick(True)
    assert [desk.read(1), desk.read(2)] == [TIMEOUT, TIMEOUT]
    assert ear.take() == b"\0"  # the break that its beginning is
    desk.line.stick(False)
    assert [desk.read(1), desk.read(2)] == [GOOD, GOOD]


@pytest.mark.parametrize(("parity", "caught"), [("E", True), ("N", False)])
def test_parity_catches_some_noise_and_the_crc_the_rest(parity, caught):
    desk = LineDesk((1,), parity=parity, stop_bits=1 if parity == "E" else 2, timeout_s=0.02)
    desk.line.noise = 0.02
    said = [desk.read(1, k) for k in range(400)]
    assert "wrong" not in said
    assert 200 < said.count(GOOD) < 350  # 17 characters, each untouched with 98 %: 71 %
    assert (desk.line.slaves["slave 1"].parity_caught > 0) is caught


@pytest.mark.parametrize("during", [0, 3 * MS, 8 * MS])
def test_a_pulled_adapter_is_down_and_recovers_within_three_seconds(during):
    """Pulled while nothing happens, in the middle of a request, in the middle of the reply."""
    desk = LineDesk()
    line = desk.line
    assert desk.read(1) is GOOD
    line.at(line.now_ns() + during, line.unplug)
    assert desk.read(1) is Quality.LINK_DOWN
    desk.pass_time(10_000 * MS)
    with pytest.raises(LinkFault, match="cannot open adapter: No such file"):
        desk.link.transact(1, READ)
    back_ns = line.now_ns() + 1
    line.at(back_ns, line.replug)
    while desk.read(1) is not GOOD:
        desk.pass_time(20 * MS)
    print(f"replug: answered after {(line.now_ns() - back_ns) / 1e6:.0f} ms")
    assert line.now_ns() - back_ns < 3000 * MS


SHARE = st.sampled_from([0.0, 0.05, 0.3])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6), SHARE, SHARE, SHARE, SHARE, SHARE, st.booleans(), st.sampled_from("NEO")
)
def test_whatever_goes_wrong_no_value_is(seed, late, drop, corrupt, collide, noise, echo, parity):
    desk = LineDesk(parity=parity, stop_bits=2 if parity == "N" else 1, seed=seed, timeout_s=0.05)
    desk.line.noise, desk.line.echo = noise / 10, echo
    disorder = desk.disorder(1)
    disorder.late, disorder.drop, disorder.corrupt, disorder.collide = late, drop, corrupt, collide
    disorder.late_ns = (0, 95 * MS)
    said = {desk.read(1 + k % 2, k) for k in range(40)}
    assert said <= {GOOD, TIMEOUT, GARBLED}


def test_an_unknown_unit_is_silent_and_its_neighbour_is_heard():
    desk = LineDesk()
    for _ in range(10):
        assert [desk.read(9), desk.read(1), desk.read(2)] == [TIMEOUT, GOOD, GOOD]


def test_a_broadcast_is_heard_by_all_and_answered_by_none():
    desk = LineDesk()
    port = desk.line.master_port("raw")
    port.write(seal(0, pdu.write_registers_request(3, b"\0\1")))
    assert port.read(desk.line.now_ns() + 100 * MS) == b""
    assert [m.written for m in desk.memories.values()] == [[(3, b"\0\1")]] * 2


def test_a_reply_that_comes_with_noise_before_it_is_found():
    desk = LineDesk()
    port = desk.line.master_port("raw")
    port.write(seal(1, READ))
    desk.line.intrude(b"\xff\x01\x03", desk.line.now_ns() + 6 * MS)
    heard = b""
    while chunk := port.read(desk.line.now_ns() + 50 * MS):
        heard += chunk
    assert heard.startswith(b"\xff\x01\x03")
    assert find_reply(heard, 1, READ, over=True).reply == right(1, READ)


@pytest.mark.parametrize(
    ("baud", "parity"), [(9600, "E"), (38400, "E"), (19200, "O"), (19200, "N")]
)
def test_a_master_with_other_settings_gets_no_answer_and_slaves_no_request(baud, parity):
    desk = LineDesk()
    time = LineTime(baud, parity, 1)
    port = desk.line.master_port("stranger", time=time)
    ear = desk.line.master_port("its neighbour", time=time)
    for unit in (1, 2):
        port.write(seal(unit, READ))
        assert port.read(desk.line.now_ns() + 100 * MS) == b""
    assert [server.requests for server in desk.servers.values()] == [0, 0]
    assert ear.take() == seal(1, READ) + seal(2, READ)
    assert [desk.read(1), desk.read(2)] == [GOOD, GOOD]
    heard = ear.take()
    # the data bits are at their places whatever the parity, at another baud rate nothing is
    assert (right(1, pdu.read_request("hr", 0, 2)) in heard) is (baud == 19200)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_the_baud_rate_that_a_program_sets_on_the_pty_is_believed(tmp_path):
    desk = LineDesk(clock=WallClock(0))
    with served(PtyEdge(desk.line, tmp_path / "line")):
        for baud, expected in ((9600, TIMEOUT), (115200, TIMEOUT), (19200, GOOD)):
            desk.link = RtuLink("line", str(tmp_path / "line"), baud, timeout_s=0.2)
            assert desk.read(1) is expected
            desk.link.close()
