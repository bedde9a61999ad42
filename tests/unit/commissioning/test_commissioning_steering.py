"""What is given by hand in the place of weather, loads and readings, and given back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.commissioning.steering import ForcedSensors, Move, SteeredPlant
from twin.signals import Quality

S = 1_000_000_000


class Doubling:
    """A plant whose outputs are twice its inputs, and that keeps what it was given."""

    def __init__(self):
        self.given = []

    def step(self, inputs, dt_ns):
        self.given.append((inputs.tolist(), dt_ns))
        return 2.0 * inputs


class Plain:
    """Sensors that show what is true; the last of them is broken."""

    def read(self, true):
        quality = np.zeros(len(true), np.uint8)
        quality[-1] = Quality.OUT_OF_RANGE
        return true.copy(), quality


@pytest.mark.parametrize(
    ("t_s", "value"), [(-1, 10.0), (5, 10.0), (6, 12.0), (7.5, 15.0), (10, 20.0), (99, 20.0)]
)
def test_a_move_goes_evenly(t_s, value):
    assert Move(10.0, 20.0, 5 * S, 5 * S).at(round(t_s * S)) == pytest.approx(value)


def test_a_move_that_lasts_no_time_is_a_jump():
    assert [Move(10.0, 20.0, 5 * S).at(t * S) for t in (4, 5, 6)] == [10.0, 20.0, 20.0]


def test_a_broken_wire_is_broken_at_once():
    assert [Move(10.0, None, 5 * S, 5 * S).at(t * S) for t in (5, 7, 99)] == [None] * 3


VALUES = st.floats(-1e6, 1e6)


@given(VALUES, VALUES, st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 3 * 10**12))
def test_a_move_stays_between_its_ends_and_ends_at_its_goal(start, goal, begin, lasts, t):
    value = Move(start, goal, begin, lasts).at(t)
    assert min(start, goal) - 1e-6 <= value <= max(start, goal) + 1e-6
    if t >= begin + lasts:
        assert value == goal
    elif t <= begin:
        assert value == start


def test_a_plant_gets_what_is_steered_and_everything_else_as_it_is():
    network = Doubling()
    plant = SteeredPlant(network, -2 * S)
    plant.moves[1] = Move(0.0, 8.0, -2 * S, 4 * S)
    outputs = [plant.step(np.array([1.0, 100.0]), S).tolist() for _ in range(6)]
    assert [inputs for inputs, _ in network.given] == [[1.0, v] for v in (0, 2, 4, 6, 8, 8)]
    assert {dt_ns for _, dt_ns in network.given} == {S}
    assert outputs[-1] == [2.0, 16.0]
    assert plant.inputs.tolist() == [1.0, 8.0]
    plant.moves.clear()
    assert plant.step(np.array([1.0, 100.0]), S).tolist() == [2.0, 200.0]
    assert plant.inputs.tolist() == [1.0, 100.0]


def test_sensors_show_what_is_forced_as_good_and_a_broken_wire_as_no_value():
    sensors = ForcedSensors(Plain(), 0, S)
    true = np.array([1.0, 2.0, 3.0])
    sensors.moves |= {1: Move(2.0, 6.0, 0, 4 * S), 2: Move(0.0, 9.0)}
    for forced in (3.0, 4.0, 5.0, 6.0, 6.0):  # the first reading is one period on
        values, quality = sensors.read(true)
        assert values.tolist() == [1.0, forced, 9.0]
        assert quality.tolist() == [Quality.GOOD] * 3
    sensors.moves[0] = Move(1.0, None)
    values, quality = sensors.read(true)
    assert np.isnan(values[0])
    assert quality.tolist() == [Quality.NO_VALUE, Quality.GOOD, Quality.GOOD]
    sensors.moves.clear()
    values, quality = sensors.read(true)
    assert values.tolist() == true.tolist() == [1.0, 2.0, 3.0]
    assert quality.tolist() == [Quality.GOOD, Quality.GOOD, Quality.OUT_OF_RANGE]
