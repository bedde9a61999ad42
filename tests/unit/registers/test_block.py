"""Blocks against the one-point codec, and the plan against what a device allows."""

import math
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.registers import (
    BadValue,
    Block,
    Point,
    decode,
    encode,
    plan_blocks,
    read_along,
)
from twin.signals import conversion

WIDTH = {
    "int16": 1, "uint16": 1, "bcd16": 1, "int32": 2, "uint32": 2, "bcd32": 2, "float32": 2,
    "int64": 4, "uint64": 4, "float64": 4,
}  # fmt: skip


@st.composite
def runs_of_points(draw):
    points, address = [], draw(st.integers(0, 1000))
    shifted, scales = draw(st.booleans()), draw(st.sampled_from([[1.0], [0.01, 0.5], [1.0, 2.0]]))
    for i in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(sorted(WIDTH)))
        order = draw(st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]))
        scale, offset = draw(st.sampled_from(scales)), float(i * shifted)
        nan = -(2**15) if kind == "int16" and draw(st.booleans()) else None
        points.append(
            Point(f"p{i}", "hr", address, kind, order, scale=scale, offset=offset, nan=nan)
        )
        address += WIDTH[kind]
    return points


@given(runs_of_points(), st.data())
def test_a_block_is_its_points_one_by_one(points, data):
    block = Block(points)
    values = [data.draw(st.integers(0, 100).map(lambda n: n * 0.5)) + 10.0 for _ in points]
    alone = b"".join(
        struct.pack(f">{p.registers}H", *encode(p, v)) for p, v in zip(points, values, strict=True)
    )
    assert block.encode(values) == alone
    assert block.size == len(alone) == 2 * block.count
    words = struct.unpack(f">{block.count}H", alone)
    at = points[0].address
    assert block.decode(alone) == [decode(p, words[p.address - at : p.end - at]) for p in points]


@given(runs_of_points(), st.binary(min_size=64, max_size=64))
def test_any_bytes_decode_as_the_points_do(points, noise):
    block = Block(points)
    payload = noise[: block.size]
    words = struct.unpack(f">{block.count}H", payload)
    at = points[0].address
    assert block.decode(payload) == [decode(p, words[p.address - at : p.end - at]) for p in points]


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_no_value_is_minus_zero_or_infinite(kind):
    payload = bytes(2 * WIDTH[kind])
    for factor in (1.0, 0.5, -1.0):
        (value,) = Block([Point("p", "hr", 0, kind)], {"p": (factor, 0.0)}).decode(payload)
        assert math.copysign(1.0, value) == 1.0
    most = struct.pack(">H", 65535) if kind == "uint16" else struct.pack(">f", 65535.0)
    assert Block([Point("p", "hr", 0, kind)], {"p": (1e305, 0.0)}).decode(most) == [None]


def test_units_of_the_caller():
    point = Point("T", "hr", 0, "int16", scale=0.01, unit="degC")
    block = Block([point], {"T": conversion("degC", "K")})
    assert struct.unpack(">h", block.encode([303.15])) == (3000,)
    assert block.decode(struct.pack(">h", -1000)) == [pytest.approx(263.15)]


def test_nan_is_the_sentinel_and_a_value_too_big_is_named():
    a = Point("a", "hr", 0, "int16", nan=-32768)
    b = Point("b", "hr", 1, "float32")
    block = Block([a, b])
    assert block.decode(block.encode([math.nan, math.nan])) == [None, None]
    assert block.encode([math.nan, 1.0])[:2] == b"\x80\x00"
    with pytest.raises(BadValue, match="a = 40000"):
        block.encode([40000.0, 1.0])
    with pytest.raises(BadValue, match="b = inf"):
        block.encode([1.0, math.inf])
    with pytest.raises(BadValue, match="sentinel"):
        block.encode([-32768.0, 1.0])
    with pytest.raises(BadValue, match="1 values for 2 points"):
        block.encode([1.0])


