"""The answering function: right answers, the exceptions of the specification, and silence."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from links_bank import small_bank

from hil.links import pdu
from hil.links.server import answer

IDENTITY = {0: b"hukka", 1: b"small", 2: b"1.0", 0x80: b"x" * 240}


@pytest.fixture
def bank(tmp_path):
    return small_bank(tmp_path)


@pytest.fixture(scope="module")
def shared_bank(tmp_path_factory):
    return small_bank(tmp_path_factory.mktemp("map"))


def ask(bank, request):
    reply = answer({1: bank}, 1, request, IDENTITY)
    assert reply is not None
    return reply


def test_all_tables_are_read(bank):
    assert ask(bank, pdu.read_request("hr", 0, 2)) == pack(">BBhh", 3, 4, 3025, -150)
    assert ask(bank, pdu.read_request("ir", 0, 2)) == pack(">BBHH", 4, 4, 7500, 2500)
    assert ask(bank, pdu.read_request("co", 0, 3)) == bytes((1, 1, 0b101))
    assert ask(bank, pdu.read_request("di", 0, 2)) == bytes((2, 1, 0b10))


def test_every_write_function_writes_what_it_says(bank):
    def registers():
        return pdu.check_read_reply(
            pdu.read_request("hr", 0, 2), ask(bank, pdu.read_request("hr", 0, 2))
        )

    for request, expected in (
        (pdu.write_register_request(0, pack(">h", 100)), (100, -150)),
        (pdu.write_registers_request(0, pack(">hh", 5, 6)), (5, 6)),
        (pdu.mask_write_request(0, 0x00F0, 0x0102), (0x0102, 6)),
        (pdu.exchange_request(0, 2, 1, pack(">h", 9)), (0x0102, 9)),
    ):
        pdu.check_reply(request, ask(bank, request))
        assert registers() == pack(">hh", *expected)
    for request, expected in (
        (pdu.write_coil_request(1, True), 0b111),
        (pdu.write_coil_request(1, False), 0b101),
        (pdu.write_coils_request(0, 3, b"\x02"), 0b010),
    ):
        pdu.check_reply(request, ask(bank, request))
        assert ask(bank, pdu.read_request("co", 0, 3))[2] == expected


def test_mask_write_follows_the_specification(bank):
    # V1.1b3 section 6.16: 0x12, and 0xF2, or 0x25 give 0x17
    bank.write_registers(10, pack(">H", 0x12))
    ask(bank, pdu.mask_write_request(10, 0xF2, 0x25))
    assert bank.get("far") == 0x17


def test_an_exchange_reads_after_it_wrote(bank):
    request = pdu.exchange_request(0, 1, 0, pack(">h", 1234))
    assert pdu.check_read_reply(request, ask(bank, request)) == pack(">h", 1234)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("07", 1),
        ("63 0000", 1),
        ("2b 0d 01 00", 1),
        ("03 0006 0001", 2),  # nobody lives there
        ("03 0004 0003", 2),  # runs from a register into nothing
        ("04 0008 0001", 2),
        ("01 0003 0001", 2),
        ("06 0005 0001", 2),  # read-only
        ("2b 0e 04 07", 2),
        ("03 0000 0000", 3),
        ("03 0000 007e", 3),
        ("04 0000", 3),
        ("04 0000 0001 00", 3),
        ("01 0000 07d1", 3),
        ("05 0000 0001", 3),  # neither on nor off
        ("05 0000 ff01", 3),
        ("06 0000", 3),
        ("06 000a 03e9", 3),  # above its limit
        ("0f 0000 0003 02 0000", 3),
        ("0f 0000 0003", 3),
        ("10 0000 0001 04 00000000", 3),
        ("10 0000 0001 02 00", 3),
        ("10 0000 007c f8" + "00" * 248, 3),
        ("16 0000 0000", 3),
        ("17 0000 007e 0000 0001 02 0000", 3),
        ("17 0000 0001 0000 007a f4" + "00" * 244, 3),
        ("2b 0e 05 00", 3),
        ("2b 0e", 3),
    ],
)
def test_mistakes_get_the_exception_of_the_specification(bank, request_, code):
    request = bytes.fromhex(request_)
    before = bank.read_registers("hr", 0, 6), bank.read_bits("co", 0, 3)
    assert ask(bank, request) == bytes((request[0] | 0x80, code))
    assert (bank.read_registers("hr", 0, 6), bank.read_bits("co", 0, 3)) == before


def test_an_exchange_that_cannot_be_read_is_not_written(bank):
    assert ask(bank, pdu.exchange_request(6, 1, 0, pack(">h", 1))) == bytes((0x97, 2))
    assert bank.get("T_supply") == 30.25


def test_unknown_units_and_empty_requests_get_silence(bank):
    assert answer({1: bank}, 2, pdu.read_request("hr", 0, 1)) is None
    assert answer({1: bank}, 1, b"") is None


def test_a_device_without_identity_does_not_know_the_function(bank):
    assert answer({1: bank}, 1, pdu.identification_request()) == b"\xab\x01"


def test_identification_is_given_in_pieces_that_fit(bank):
    objects, start, asked = {}, 0, 0
    while start is not None:
        request = pdu.identification_request(3, start)
        reply = answer({1: bank}, 1, request, IDENTITY)
        assert len(reply) <= pdu.MAX_PDU
        more, start = pdu.check_identification_reply(request, reply)
        objects |= more
        asked += 1
    assert objects == IDENTITY
    assert asked == 2
    one = pdu.identification_request(4, 1)
    assert pdu.check_identification_reply(one, answer({1: bank}, 1, one, IDENTITY)) == (
        {1: b"small"},
        None,
    )


@given(st.integers(0, 70), st.binary(max_size=260))
def test_random_requests_are_always_answered_in_form(shared_bank, function, body):
    reply = answer({1: shared_bank}, 1, bytes((function,)) + body, IDENTITY)
    assert 2 <= len(reply) <= pdu.MAX_PDU
    assert pdu.reply_length(reply) == len(reply)
    if reply[0] & 0x80:
        assert reply[0] == function | 0x80
        assert reply[1] in (1, 2, 3)
    else:
        pdu.check_reply(bytes((function,)) + body, reply)
