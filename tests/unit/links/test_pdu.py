"""The PDU codec against the frames printed in the Modbus specification, and against pymodbus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.pdu import bit_message, register_message

from hil.links import pdu

# MODBUS Application Protocol Specification V1.1b3, section 6: request, reply
PRINTED = {
    "read coils 20-38": (
        pdu.read_request("co", 0x13, 0x13), "01 00 13 00 13", "01 03 CD 6B 05"),
    "read discrete inputs 197-218": (
        pdu.read_request("di", 0xC4, 0x16), "02 00 C4 00 16", "02 03 AC DB 35"),
    "read holding registers 108-110": (
        pdu.read_request("hr", 0x6B, 3), "03 00 6B 00 03", "03 06 02 2B 00 00 00 64"),
    "read input register 9": (
        pdu.read_request("ir", 8, 1), "04 00 08 00 01", "04 02 00 0A"),
    "write coil 173 on": (
        pdu.write_coil_request(0xAC, True), "05 00 AC FF 00", "05 00 AC FF 00"),
    "write register 2 to 3": (
        pdu.write_register_request(1, b"\0\3"), "06 00 01 00 03", "06 00 01 00 03"),
    "write 10 coils from 20": (
        pdu.write_coils_request(0x13, 10, b"\xcd\x01"),
        "0F 00 13 00 0A 02 CD 01", "0F 00 13 00 0A"),
    "write 2 registers from 2": (
        pdu.write_registers_request(1, b"\x00\x0a\x01\x02"),
        "10 00 01 00 02 04 00 0A 01 02", "10 00 01 00 02"),
    "mask register 5": (
        pdu.mask_write_request(4, 0xF2, 0x25), "16 00 04 00 F2 00 25", "16 00 04 00 F2 00 25"),
    "write 3 registers, read 6": (
        pdu.exchange_request(3, 6, 14, b"\x00\xff" * 3),
        "17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF",
        "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF"),
    "who are you": (
        pdu.identification_request(), "2B 0E 01 00",
        "2B 0E 01 01 00 00 03 00 16 43 6F 6D 70 61 6E 79 20 69 64 65 6E 74 69 66 69 63 61 74"
        " 69 6F 6E 01 01 50 02 05 56 32 2E 31 31"),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_requests_and_replies_are_those_of_the_specification(name):
    request, printed_request, printed_reply = PRINTED[name]
    reply = bytes.fromhex(printed_reply)
    assert request == bytes.fromhex(printed_request)
    assert pdu.request_length(request) == len(request)
    assert pdu.reply_length(reply) == len(reply)
    pdu.check_reply(request, reply)


@pytest.mark.parametrize("name", PRINTED)
def test_every_cut_or_lengthened_reply_is_refused(name):
    request, _, printed_reply = PRINTED[name]
    reply = bytes.fromhex(printed_reply)
    for wrong in [reply[:n] for n in range(len(reply))] + [reply + b"\0"]:
        with pytest.raises(pdu.BadReply):
            pdu.check_reply(request, wrong)


@pytest.mark.parametrize("name", PRINTED)
def test_the_reply_of_every_other_request_is_refused(name):
    request = PRINTED[name][0]
    for other in PRINTED:
        if other != name:
            with pytest.raises(pdu.BadReply):
                pdu.check_reply(request, bytes.fromhex(PRINTED[other][2]))


@pytest.mark.parametrize("name", PRINTED)
def test_only_an_exception_of_the_same_function_is_a_refusal(name):
    request = PRINTED[name][0]
    with pytest.raises(pdu.ModbusException, match="busy") as refused:
        pdu.check_reply(request, bytes((request[0] | 0x80, 6)))
    assert refused.value.code == 6
    for other in {r[0][0] for r in PRINTED.values()} - {request[0]}:
        with pytest.raises(pdu.BadReply):
            pdu.check_reply(request, bytes((other | 0x80, 6)))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (pdu.read_request("hr", 0, 2), "03 06 0001 0002 0003"),  # of a longer question
        (pdu.write_registers_request(7, b"\0\1"), "10 0008 0001"),  # of another address
        (pdu.write_registers_request(7, b"\0\1"), "10 0007 0002"),  # of another count
        (pdu.write_register_request(7, b"\0\1"), "06 0007 0002"),  # of another value
        (pdu.write_coil_request(7, True), "05 0007 0000"),
        (pdu.mask_write_request(7, 1, 2), "16 0007 0001 0003"),
    ],
)
def test_a_reply_of_the_right_function_to_another_question_is_refused(request_, reply):
    with pytest.raises(pdu.BadReply, match=r"answer .* is not"):
        pdu.check_reply(request_, bytes.fromhex(reply))


def test_what_came_back_is_in_the_sentence():
    with pytest.raises(pdu.BadReply, match="answer 04 02 00 01 to function 3 is not 2 bytes of"):
        pdu.check_read_reply(pdu.read_request("hr", 0, 1), bytes.fromhex("04020001"))
    with pytest.raises(pdu.BadReply, match="answer nothing"):
        pdu.check_read_reply(pdu.read_request("hr", 0, 1), b"")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: pdu.read_request("hr", 0, 126),
        lambda: pdu.read_request("ir", 0, 0),
        lambda: pdu.read_request("co", 0, 2001),
        lambda: pdu.read_request("hr", 65530, 7),
        lambda: pdu.read_request("hr", -1, 1),
        lambda: pdu.write_registers_request(0, bytes(2 * 124)),
        lambda: pdu.write_registers_request(0, b"\0\0\0"),
        lambda: pdu.write_register_request(0, b"\0"),
        lambda: pdu.write_coils_request(0, 1969, bytes(247)),
        lambda: pdu.write_coils_request(0, 9, b"\0"),
        lambda: pdu.exchange_request(0, 1, 0, bytes(2 * 122)),
    ],
)
def test_questions_beyond_the_limits_are_not_asked(ask):
    with pytest.raises(ValueError, match=r"must be|leave|bytes"):
        ask()


def test_identification_goes_on_where_the_device_says():
    objects, following = pdu.check_identification_reply(
        pdu.identification_request(2, 0), bytes.fromhex("2b0e0282 ff 03 02 00 01 41 01 02 4243")
    )
    assert objects == {0: b"A", 1: b"BC"}
    assert following == 3


@given(st.integers(0, 65000), st.integers(1, 125))
def test_reads_are_those_of_pymodbus(address, count):
    for table, kind in (
        ("hr", register_message.ReadHoldingRegistersRequest),
        ("ir", register_message.ReadInputRegistersRequest),
        ("co", bit_message.ReadCoilsRequest),
        ("di", bit_message.ReadDiscreteInputsRequest),
    ):
        theirs = kind(address=address, count=count)
        ours = pdu.read_request(table, address, count)
        assert ours == bytes((theirs.function_code,)) + theirs.encode()


@given(st.integers(0, 65000), st.lists(st.integers(0, 65535), min_size=1, max_size=121))
def test_writes_and_their_replies_are_those_of_pymodbus(address, registers):
    payload = b"".join(value.to_bytes(2, "big") for value in registers)
    for ours, theirs in (
        (
            pdu.write_registers_request(address, payload),
            register_message.WriteMultipleRegistersRequest(address=address, registers=registers),
        ),
        (
            pdu.exchange_request(9, 2, address, payload),
            register_message.ReadWriteMultipleRegistersRequest(
                read_address=9, read_count=2, write_address=address, write_registers=registers
            ),
        ),
    ):
        assert ours == bytes((theirs.function_code,)) + theirs.encode()
    reply = register_message.WriteMultipleRegistersResponse(address=address, count=len(registers))
    pdu.check_write_reply(pdu.write_registers_request(address, payload), b"\x10" + reply.encode())


@given(st.binary(min_size=0, max_size=260), st.sampled_from(sorted(PRINTED)))
def test_random_replies_are_judged_and_never_crash(noise, name):
    request, _, printed_reply = PRINTED[name]
    for reply in (noise, request[:1] + noise, bytes.fromhex(printed_reply)[:2] + noise):
        try:
            pdu.check_reply(request, reply)
        except (pdu.BadReply, pdu.ModbusException):
            continue
        assert len(reply) == pdu.reply_length(reply)
        assert reply[0] == request[0]
