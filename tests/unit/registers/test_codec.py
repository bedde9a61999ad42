"""One value to registers and back, against vectors and a codec written a second time."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.registers import BadValue, Point, decode, encode
from twin.registers.codec import decode_text, encode_text

# The orders as people write them down: which byte of the big-endian value travels when.
LETTERS = {
    1: {"ABCD": "AB", "CDAB": "AB", "BADC": "BA", "DCBA": "BA"},
    2: {"ABCD": "ABCD", "CDAB": "CDAB", "BADC": "BADC", "DCBA": "DCBA"},
    4: {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"},
}
BITS = {"int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "int64": 64, "uint64": 64}
ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"]


def oracle_wire(big_endian: bytes, order: str) -> tuple[int, ...]:
    words = len(big_endian) // 2
    travelling = [big_endian["ABCDEFGH".index(letter)] for letter in LETTERS[words][order]]
    return tuple(256 * travelling[2 * i] + travelling[2 * i + 1] for i in range(words))


def point(kind: str, order: str = "ABCD", **more: object) -> Point:
    return Point("p", "hr", 0, kind, order, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "order", "value", "registers"),
    [
        # IEEE 754 single 123456.0 is 47 F1 20 00, double 1.0 is 3F F0 00...
        ("float32", "ABCD", 123456.0, (0x47F1, 0x2000)),
        ("float32", "CDAB", 123456.0, (0x2000, 0x47F1)),
        ("float32", "BADC", 123456.0, (0xF147, 0x0020)),
        ("float32", "DCBA", 123456.0, (0x0020, 0xF147)),
        ("float64", "ABCD", 1.0, (0x3FF0, 0, 0, 0)),
        ("float64", "CDAB", 1.0, (0, 0, 0, 0x3FF0)),
        ("float64", "BADC", 1.0, (0xF03F, 0, 0, 0)),
        ("float64", "DCBA", 1.0, (0, 0, 0, 0xF03F)),
        # MODBUS Application Protocol V1.1b3, 6.3: register 108 holds 02 2B = 555
        ("uint16", "ABCD", 555.0, (0x022B,)),
        ("int16", "ABCD", -1.0, (0xFFFF,)),
        ("int16", "BADC", 1.0, (0x0100,)),
        ("int32", "CDAB", -2.0, (0xFFFE, 0xFFFF)),
        ("uint32", "ABCD", 65536.0, (1, 0)),
        ("int64", "CDAB", 2.0**48, (0, 0, 0, 1)),
    ],
)
def test_vectors(kind, order, value, registers):
    assert encode(point(kind, order), value) == registers
    assert decode(point(kind, order), registers) == value


@given(st.sampled_from(sorted(BITS)), st.sampled_from(ORDERS), st.integers(-(2**53), 2**53))
def test_integers_as_the_second_codec(kind, order, number):
    bits, signed = BITS[kind], kind.startswith("int")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    p = point(kind, order)
    if not low <= number <= high:
        with pytest.raises(BadValue, match="p = "):
            encode(p, float(number))
        return
    wire = oracle_wire(number.to_bytes(bits // 8, "big", signed=signed), order)
    assert encode(p, float(number)) == wire
    assert decode(p, wire) == number


@given(st.sampled_from(ORDERS), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_singles_as_the_second_codec(order, number):
    wire = oracle_wire(struct.pack("!f", number), order)
    assert encode(point("float32", order), number) == wire
    assert decode(point("float32", order), wire) == number


@given(st.sampled_from(ORDERS), st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_as_the_second_codec(order, number):
    wire = oracle_wire(struct.pack("!d", number), order)
    assert encode(point("float64", order), number) == wire
    assert decode(point("float64", order), wire) == number


@given(
    st.sampled_from(["int16", "uint16", "int32"]),
    st.sampled_from([0.01, 0.1, 1.0, 200 / 27648, -0.5]),
    st.floats(-100, 100),
    st.floats(-300, 300),
)
def test_scaled_values_come_back_within_half_a_step(kind, scale, offset, value):
    p = point(kind, scale=scale, offset=offset)
    low, high = (0, 65535) if kind == "uint16" else (-32768, 32767)
    if kind == "int32":
        low, high = -(2**31), 2**31 - 1
    raw = (value - offset) / scale
    if not low <= round(raw) <= high:
        with pytest.raises(BadValue):
            encode(p, value)
        return
    back = decode(p, encode(p, value))
    assert back is not None
    assert abs(back - value) <= abs(scale) / 2 * (1 + 1e-9) + 1e-12


def test_nothing_is_clipped_and_the_message_says_what_fits():
    p = Point("T_supply", "hr", 0, "int16", scale=0.01, unit="degC")
    with pytest.raises(BadValue, match=r"T_supply = 400.0 degC.*-327.68 to 327.67"):
        encode(p, 400.0)
    with pytest.raises(BadValue):
        encode(p, math.inf)
    with pytest.raises(BadValue):
        encode(point("float32"), 1e39)


def test_sentinel_is_no_value_both_ways():
    p = point("int16", nan=-32768, scale=0.01)
    assert decode(p, (0x8000,)) is None
    assert encode(p, None) == encode(p, math.nan) == (0x8000,)
    with pytest.raises(BadValue, match="sentinel"):
        encode(p, -327.68)
    with pytest.raises(BadValue, match="no sentinel"):
        encode(point("int16"), None)


@pytest.mark.parametrize("pattern", [0x7FC00000, 0xFFC00001, 0x7F800000, 0xFF800000])
def test_a_float_that_is_no_number_is_no_value(pattern):
    assert decode(point("float32"), (pattern >> 16, pattern & 0xFFFF)) is None
    registers = encode(point("float32"), None)
    assert decode(point("float32"), registers) is None


def test_bits():
    bit = Point("b", "ir", 0, "bool", bit=3)
    assert encode(bit, 1.0) == (8,)
    assert [decode(bit, (word,)) for word in (8, 7, 0xFFFF)] == [1.0, 0.0, 1.0]
    with pytest.raises(BadValue, match="0 or 1"):
        encode(bit, 2.0)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=7))
def test_text(text):
    p = Point("model", "ir", 0, "string7")
    payload = encode_text(p, text)
    assert payload == text.encode().ljust(8, b"\0")
    assert decode_text(p, payload) == text
    swapped = Point("model", "ir", 0, "string7", "BADC")
    assert decode_text(swapped, encode_text(swapped, text)) == text


def test_text_too_long_is_refused():
    with pytest.raises(BadValue, match="string4"):
        encode_text(Point("model", "ir", 0, "string4"), "12345")
