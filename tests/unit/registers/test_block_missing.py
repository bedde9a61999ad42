"""A number in a block does not depend on whether a neighbour of it is missing."""

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import firmware_sim
from twin.registers import Block, load_map
from twin.signals import conversion

MAP = load_map(Path(firmware_sim.__file__).parent / "maps/cooling_loop.csv")
POINTS = [MAP.point("P_it"), MAP.point("T_supply")]
BLOCK = Block(POINTS, {"P_it": conversion("kW", "W"), "T_supply": conversion("degC", "K")})


# a register counts 100 W: odd multiples of 50 W lie where two ways to divide round to two sides
@given(st.integers(0, 200_000))
def test_a_number_beside_a_missing_one_is_the_same_register(fifties):
    P_it = 50.0 * fifties
    beside, _ = BLOCK.decode(BLOCK.encode([P_it, 300.0]))
    alone, missing = BLOCK.decode(BLOCK.encode([P_it, math.nan]))
    assert missing is None
    assert alone == beside