def test_a_payload_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="3 bytes, expected 2"):
        Block([Point("a", "hr", 0, "int16")]).decode(b"\0\0\0")


def test_gaps_are_read_over_and_never_written():
    points = [Point("a", "hr", 10, "int16"), Point("b", "hr", 13, "uint32", "CDAB")]
    block = Block(points)
    payload = struct.pack(">HHHHH", 7, 0xDEAD, 0xBEEF, 2, 1)
    assert block.decode(payload) == [7.0, 65538.0]
    with pytest.raises(BadValue, match="gaps"):
        block.encode([7.0, 1.0])


def test_bits_of_a_status_word():
    points = [Point(f"b{i}", "ir", 5, "bool", bit=i) for i in (0, 3, 15)]
    points.append(Point("after", "ir", 6, "uint16"))
    block = Block(points)
    assert (block.count, block.names) == (2, ("b0", "b3", "b15", "after"))
    assert block.decode(struct.pack(">HH", 0x8001, 42)) == [1.0, 0.0, 1.0, 42.0]


def test_coils_are_packed_from_the_lowest_bit():
    # MODBUS Application Protocol V1.1b3, 6.1: coils 27 to 20 are CD = 1100 1101
    points = [Point(f"c{20 + i}", "co", 19 + i, "bool") for i in range(10)]
    block = Block(points)
    assert block.decode(b"\xcd\x01") == [1, 0, 1, 1, 0, 0, 1, 1, 1, 0]
    assert block.encode([1, 0, 1, 1, 0, 0, 1, 1, 1, 0]) == b"\xcd\x01"


def test_a_scale_that_is_read_along():
    points = [Point("W", "hr", 0, "int16", scale_ref="W_SF"), Point("W_SF", "hr", 1, "int16")]
    block = Block(points)
    assert block.decode(struct.pack(">hh", 1234, -1)) == [pytest.approx(123.4), -1.0]
    assert block.decode(struct.pack(">hh", 1234, -32768))[0] is None


def test_a_scale_that_lies_elsewhere_is_handed_over_or_there_is_no_value():
    points = [Point("W", "hr", 0, "int16", scale_ref="W_SF"), Point("W_SF", "hr", 900, "int16")]
    assert [p.name for p in read_along(points[:1], {p.name: p for p in points})] == ["W", "W_SF"]
    far, near = plan_blocks(points, 125, 0)[::-1]
    assert (near.outside, far.outside) == (("W_SF",), ())
    payload = struct.pack(">h", 1234)
    for unknown in ({}, {"W_SF": None}):
        assert near.decode(payload, unknown) == near.decode(payload) == [None]
        with pytest.raises(BadValue, match="scale is not known"):
            near.encode([123.4], unknown)
    known = dict(zip(far.names, far.decode(struct.pack(">h", -1)), strict=True))
    assert near.decode(payload, known) == [pytest.approx(123.4)]
    assert near.encode([123.4], known) == payload
    with pytest.raises(BadInput, match="did you mean 'W_SF'"):
        read_along([Point("W", "hr", 0, "int16", scale_ref="W_SFF")], {"W_SF": points[1]})


def word(bits: list[tuple[int, int, int]]) -> int:
    """A register from (first bit, bits, number), written the plain way."""
    return sum((number % (1 << width)) << first for first, width, number in bits)


