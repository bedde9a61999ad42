"""Every meaning of some registers at once, against `struct`; numbers and their words."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.registers import BadValue, Point, all_readings, value_of, word_of

CODES = {"int32": "i", "uint32": "I", "float32": "f", "int64": "q", "uint64": "Q", "float64": "d"}
WORDS = st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4)


def swap(data: bytes) -> bytes:
    return b"".join(data[i : i + 2][::-1] for i in range(0, len(data), 2))


@given(WORDS)
def test_every_type_in_every_order(words):
    """Word and byte swaps written as little-endian reads of turned data."""
    found = all_readings(words)
    for kind, code in CODES.items():
        data = struct.pack(">4H", *words)[: struct.calcsize(code)]
        for order, (sign, given_bytes) in {
            "ABCD": (">", data),
            "DCBA": ("<", data),
            "BADC": (">", swap(data)),
            "CDAB": ("<", swap(data)),
        }.items():
            (value,) = struct.unpack(sign + code, given_bytes)
            finite = value == value and abs(value) != float("inf")
            assert found[kind, order] == (float(value) if finite else None), (kind, order)


def test_one_register():
    found = all_readings([0x4142])
    assert found["uint16", "ABCD"] == 0x4142
    assert found["int16", "BADC"] == 0x4241
    assert (found["uint8", "ABCD"], found["uint8", "BADC"]) == (0x42, 0x41)
    assert (found["bcd16", "ABCD"], found["bcd16", "BADC"]) == (4142.0, 4241.0)
    assert not any(kind.endswith(("32", "64")) for kind, _ in found)
    assert all_readings([]) == {}


MODE = Point("mode", "hr", 0, "uint16", enum={0: "OFF", 1: "ON"})


def test_words_both_ways():
    assert [word_of(MODE, v) for v in (0.0, 1.0, 7.0, None)] == [
        "OFF", "ON", "7 (unknown)", "no value",
    ]  # fmt: skip
    assert (value_of(MODE, "ON"), value_of(MODE, " off ")) == (1.0, 0.0)
    with pytest.raises(BadValue, match="unknown word, did you mean 'OFF'"):
        value_of(MODE, "OF")
