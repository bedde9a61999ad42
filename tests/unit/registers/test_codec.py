"""One value to registers and back, against vectors and a codec written a second time."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.registers import BadValue, Point, decode, decode_text, encode, encode_text, merge
from twin.registers.point import KINDS

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
        ("int64", "BADC", 1.0, (0, 0, 0, 0x0100)),
        ("uint64", "DCBA", 1.0, (0x0100, 0, 0, 0)),
        ("int8", "ABCD", -2.0, (0x00FE,)),
        ("uint8", "BADC", 254.0, (0xFE00,)),
        ("bcd16", "ABCD", 1234.0, (0x1234,)),
        ("bcd16", "BADC", 1234.0, (0x3412,)),
        ("bcd32", "ABCD", 98765432.0, (0x9876, 0x5432)),
        ("bcd32", "DCBA", 98765432.0, (0x3254, 0x7698)),
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


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from(ORDERS))
def test_decimal_digits_as_they_are_written(digits, order):
    wire = oracle_wire(bytes.fromhex(digits), order)
    assert decode(point("bcd32", order), wire) == int(digits)
    assert encode(point("bcd32", order), float(int(digits))) == wire


@given(st.integers(0, 0xFFFF), st.sampled_from(["ABCD", "BADC"]))
def test_a_word_is_decimal_or_no_value(word, order):
    digits = struct.pack(">H" if order == "ABCD" else "<H", word).hex()
    expected = float(digits) if set(digits) <= set("0123456789") else None
    assert decode(point("bcd16", order), (word,)) == expected


@given(st.integers(0, 0xFFFF), st.integers(0, 15), st.integers(1, 16), st.booleans(), st.data())
def test_a_field_is_its_bits_and_leaves_the_others(word, first, width, signed, data):
    width = min(width, 16 - first)
    order = data.draw(st.sampled_from(["ABCD", "BADC"]))
    p = point("int16" if signed else "uint16", order, bit=first, bits=width)
    bits = f"{word:016b}"[16 - first - width : 16 - first]  # as one reads them on paper
    number = int(bits, 2) - (1 << width if signed and bits[0] == "1" else 0)
    wire = word if order == "ABCD" else int.from_bytes(word.to_bytes(2, "big"), "little")
    assert decode(p, (wire,)) == number
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    other = data.draw(st.integers(low, high))
    (written,) = merge(p, encode(p, float(other)), (wire,))
    assert decode(p, (written,)) == other
    assert merge(p, encode(p, float(number)), (written,)) == (wire,)
    with pytest.raises(BadValue, match="carries"):
        encode(p, high + 1.0)


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(ORDERS), st.data())
def test_registers_that_have_a_value_are_what_it_encodes_to(kind, order, data):
    """Every bit pattern: to its number and back to itself, sentinels and bits of others aside."""
    width = KINDS[kind].registers
    words = tuple(data.draw(st.lists(st.integers(0, 0xFFFF), min_size=width, max_size=width)))
    p = point(kind, order, nan=77.0, nan_also=(78.0,))
    value = decode(p, words)
    if value is None or (abs(value) > 2.0**53 and KINDS[kind].integer):
        return  # no value, or one whose last digits a float does not hold
    assert merge(p, encode(p, value), words) == words


def test_bytes_of_a_register():
    high = point("int8", bit=8, bits=8)
    assert decode(high, (0x80FF,)) == -128.0
    assert decode(point("int8"), (0x80FF,)) == -1.0
    assert merge(high, encode(high, 1.0), (0x80FF,)) == (0x01FF,)


def test_bits_in_a_register_with_swapped_bytes():
    bit = Point("b", "hr", 0, "bool", "BADC", bit=3)
    assert encode(bit, 1.0) == (0x0800,)
    assert [decode(bit, (word,)) for word in (0x0800, 0x0008)] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "sentinels", "registers"),
    [
        ("int16", (-(2**15), -1), [(0x8000,), (0xFFFF,)]),
        ("uint32", (0xFFFFFFFF, 0), [(0xFFFF, 0xFFFF), (0, 0)]),
        ("float32", (-9999.0,), [(0xC61C, 0x3C00), (0x7FC0, 0)]),
        ("int64", (-(2**63),), [(0x8000, 0, 0, 0)]),
    ],
)
def test_several_sentinels(kind, sentinels, registers):
    p = point(kind, nan=sentinels[0], nan_also=sentinels[1:])
    assert [decode(p, words) for words in registers] == [None] * len(registers)
    assert encode(p, None) == registers[0]
    for number in sentinels:
        with pytest.raises(BadValue, match="sentinel"):
            encode(p, float(number))


@pytest.mark.parametrize("scale", [math.nan, math.inf, 0.0])
def test_a_scale_that_is_none(scale):
    with pytest.raises(BadValue, match="scale is not known"):
        encode(point("int16"), 1.0, scale)
    if scale != 0.0:
        assert decode(point("int16"), (1,), scale) is None


@pytest.mark.parametrize("text", ["a ", "a\0b", "\0"])
def test_text_that_would_not_come_back_is_refused(text):
    with pytest.raises(BadValue, match="padding"):
        encode_text(Point("model", "ir", 0, "string4"), text)
