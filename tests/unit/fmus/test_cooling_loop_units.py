"""Several CDUs or CRAHs: how the flow parts, what their valves do, what a fault shows."""

import numpy as np
import pytest
from cooling_loops import AIR, FULL, THREE
from hypothesis import given, settings
from hypothesis import strategies as st
from model_runs import Runner
from scipy.optimize import brentq

from fmus.cooling_loop.model import Structure, build

C = 273.15
WINTER = {"u_pump": 0.92, "u_valve": 0.7, "u_fan": 0.05, "m_source": 60.0, "T_outdoor": C - 8}
_three, _air = Runner(build(THREE)), Runner(build(AIR))
POSITION = st.floats(0.0, 1.0)
DROOP, MAINS, AUTHORITY = 0.3, 0.3, 0.5


def steady(runner: Runner, x: tuple[float, ...], n: float) -> dict[str, float]:
    """Outputs with unit valves at `x`, pump at speed `n`, and the mains' inertia settled."""
    runner.set(**{f"unit_valve.x[{i + 1}]": v for i, v in enumerate(x)}, **{"pump.n": n})
    where = [v.name for v in runner.model.states].index("mains.root")
    runner.set(**{"mains.root": 0.0})
    runner.set(**{"mains.root": 2.0 * float(runner.rates()[where])})  # its target: (r - 0)/2 s
    return runner.outputs()


def searched(x: tuple[float, ...], n: float) -> tuple[float, list[float]]:
    """Total and branch flows [kg/s] by bisection on the head that is left for the branches."""
    phi = [(50.0**v - 1.0) / 49.0 for v in x]
    shutoff = 200e3 / (1.0 - DROOP)
    pump = DROOP * shutoff / 130.0**2
    mains = MAINS * 200e3 / 130.0**2
    branch = (1.0 - MAINS) * 200e3 / (130.0 / len(x)) ** 2  # all open

    def flows(dp: float) -> list[float]:
        resistance = [branch * ((1 - AUTHORITY) + AUTHORITY / max(f, 1e-12) ** 2) for f in phi]
        return [(dp / r) ** 0.5 for r in resistance]

    def missing(dp: float) -> float:
        m = sum(flows(dp))
        return shutoff * n * n - (pump + mains) * m * m - dp

    found = flows(float(brentq(missing, 0.0, shutoff * n * n, xtol=1e-9)))
    return sum(found), found


@settings(max_examples=60, deadline=None)
@given(st.tuples(POSITION, POSITION, POSITION), st.floats(0.05, 1.0))
def test_flows_of_parallel_units_against_a_search_for_the_pressure(x, n) -> None:
    y = steady(_three, x, n)
    total, each = searched(x, n)
    assert y["m_facility"] == pytest.approx(total, rel=1e-6, abs=1e-6)
    assert [y[f"m_unit[{i}]"] for i in (1, 2, 3)] == pytest.approx(each, rel=1e-6, abs=1e-6)
    assert y["dp_pump"] == pytest.approx((n * n - 0.3 * (total / 130) ** 2) * 200e3 / 0.7, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.tuples(POSITION, POSITION, POSITION), st.floats(0.01, 0.5), st.floats(0.0, 1.0))
def test_opening_one_valve_helps_its_unit_and_robs_the_others(x, more, leak) -> None:
    _three.set(bypass_leak=leak)
    before = steady(_three, x, 0.8)
    wider = (min(1.0, x[0] + more), x[1], x[2])
    after = steady(_three, wider, 0.8)
    _three.set(bypass_leak=0.0)
    slack = 1e-9
    assert after["m_unit[1]"] >= before["m_unit[1]"] - slack
    assert after["m_unit[2]"] <= before["m_unit[2]"] + slack
    assert after["m_facility"] >= before["m_facility"] - slack
    parts = sum(after[f"m_unit[{i}]"] for i in (1, 2, 3))
    assert parts == pytest.approx((1.0 - leak) * after["m_facility"], rel=1e-12, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    T_water=st.floats(C + 8, C + 28),
    T_hot=st.floats(C + 30, C + 45),
    x=st.floats(0.02, 0.9),
    fans=st.floats(0.05, 0.9),
)
def test_a_coil_takes_more_with_more_water_more_air_and_colder_water(
    T_water: float, T_hot: float, x: float, fans: float
) -> None:
    def Q(**changed: float) -> float:
        values = {"T": T_water, "x": x, "fans": fans} | changed
        _air.set(**{"supply_header.T": values["T"], "hot_aisle.T": T_hot})
        _air.set(**{"unit_valve.x": values["x"], "crah.n": values["fans"]})
        return _air.get("Q_unit")

    here = Q()
    assert here > 0.0
    assert Q(x=x + 0.1) > here
    assert Q(fans=fans + 0.1) > here
    assert Q(T=T_water - 1.0) > here
    air_flow = 470.0 * (0.02 + 0.98 * fans)
    assert here <= 1006.0 * air_flow * (T_hot - T_water)  # no air below the water's temperature


