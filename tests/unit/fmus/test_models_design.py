"""The models at the operating points that their parameters were chosen for."""

import math

import pytest
from model_runs import Runner
from scipy.optimize import brentq

from fmus.cooling_loop.model import build as cooling_loop
from fmus.district_network.model import build as district_network
from fmus.heat_pump.model import build as heat_pump

C = 273.15


def test_heat_pump_at_its_design_point() -> None:
    unit = Runner(heat_pump())
    unit.set(T_source_in=C + 38, T_sink_in=C + 45, m_sink=21.5, u_compressor=1.0, u_source_pump=1.0)
    y = unit.run(3600.0).outputs()
    assert y["Q_condenser"] == pytest.approx(3.6e6, rel=0.01)
    assert y["P_electric"] == pytest.approx(1.06e6, rel=0.01)
    assert y["cop"] == pytest.approx(3.4, abs=0.03)
    assert y["Q_condenser"] / y["P_electric"] == pytest.approx(y["cop"], rel=1e-6)
    assert y["T_source_out"] - C == pytest.approx(30.0, abs=0.1)
    assert y["T_sink_out"] - C == pytest.approx(85.0, abs=0.3)
    assert y["T_evaporating"] - C == pytest.approx(26.0, abs=0.1)
    assert y["T_condensing"] - C == pytest.approx(88.0, abs=0.3)


def test_heat_pump_at_part_load_gains_from_the_smaller_lift_and_loses_at_crawl() -> None:
    unit = Runner(heat_pump())
    unit.set(T_source_in=C + 38, T_sink_in=C + 45, m_sink=21.5, u_source_pump=1.0)
    cop = []
    for u in (1.0, 0.6, 0.2):
        unit.set(u_compressor=u)
        y = unit.run(3600.0).outputs()
        carnot = y["T_condensing"] / (y["T_condensing"] - y["T_evaporating"])
        cop.append((y["cop"], y["cop"] / carnot))
    assert cop[1][0] > cop[0][0]
    assert cop[2][1] < 0.88 * cop[0][1]


def test_heat_pump_keeps_its_shortest_times_on_and_off() -> None:
    unit = Runner(heat_pump())
    unit.set(u_run=0.0)
    assert unit.run(5.0, 1.0).get("running") == 0.0  # it has been on for an hour
    unit.set(u_run=1.0)
    assert unit.run(290.0, 1.0).get("running") == 0.0
    assert unit.run(15.0, 1.0).get("running") == 1.0
    unit.set(u_run=0.0)
    assert unit.run(585.0, 1.0).get("running") == 1.0
    assert unit.run(30.0, 1.0).get("running") == 0.0
    unit.set(u_run=0.45)  # between stop and start: no change
    assert unit.run(600.0, 1.0).get("running") == 0.0
    assert unit.get("P_electric") == pytest.approx(0.0, abs=1.0)
    assert unit.get("cop") == 0.0


def test_heat_pump_without_sink_flow_holds_itself_below_its_pressure_limit() -> None:
    unit = Runner(heat_pump())
    unit.set(m_sink=0.0, u_compressor=1.0)
    y = unit.run(5400.0, 5.0).outputs()
    assert 90.0 < y["T_condensing"] - C < 99.5
    unit.set(m_sink=21.5, u_source_pump=0.0)
    y = unit.run(5400.0, 5.0).outputs()
    assert -0.5 < y["T_evaporating"] - C < 4.0


@pytest.mark.parametrize(("T_outdoor", "u_fan", "warmest"), [(25.0, 1.0, 30.5), (-15.0, 0.2, 30.5)])
def test_dry_cooler_rejects_the_whole_load(T_outdoor: float, u_fan: float, warmest: float) -> None:
    loop = Runner(cooling_loop())
    loop.set(P_it=5e6, T_outdoor=C + T_outdoor, u_pump=0.92, m_source=0.0, u_fan=u_fan)
    loop.set(u_valve=1.0 if T_outdoor > 0 else 0.9)
    y = loop.run(4 * 3600.0, 10.0).outputs()
    assert y["Q_rejected"] > 4.99e6
    assert y["T_supply"] - C < warmest


