"""A bench writes what its taps name: a scale that lies elsewhere is refused beforehand."""

import pytest

from hil.bench.wiring import Tap, runs
from twin.errors import BadInput
from twin.registers import Header, Point, RegisterMap

POINTS = [
    Point("W", "hr", 0, "int16", scale_ref="W_SF", unit="W"),
    Point("W_SF", "hr", 1, "int16"),
]
MAP = RegisterMap("m.csv", Header(), {point.name: point for point in POINTS})


def test_a_scale_that_is_not_tapped_is_refused():
    with pytest.raises(BadInput, match="the scale 'W_SF' must be in the same block"):
        runs(MAP, [Tap("W", 0, "W")])
    (run,) = runs(MAP, [Tap("W", 0, "W"), Tap("W_SF", 1, "-")])
    assert run.block.decode(b"\x00\x05\x00\x02") == [500.0, 2.0]
