"""Waste water as a second heat source: what it holds, what it can give, and when it must not."""

import math

import pytest
from model_runs import Runner

from fmus.cooling_loop.model import Structure, build

C, CP = 273.15, 4186.0
_runner = Runner(build(Structure(waste_water=True, T_warm=16.0, T_cold=8.0)))
COLD = {  # a heat pump that wants more than the servers give: 70 kg/s come back at 4 degC
    "P_it": 0.5e6, "m_source": 70.0, "T_source_return": C + 4.0, "u_valve": 0.0, "u_fan": 0.0,
    "T_waste_water": C + 14.0, "m_waste_water": 150.0,
}  # fmt: skip


def settled(**values: float) -> dict[str, float]:
    """Outputs after half a day at constant inputs and parameters."""
    m = _runner.model
    _runner.t, _runner.x[:] = 0.0, [v.start for v in m.states]
    _runner.u[:] = [v.start for v in m.inputs]
    _runner.p[:] = [v.start for v in m.parameters]
    _runner.set(**COLD)
    _runner.set(**values)
    _runner.run(600.0, 2.0)
    return _runner.run(12 * 3600.0, 30.0).outputs()


def test_it_holds_the_tanks_top_with_no_more_than_it_takes():
    y = settled()
    assert y["T_source"] - C == pytest.approx(12.0, abs=0.05)
    assert 0.0 < y["m_waste_taken"] < 150.0
    # first law of the steady loop: servers and waste water give what the heat pump takes
    assert y["Q_waste_water"] == pytest.approx(y["Q_source"] - 0.5e6, rel=1e-3)
    taken = CP * y["m_waste_taken"] * (C + 14.0 - y["T_waste_out"])
    assert y["Q_waste_water"] == pytest.approx(taken, rel=1e-9)


def test_at_full_speed_it_gives_what_the_textbooks_effectiveness_says():
    y = settled(T_waste_set=C + 20.0, m_waste_water=100.0)
    assert y["m_waste_taken"] == pytest.approx(100.0, rel=1e-3)
    small, ratio = CP * 100.0, 100.0 / 150.0
    films = (1.0004**-0.4 + ((100.0 / 150.0) ** 2 + 0.0004) ** -0.4) / 2.0
    ntu = 3e6 / films / small
    e = math.exp(-ntu * (1.0 - ratio))
    expected = (1.0 - e) / (1.0 - ratio * e) * small * (C + 14.0 - y["T_tank_bottom"])
    assert y["Q_waste_water"] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("T_waste", [2.0, 4.2])
def test_water_that_would_cool_the_loop_is_left_alone(T_waste):
    y = settled(T_waste_water=C + T_waste)
    assert y["m_waste_taken"] == pytest.approx(0.0, abs=1e-6)
    assert y["Q_waste_water"] == pytest.approx(0.0, abs=1.0)


def test_it_rests_while_there_is_heat_enough():
    y = settled(P_it=4e6)
    assert y["T_source"] > C + 12.5
    assert y["m_waste_taken"] == pytest.approx(0.0, abs=1e-6)


def test_no_waste_water_and_a_blocked_exchanger_give_nothing():
    assert settled(m_waste_water=0.0)["Q_waste_water"] == 0.0
    assert settled(waste_water_fouling=1.0)["Q_waste_water"] == pytest.approx(0.0, abs=1.0)
    hot = settled(T_waste_set=C + 20.0)["Q_waste_water"]
    assert settled(T_waste_set=C + 20.0, waste_water_fouling=0.3)["Q_waste_water"] < 0.98 * hot
