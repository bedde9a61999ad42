"""The layered tank: what it holds, how it travels, and that it cannot stand upside down."""

import numpy as np
import pytest
from model_runs import Runner

from fmus.equations import SX, Model
from fmus.physics.smooth import at_least, film, fraction
from fmus.physics.tank import Inflow, layered_tank
from fmus.physics.volume import volume

C_LAYER = 6e7


def _tank(start: list[float]) -> Runner:
    model = Model("Tank", "one tank")
    hot = model.input("m_hot", 0.0, "kg/s", "in at the top, out at the bottom")
    cold = model.input("m_cold", 0.0, "kg/s", "in at the bottom, out at the top")
    layers = volume(model, "T", SX(C_LAYER), start, "layer", size=len(start))
    layered_tank(
        model,
        layers,
        [Inflow(hot, SX(313.0))],
        [Inflow(cold, SX(303.0))],
        conductance=SX(500.0),
        inversion=SX(1e6),
    )
    model.output("stored", layers.stored(), "J", "heat content")
    return Runner(model)


def test_equal_circuits_leave_the_layers_between_alone() -> None:
    tank = _tank([310.0, 310.0, 305.0, 305.0])
    tank.set(m_hot=100.0, m_cold=100.0)
    tank.run(600.0, 2.0)
    left = np.exp(-100.0 * 4186.0 * 600.0 / C_LAYER)
    assert tank.state("T[1]") == pytest.approx(313.0 - 3.0 * left, abs=0.01)
    assert tank.state("T[4]") == pytest.approx(303.0 + 2.0 * left, abs=0.01)
    assert tank.state("T[2]") == pytest.approx(310.0, abs=0.1)


def test_net_flow_carries_its_heat_downwards() -> None:
    tank = _tank([303.0] * 4)
    tank.set(m_hot=50.0)
    tank.run(300.0, 2.0)
    layers = [tank.state(f"T[{i}]") for i in range(1, 5)]
    assert all(np.diff(layers) < 0)
    left = 50.0 * 4186.0 / C_LAYER  # layers in series: Erlang's tail
    x = left * 300.0
    assert layers[0] == pytest.approx(313.0 - 10.0 * np.exp(-x), abs=0.01)
    assert layers[1] == pytest.approx(313.0 - 10.0 * np.exp(-x) * (1.0 + x), abs=0.01)


def test_a_tank_upside_down_turns_over_and_keeps_its_heat() -> None:
    tank = _tank([300.0, 300.0, 320.0, 320.0])
    tank.run(3600.0, 2.0)
    layers = np.array([tank.state(f"T[{i}]") for i in range(1, 5)])
    assert layers.max() - layers.min() < 0.3
    assert tank.get("stored") == pytest.approx(0.0, abs=1e-3)


def test_a_tank_the_right_way_up_stays_so_for_hours() -> None:
    tank = _tank([320.0, 320.0, 300.0, 300.0])
    tank.run(3600.0, 10.0)
    assert tank.state("T[1]") - tank.state("T[4]") > 19.0


@pytest.mark.parametrize(("value", "limited"), [(-0.5, 0.0), (0.25, 0.25), (1.5, 1.0)])
def test_commands_are_limited(value: float, limited: float) -> None:
    assert float(fraction(SX(value))) == limited


def test_the_smooth_floor_and_the_film_at_standstill() -> None:
    assert float(at_least(SX(100.0), 10.0, 1.0)) == pytest.approx(100.0, abs=0.01)
    assert float(at_least(SX(-100.0), 10.0, 1.0)) == pytest.approx(10.0, abs=0.01)
    assert float(film(SX(1.0), 0.8)) == pytest.approx(1.0, abs=1e-3)
    assert float(film(SX(0.5), 0.8)) == pytest.approx(0.5**0.8, rel=2e-3)
    assert float(film(SX(0.0), 0.8)) == pytest.approx(0.02**0.8)