def test_dry_cooler_turns_down_to_nothing_in_the_cold() -> None:
    loop = Runner(cooling_loop())
    loop.set(T_outdoor=C - 15, u_valve=0.0, u_fan=0.0, P_it=1e6, u_pump=0.2, m_source=26.0)
    y = loop.run(2 * 3600.0, 10.0).outputs()
    assert y["Q_rejected"] == pytest.approx(0.0, abs=1.0)
    assert y["T_dry_cooler"] - C == pytest.approx(-15.0, abs=0.1)
    loop.set(u_valve=0.1)
    y = loop.run(2 * 3600.0, 10.0).outputs()
    assert 0.0 < y["Q_rejected"] < 0.4e6


def test_cooling_loop_at_full_load_with_heat_pump() -> None:
    loop = Runner(cooling_loop())
    # source water back at 30 degC, the rest through the dry cooler at about 27 degC
    loop.set(P_it=5e6, u_pump=0.92, m_source=63.5, u_valve=0.707, u_fan=0.04, T_outdoor=C - 8)
    y = loop.run(8 * 3600.0, 10.0).outputs()
    assert y["T_supply"] - C == pytest.approx(30.0, abs=1.0)
    assert y["T_return"] - y["T_supply"] == pytest.approx(10.0, abs=0.1)
    assert y["T_coolant_supply"] - y["T_supply"] == pytest.approx(3.0, abs=0.3)
    assert y["Q_source"] + y["Q_rejected"] == pytest.approx(5e6, rel=5e-3)


def test_network_on_a_winter_day() -> None:
    net = Runner(district_network())
    net.set(T_plant=C + 78.6, T_outdoor=C - 8, Q_demand=5e6, u_pump=0.72, u_boiler=0.174)
    y = net.run(4 * 3600.0, 10.0).outputs()
    assert y["Q_delivered"] == pytest.approx(5e6, rel=1e-3)
    assert 45.0 < y["T_return"] - C < 48.0
    assert 90.0 < y["T_supply"] - C < 92.5
    assert 20.0 < y["m_network"] < 35.0
    assert 0.2 < y["T_supply"] - y["T_consumer"] < 1.0


def test_network_at_the_coldest_hour() -> None:
    net = Runner(district_network())
    net.set(T_plant=C + 75.0, T_outdoor=C - 26, Q_demand=9e6, u_pump=0.9, u_boiler=0.68)
    y = net.run(3 * 3600.0, 10.0).outputs()
    assert y["Q_delivered"] == pytest.approx(9e6, rel=1e-3)
    assert y["T_return"] - C < 49.0
    assert y["dp_consumer"] > 60e3


def test_hydraulics_against_a_search_for_the_flow() -> None:
    """The solved flows against nodal pressures found by bisection."""
    net = Runner(district_network())
    net.set(**{"near.valve": 0.31, "far.valve": 0.74, "pump.n": 0.8, "bypass": 0.2})
    opened = {x: x / (0.5 + 0.5 * x * x) ** 0.5 for x in (0.31, 0.74)}
    K_near, K_far = 0.4 * 57.0 * opened[0.31], 0.6 * 57.0 * opened[0.74]  # kg/s at 1 bar
    K_bypass = 0.2 * 25.0

    def drop(m: float) -> float:
        """Supply and return of one half of the main [bar], by Haaland's friction factor."""
        V = m / (975.0 * math.pi / 4.0 * 0.2101**2)
        Re = max(V * 0.2101 / 0.45e-6, 1.0)
        f = (-1.8 * math.log10((1e-4 / 0.2101 / 3.7) ** 1.11 + 6.9 / Re)) ** -2
        return 2.0 * 1.1 * f * 750.0 / 0.2101 * 0.5 * 975.0 * V * V / 1e5

    def far_flow(dp_near: float) -> float:
        def excess(m: float) -> float:
            return dp_near - drop(m) - (m / (K_far + K_bypass)) ** 2

        return float(brentq(excess, 0.0, 100.0, xtol=1e-12))

    def missing(dp_near: float) -> float:
        m = K_near * dp_near**0.5 + far_flow(dp_near)
        return 3.2 * 0.8**2 - 45e-5 * m * m - drop(m) - dp_near

    dp_near = float(brentq(missing, 1e-5, 3.2, xtol=1e-12))
    m_far = far_flow(dp_near)
    # the model's valves are laminar below 1 Pa, its pipes below Re = 2700
    assert net.get("m_network") == pytest.approx(K_near * dp_near**0.5 + m_far, rel=1e-4)
    assert net.get("dp_consumer") == pytest.approx(1e5 * (dp_near - drop(m_far)), rel=1e-4)