def test_each_cdu_holds_its_own_coolant_whatever_its_neighbours_do() -> None:
    runner = Runner(build(THREE))
    runner.set(**WINTER, **{"P_it[1]": 0.3e6, "P_it[2]": 1.0e6, "P_it[3]": 1.5e6})
    runner.run(3 * 3600.0, 30.0)
    runner.set(**{"cdu_fouling[2]": 0.4})
    y = runner.run(3 * 3600.0, 30.0).outputs()
    for i in (1, 2, 3):
        assert y[f"T_unit_supply[{i}]"] - C == pytest.approx(34.0, abs=0.05)
    assert y["x_unit[1]"] < y["x_unit[3]"]
    assert y["Q_unit[3]"] == pytest.approx(1.5e6, rel=1e-3)
    assert sum(y[f"Q_unit[{i}]"] for i in (1, 2, 3)) == pytest.approx(2.8e6, rel=1e-3)


UNIT_FAULTS = [
    (THREE, "cdu_fouling[2]", 0.4, "x_unit[2]", 0.02),
    (THREE, "coolant_pump_wear[2]", 0.3, "T_unit_return[2]", 1.5),
    (AIR, "coil_fouling", 0.3, "x_unit", 0.03),
    (AIR, "crah_fan_loss", 0.4, "T_coolant_supply", 1.5),
    (FULL, "sea_fouling", 0.5, "T_dry_cooler", 0.4),
    (FULL, "sea_pump_wear", 0.5, "T_sea_out", 1.5),
]


@pytest.mark.parametrize(("structure", "fault", "size", "watched", "least"), UNIT_FAULTS)
def test_a_fault_shows_where_it_is(
    structure: Structure, fault: str, size: float, watched: str, least: float
) -> None:
    seen = []
    for share in (0.0, 0.5, 1.0):
        runner = Runner(build(structure))
        inputs = {v.name for v in runner.model.inputs}
        runner.set(**{k: v for k, v in WINTER.items() if k in inputs})
        runner.set(T_source_return=C + structure.cold)
        if structure is FULL:
            runner.set(m_source=10.0, u_sea_pump=0.5, T_unit_set=C + 14.0, T_supply_set=C + 9.0)
        runner.run(3600.0, 30.0)
        runner.set(**{fault: share * size})
        seen.append(runner.run(3600.0, 30.0).get(watched))
    assert seen[0] < seen[1] < seen[2]
    assert seen[2] - seen[0] >= least


def test_a_stuck_unit_valve_stays_and_its_unit_alone_pays() -> None:
    runner = Runner(build(THREE))
    runner.set(**WINTER)
    runner.run(2 * 3600.0, 20.0)
    held = runner.get("x_unit[2]")
    runner.set(**{"unit_valve_stuck[2]": 1.0, **{f"P_it[{i}]": 1.6e6 for i in (1, 2, 3)}})
    y = runner.run(2 * 3600.0, 20.0).outputs()
    assert y["x_unit[2]"] == held
    assert y["T_unit_supply[2]"] - C > 34.5
    assert y["T_unit_supply[1]"] - C == pytest.approx(34.0, abs=0.1)