@given(st.data())
def test_fields_that_fill_registers_are_read_and_written_as_one(data):
    """A random cut of two registers into fields, signed or not, bits among them."""
    points, values, words = [], [], []
    for address in range(2):
        first, cut = 0, []
        while first < 16:
            width = data.draw(st.integers(1, 16 - first))
            kind = "bool" if width == 1 else data.draw(st.sampled_from(["uint16", "int16"]))
            low, high = (
                (-(1 << width - 1), (1 << width - 1) - 1)
                if kind == "int16"
                else (0, (1 << width) - 1)
            )
            number = data.draw(st.integers(low, high))
            name = f"p{address}_{first}"
            points.append(Point(name, "hr", address, kind, bit=first, bits=width))
            values.append(float(number))
            cut.append((first, width, number))
            first += width
        words.append(word(cut))
    block = Block(points)
    payload = struct.pack(">HH", *words)
    assert block.decode(payload) == values
    assert block.encode(values) == payload
    some = points[:1] + points[len([p for p in points if p.address == 0]) :]
    if len(some) < len(points):
        with pytest.raises(BadValue, match="bits of others"):
            Block(some).encode([0.0] * len(some))


def test_decimal_digits_go_as_one_block_and_bad_ones_are_no_value():
    # 1234 as packed decimal is 12 34, 87654321 is 87 65 43 21
    points = [Point("a", "hr", 0, "bcd16"), Point("b", "hr", 1, "bcd32", "CDAB")]
    payload = bytes.fromhex("1234 4321 8765")
    block = Block(points)
    assert block.decode(payload) == [1234.0, 87654321.0]
    assert block.encode([1234.0, 87654321.0]) == payload
    assert block.decode(bytes.fromhex("123A 4321 8765")) == [None, 87654321.0]
    assert block.encode([math.nan, math.nan]) == b"\xff" * 6
    with pytest.raises(BadValue, match="a = 10000"):
        block.encode([10000.0, 0.0])


def test_every_sentinel_is_no_value_and_the_first_is_sent():
    a = Point("a", "hr", 0, "uint16", nan=0xFFFF, nan_also=(0x8000,))
    b = Point("b", "hr", 1, "float32", nan=float(2**40), nan_also=(-9999.0,))
    block = Block([a, b])
    assert block.decode(struct.pack(">Hf", 0x8000, -9999.0)) == [None, None]
    assert block.decode(struct.pack(">Hf", 0x7FFF, -9998.0)) == [32767.0, -9998.0]
    assert block.encode([math.nan, math.nan]) == struct.pack(">Hf", 0xFFFF, 2.0**40)
    with pytest.raises(BadValue, match="sentinel"):
        block.encode([1.0, -9999.0001])  # its nearest float32 is the sentinel


@pytest.mark.parametrize(
    "points",
    [
        [Point("a", "hr", 1, "int16"), Point("b", "hr", 0, "int16")],
        [Point("a", "hr", 0, "int32"), Point("b", "hr", 1, "int16")],
        [Point("a", "hr", 0, "int16"), Point("b", "ir", 1, "int16")],
        [Point("a", "hr", 0, "string8")],
    ],
)
def test_what_is_no_block_is_refused(points):
    with pytest.raises(BadInput, match="block of hr a"):
        Block(points)


@given(
    st.lists(
        st.tuples(st.sampled_from(["hr", "ir"]), st.integers(0, 120)), unique=True, min_size=1
    ),
    st.integers(1, 30),
    st.integers(0, 10),
)
def test_a_plan_covers_everything_within_the_limits(places, max_registers, max_gap):
    points = [Point(f"{t}{a}", t, a, "int16") for t, a in places]
    blocks = plan_blocks(points, max_registers, max_gap)
    assert sorted(name for block in blocks for name in block.names) == sorted(
        point.name for point in points
    )
    for block in blocks:
        assert block.count <= max_registers
        gaps = [b.address - a.end for a, b in pairwise(block.points)]
        assert all(0 <= gap <= max_gap for gap in gaps)
    for a, b in pairwise(blocks):  # neighbours could not have been one
        same = a.table == b.table
        gap = b.address - (a.address + a.count)
        joined = b.points[0].end - a.address
        assert not same or gap > max_gap or joined > max_registers


def test_a_point_longer_than_a_read_is_refused():
    with pytest.raises(BadInput, match="longer than 1"):
        plan_blocks([Point("a", "hr", 0, "int32")], 1, 0)
