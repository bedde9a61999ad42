"""Roles: what is allowed touches only what the rules name, whatever the request says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.links import pdu
from hil.links.roles import EVERYTHING, Access, Rights, RoleRules, Span, touched
from hil.links.server import answer
from twin.errors import BadInput

READER = Rights()
NARROW = Rights(
    read=(Span("hr", 10, 19), Span("co", 0, 7)), write=(Span("hr", 12, 13), Span("co", 2, 2))
)
RULES = RoleRules({"reader": READER, "narrow": NARROW, "all": Rights(write=EVERYTHING)})


class Watched:
    """Memory of 65,536 places a table that remembers what was done to it."""

    def __init__(self):
        self.done = []

    def read_registers(self, table, address, count, /):
        self.done.append(("read", table, address, count))
        return bytes(2 * count)

    def write_registers(self, address, payload, /):
        self.done.append(("write", "hr", address, len(payload) // 2))

    def read_bits(self, table, address, count, /):
        self.done.append(("read", table, address, count))
        return bytes((count + 7) // 8)

    def write_bits(self, address, count, payload, /):
        self.done.append(("write", "co", address, count))


addresses = st.one_of(st.integers(0, 25), st.integers(0, 0xFF80))
requests = st.one_of(
    st.builds(
        pdu.read_request,
        st.sampled_from(["hr", "ir", "co", "di"]), addresses, st.integers(1, 20),
    ),
    st.builds(
        lambda a, n: pdu.write_registers_request(a, bytes(2 * n)), addresses, st.integers(1, 9)
    ),
    st.builds(lambda a: pdu.write_register_request(a, bytes(2)), addresses),
    st.builds(pdu.write_coil_request, addresses, st.booleans()),
    st.builds(
        lambda a, n: pdu.write_coils_request(a, n, bytes((n + 7) // 8)),
        addresses, st.integers(1, 20),
    ),
    st.builds(lambda a: pdu.mask_write_request(a, 0, 0), addresses),
    st.builds(
        lambda a, n, b, m: pdu.exchange_request(a, n, b, bytes(2 * m)),
        addresses, st.integers(1, 9), addresses, st.integers(1, 9),
    ),
    st.binary(min_size=1, max_size=20),
)  # fmt: skip


def inside(spans, table, first, count):
    return any(s.table == table and s.first <= first and first + count - 1 <= s.last for s in spans)


@given(requests, st.sampled_from([("reader", READER), ("narrow", NARROW)]))
def test_what_is_allowed_stays_within_the_rights(request, role):
    name, rights = role
    memory = Watched()
    allowed = RULES.allow(name, request)
    answer({1: memory}, 1, request, {0: b"x"})
    # a mask write and an exchange look before they write; that tells nobody anything
    look_first = request[0] == 22
    stays = all(
        inside(rights.read if kind == "read" else rights.write, *place)
        for kind, *place in memory.done
        if not (look_first and kind == "read")
    )
    if memory.done:
        assert allowed == stays
    assert RULES.allow("all", request)
    assert not RULES.allow(None, request)
    assert not RULES.allow("stranger", request)


def test_reading_is_not_writing():
    for request in (
        pdu.write_registers_request(0, bytes(2)),
        pdu.write_coil_request(0, True),
        pdu.mask_write_request(0, 0, 0),
        pdu.exchange_request(0, 1, 0, bytes(2)),
    ):
        assert not RULES.allow("reader", request)
    assert RULES.allow("reader", pdu.identification_request())
    assert RULES.allow("reader", pdu.read_request("di", 0xFFFF, 1))


def test_an_exchange_touches_two_places():
    request = pdu.exchange_request(10, 3, 12, bytes(4))
    assert touched(request) == (
        Access(False, Span("hr", 10, 12)),
        Access(True, Span("hr", 12, 13)),
    )
    assert RULES.allow("narrow", request)
    assert not RULES.allow("narrow", pdu.exchange_request(10, 3, 13, bytes(4)))


def test_words_of_a_site_file():
    rules = RoleRules.of_words({"a": "read", "b": "write"})
    assert rules.allow("b", pdu.write_coil_request(0, True))
    assert not rules.allow("a", pdu.write_coil_request(0, True))
    with pytest.raises(BadInput, match="role 'a': unknown right 'reed', did you mean 'read'"):
        RoleRules.of_words({"a": "reed"})