def test_air_hall_at_its_design_point() -> None:
    hall = Runner(build(AIR))
    hall.set(P_it=5e6, u_pump=1.0, u_valve=0.75, u_fan=0.05, m_source=63.5)
    hall.set(T_source_return=C + 20, T_outdoor=C - 8)
    y = hall.run(4 * 3600.0, 20.0).outputs()
    assert y["T_unit_supply"] - C == pytest.approx(24.0, abs=0.1)
    assert y["T_coolant_supply"] - y["T_unit_supply"] == pytest.approx(0.03 * 11.7, abs=0.1)
    fans = 250e3 * hall.state("crah.n") ** 3
    assert y["Q_unit"] == pytest.approx(5e6 + fans, rel=1e-3)  # the fans heat the air
    assert y["T_coolant_return"] - y["T_unit_supply"] == pytest.approx(
        y["Q_unit"] / (1006.0 * 470.0 * (0.02 + 0.98 * hall.state("crah.n"))), rel=0.05
    )


def test_mixing_valve_holds_the_supply_against_a_tank_that_turns_cold() -> None:
    loop = Runner(build(Structure(mixing_valve=True)))
    loop.set(**WINTER, P_it=4e6)
    loop.run(3600.0, 10.0)
    loop.set(T_source_return=C + 20.0, u_valve=0.9, u_fan=0.3)
    y = loop.run(2 * 3600.0, 10.0).outputs()
    assert y["T_supply"] - C == pytest.approx(30.0, abs=0.2)
    assert y["T_tank_bottom"] - C < 25.0
    assert 0.1 < y["x_mixing"] < 0.9


def test_consumers_get_what_they_ask_for_until_the_water_is_too_warm() -> None:
    store = Runner(build(FULL))
    store.set(u_pump=0.0, u_valve=0.0, u_sea_pump=0.0, **{f"P_it[{i}]": 0.0 for i in (1, 2, 3)})
    store.set(m_source=90.0, T_source_return=C + 6.0, Q_cooling=2e6)
    y = store.run(3 * 3600.0, 20.0).outputs()
    assert y["Q_cooling_delivered"] == pytest.approx(2e6, rel=0.01)
    assert y["m_cooling"] == pytest.approx(2e6 / (4186.0 * 10.0), rel=0.02)  # 6 to 16 degC
    store.set(m_source=0.0)
    y = store.run(12 * 3600.0, 40.0).outputs()
    assert y["Q_cooling_delivered"] == pytest.approx(0.0, abs=1e3)
    assert y["T_tank_bottom"] - C == pytest.approx(16.0, abs=0.1)


@pytest.mark.parametrize(("T_air", "gain"), [(28.0, 7.0), (10.0, 0.0)])
def test_pads_help_in_the_heat_and_are_dry_in_the_cold(T_air: float, gain: float) -> None:
    cooled = []
    for wet in (False, True):
        loop = Runner(build(Structure(precooling=wet)))
        loop.set(P_it=4e6, u_pump=0.9, u_valve=1.0, u_fan=1.0, m_source=0.0, T_outdoor=C + T_air)
        if wet:
            loop.set(T_wet_bulb=C + T_air - 10.0)
        cooled.append(loop.run(2 * 3600.0, 20.0).get("T_dry_cooler"))
    # 0.7 of 10 K to the wet bulb; the outlet follows the air
    assert cooled[0] - cooled[1] == pytest.approx(gain, abs=0.1 * gain + 1e-9)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"precooling": True, "heat_rejection": "sea_water"}, "only with heat_rejection"),
        ({"T_warm": 8.0, "T_cold": 16.0}, "must be at least T_cold"),
        ({"cdus": 33}, "less than or equal to 32"),
        ({"tank_layers": 4}, "greater than or equal to 5"),
        ({"halls": "air"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_built_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Structure(**wrong)  # type: ignore[arg-type]


def test_capacity_scales_flows_and_leaves_temperatures_alone() -> None:
    plants = []
    for size in (5e6, 20e6):
        runner = Runner(build(Structure(capacity=size)))
        runner.set(P_it=0.8 * size, u_pump=0.9, u_valve=0.6, m_source=60.0 * size / 5e6)
        plants.append(runner.run(3600.0, 10.0).outputs())
    small, large = plants
    for name, value in small.items():
        factor = 4.0 if name[0] in "mQPE" else 1.0
        assert large[name] == pytest.approx(factor * value, rel=1e-5, abs=1e-3), name
    assert np.isfinite(list(large.values())).all()
