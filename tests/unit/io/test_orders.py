"""Finding the byte order: what a value that moves leaves over, against `struct`."""

import struct
from itertools import pairwise
from math import sin

import pytest

from hil.io.orders import History
from twin.registers.readings import Reading


def wire(kind, order, value):
    """Registers that carry `value`, by struct and by moving bytes by hand."""
    big = struct.pack(
        ">" + {"float32": "f", "int32": "i", "float64": "d", "uint16": "H"}[kind], value
    )
    words = [big[i : i + 2] for i in range(0, len(big), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return [int.from_bytes(word, "big") for word in words]


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_a_temperature_that_drifts_leaves_its_own_order_of_floats(order):
    history = History()
    for i in range(40):
        found = history.see(wire("float32", order, 71.5 + 2.3 * sin(i / 6)))
    floats = [c.reading.order for c in found if c.reading.kind == "float32" and not c.against]
    assert floats == [order]


def test_a_range_that_is_known_leaves_one_of_all():
    found = History((25, 40)).see(wire("float32", "CDAB", 31.4))
    assert [(c.reading, round(c.value, 3)) for c in found if not c.against] == [
        (Reading("float32", "CDAB"), 31.4)
    ]
    assert {c.against for c in found if c.against} >= {"not 25 to 40"}


def test_a_machine_that_starts_is_no_reason_against_its_reading():
    history = History()
    steps = [0.0] * 5 + [35.0, 35.5, 36.0, 36.2]
    assert max(abs(b - a) for a, b in pairwise(steps)) > 30
    for power in steps:
        found = history.see(wire("float32", "ABCD", power))
    assert not next(c for c in found if c.reading == Reading("float32", "ABCD")).against


def test_a_number_that_jumps_is_ruled_out_and_a_counter_is_not():
    history, counter = History(), History()
    for i, value in enumerate([5, 60000, 17, 44000, 3, 52000]):
        jumping = history.see([value])
        counting = counter.see([i])
    assert {c.against for c in jumping if c.reading == Reading("uint16", "ABCD")} == {"jumps"}
    assert not next(c for c in counting if c.reading == Reading("uint16", "ABCD")).against


def test_what_is_no_number_is_said_to_be_none():
    found = History().see([0x7FC0, 0])
    nan = next(c for c in found if c.reading == Reading("float32", "ABCD"))
    assert (nan.value, nan.against) == (None, "not a number")
