"""Limits are kept on what the device will read, however its numbers are scaled and ordered."""

import struct
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twin.registers import Block, BlockLimits, Limit, Point

INTEGERS = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q"}


@given(
    st.sampled_from(sorted(INTEGERS)),
    st.sampled_from([1.0, 0.01, 0.003616898148, -0.1, 1e-6]),
    st.sampled_from([0.0, -50.0, 273.15]),
    st.sampled_from([None, 0, 100]),
    st.floats(-300, 300),
    st.floats(0, 300),
    st.data(),
)
def test_a_number_is_judged_by_the_value_it_decodes_to(kind, scale, offset, nan, low, span, data):
    """Also right beside the limits, where a rounding error decides."""
    point = Point("x", "hr", 0, kind, scale=scale, offset=offset, nan=nan)
    limit = Limit(low, low + span, may_miss=nan is not None)
    code = ">" + INTEGERS[kind]
    beside = [round((end - offset) / scale) for end in (limit.low, limit.high)]
    near = st.sampled_from([raw + step for raw in beside for step in (-2, -1, 0, 1, 2)])
    least, most = int(point.kind.low), int(point.kind.high)
    raw = data.draw((near | st.integers(least, most)).filter(lambda raw: least <= raw <= most))
    breach = BlockLimits(Block([point]), [limit]).breach(struct.pack(code, raw))
    value = raw * scale + offset
    allowed = raw == nan or limit.low <= value <= limit.high
    assert (breach is None) == allowed
    if breach is not None:
        assert breach == (point, value, limit)


@given(st.floats(width=32), st.sampled_from([1.0, 0.1]))
@example(inf, 1.0)
@example(float(struct.unpack(">f", struct.pack(">f", 0.1))[0]), 1.0)
def test_a_float_that_is_no_number_is_a_missing_value(raw, scale):
    point = Point("x", "hr", 0, "float32", scale=scale)
    value = raw * scale
    for may_miss in (False, True):
        limits = BlockLimits(Block([point]), [Limit(-inf, 0.1, may_miss)])
        allowed = may_miss if value - value != 0.0 else value <= 0.1
        assert (limits.breach(struct.pack(">f", raw)) is None) == allowed


def test_the_first_point_that_leaves_its_limits_is_named():
    points = [Point(name, "hr", 2 * i, "int32", order="CDAB") for i, name in enumerate("abc")]
    limits = BlockLimits(Block(points), [Limit(0.0, 10.0, may_miss=False)] * 3)
    good, bad = struct.pack("<I", 10)[::-1], struct.pack("<I", 11)[::-1]
    swapped = {word: word[2:] + word[:2] for word in (good, bad)}
    assert limits.breach(swapped[good] * 3) is None
    payload = swapped[good] + swapped[bad] * 2
    assert limits.breach(payload) == (points[1], 11.0, Limit(0.0, 10.0, may_miss=False))


@pytest.mark.parametrize("word", [0b100, 0b001])
def test_bits_of_a_register_have_limits_too(word):
    points = [Point(f"b{i}", "hr", 0, "bool", bit=i) for i in (0, 2)]
    off = Limit(0.0, 0.0, may_miss=False)
    breach = BlockLimits(Block(points), [off, off]).breach(struct.pack(">H", word))
    assert breach is not None
    assert breach.point is points[word >> 2]
