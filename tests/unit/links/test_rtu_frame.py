"""RTU frames found in noise: CRC of others, hunting, and what must never be taken for a reply."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from hil.links import pdu
from hil.links.line_time import LineTime
from hil.links.rtu_frame import NoFrame, crc16, find_reply, frame_at, last_frame, seal
from twin.errors import BadInput

ASK = pdu.read_request("hr", 0x6B, 2)
REPLY = bytes.fromhex("03 04 022B 0064")


@given(st.binary(max_size=256))
def test_the_crc_is_that_of_pymodbus(data):
    assert crc16(data).to_bytes(2, "little") == FramerRTU.compute_CRC(data).to_bytes(2, "big")


def test_the_crc_is_that_of_the_serial_line_specification():
    # MODBUS over Serial Line V1.02, appendix B: 02 07 is followed by 41 12
    assert seal(2, b"\x07") == bytes.fromhex("02 07 41 12")


@given(st.binary(max_size=40), st.binary(max_size=10))
def test_a_reply_is_found_behind_noise_and_before_more(noise, after):
    hunt = find_reply(noise + seal(1, REPLY) + after, 1, ASK, over=True)
    # noise may happen to swallow the beginning as a frame of its own, but never changes it
    assert hunt.reply in (REPLY, None)
    if not noise:
        assert hunt.reply == REPLY


@pytest.mark.parametrize("noise", ["00", "ff", "01", "01 03", "01 03 04 02", "80 00 aa 55 00 ff"])
def test_short_noise_does_not_hide_a_reply(noise):
    assert find_reply(bytes.fromhex(noise) + seal(1, REPLY), 1, ASK, over=True).reply == REPLY


def test_frames_of_others_and_other_answers_are_counted_and_passed_over():
    stream = seal(2, REPLY) + seal(1, b"\x03\x02\0\1") + seal(1, b"\x04\x04\0\1\0\2")
    assert find_reply(stream, 1, ASK, over=True) == (None, 1, 2)
    assert find_reply(stream + seal(1, REPLY), 1, ASK, over=True) == (REPLY, 1, 2)


def test_a_frame_of_ours_inside_a_frame_of_another_unit_is_its_data():
    inner = seal(1, REPLY)
    outer = seal(2, bytes((3, len(inner) + 1)) + inner + b"\0")
    assert find_reply(outer, 1, ASK, over=True).reply is None


def test_nothing_is_believed_inside_a_frame_that_is_still_coming():
    """The data of a long reply may look like a whole frame: an exception of the very unit."""
    inner = seal(1, b"\x83\x02")
    whole = seal(1, bytes((3, 20)) + inner + bytes(15))
    for length in range(len(whole)):
        hunt = find_reply(whole[:length], 1, pdu.read_request("hr", 0, 10), over=False)
        assert hunt.reply is None
    assert find_reply(whole, 1, pdu.read_request("hr", 0, 10), over=False).reply == whole[1:-2]


def test_an_exception_is_an_answer():
    assert find_reply(seal(1, b"\x83\x02"), 1, ASK, over=True).reply == b"\x83\x02"
    assert find_reply(seal(1, b"\x84\x02"), 1, ASK, over=True).reply is None


@given(st.integers(0, 8 * len(seal(1, REPLY)) - 1))
def test_no_flipped_bit_gets_through(bit):
    frame = bytearray(seal(1, REPLY))
    frame[bit // 8] ^= 1 << bit % 8
    assert find_reply(bytes(frame), 1, ASK, over=True).reply is None


@given(st.binary(max_size=300))
@example(b"\x01\x03" * 150)
@example(b"\x01\x2b\x0e\x01\x01\xff\x00\xff" * 40)
def test_random_streams_hold_no_reply_unless_its_crc_is_right(stream):
    for request in (ASK, pdu.read_request("co", 0, 9), pdu.identification_request()):
        reply = find_reply(stream, 1, request, over=True).reply
        if reply is not None:  # one in 65536 is a frame, whoever sent it
            assert seal(1, reply) in stream
    for start in range(min(len(stream), 20)):
        frame_at(stream, start, (pdu.request_length, pdu.reply_length))


def test_what_starts_here_is_told_apart():
    both = (pdu.request_length, pdu.reply_length)
    assert frame_at(seal(1, ASK)[:-1], 0, both) is NoFrame.UNFINISHED
    assert frame_at(seal(1, REPLY) + b"\0\0", 0, both).message == REPLY
    assert frame_at(b"\1\x05\0\0\0\0\0\0", 0, both) is NoFrame.NOISE
    assert frame_at(seal(1, b"\x41\0"), 0, both) is NoFrame.ENDS_WITH_SILENCE
    assert last_frame(seal(1, b"\x41\0")).message == b"\x41\0"
    assert last_frame(b"\1\x41\0\0\0") is None


def test_a_beginning_that_promises_too_much_is_not_waited_for():
    liar = b"\1\x2b\x0e\1\1\0\0\xff"  # 255 objects of a device's identification: 518 bytes
    assert frame_at(liar, 0, (pdu.reply_length,)) is NoFrame.UNFINISHED
    stream = liar + bytes(300) + seal(1, REPLY)
    assert frame_at(stream, 0, (pdu.reply_length,)) is NoFrame.NOISE
    assert find_reply(stream, 1, ASK, over=False).reply == REPLY


def test_only_these_replies_can_be_taken_for_an_echo():
    for request in (pdu.write_register_request(1, b"\0\1"), pdu.write_coil_request(1, True)):
        assert pdu.may_equal_reply(request)
    trap = pdu.read_request("co", 0x0300, 20)
    pdu.check_reply(trap, trap)  # byte count 3, three bytes of coils: the request itself
    assert pdu.may_equal_reply(trap)
    assert not pdu.may_equal_reply(pdu.read_request("co", 0x0200, 20))


@given(st.sampled_from(["co", "di", "hr", "ir"]), st.integers(0, 0xFFFF - 125), st.integers(1, 125))
def test_no_other_read_can_answer_itself(table, address, count):
    request = pdu.read_request(table, address, count)
    if not pdu.may_equal_reply(request):
        with pytest.raises(pdu.BadReply):
            pdu.check_reply(request, request)


def test_times_of_the_line_are_those_of_the_specification():
    assert LineTime(9600, "E", 1).char_ns == pytest.approx(11e9 / 9600, abs=1)
    assert LineTime(9600, "N", 1).char_ns == pytest.approx(10e9 / 9600, abs=1)
    assert LineTime(19200, "N", 2).gap_ns == pytest.approx(3.5 * 11e9 / 19200, abs=2)
    assert LineTime(115200, "E", 1).gap_ns == 1_750_000
    assert LineTime(9600, "E", 1).duration_ns(8) == pytest.approx(8 * 11e9 / 9600, abs=1)


@pytest.mark.parametrize("settings", [(0, "E", 1), (9600, "M", 1), (9600, "E", 3)])
def test_a_line_that_does_not_exist_is_refused(settings):
    with pytest.raises(BadInput, match="must be"):
        LineTime(*settings)
