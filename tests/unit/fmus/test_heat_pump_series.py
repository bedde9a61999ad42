"""Units in series: what one does between the waters that others leave, and what it is good for."""

import pytest
from heat_pump_runs import C, fresh
from pydantic import ValidationError

from fmus.heat_pump.model import Structure, build

WATER = {"T_source_in": C + 38, "T_sink_in": C + 45, "u_source_pump": 1.0, "m_sink": 43.0}
FULL = {**WATER, "u_compressor": 1.0}
# one machine sees the same flows whether another stands behind it or not
LIKE = {"m_source_nominal": 152.0, "m_sink_nominal": 43.0}


def settled(name, **values):
    return fresh(name, **values).run(2 * 3600.0, 60.0)


@pytest.fixture(scope="module")
def runner():
    return settled("2 units in series", **FULL, **LIKE)


@pytest.fixture(scope="module")
def pair(runner):
    return runner.outputs()


def test_two_in_series_are_two_single_machines_joined_in_counterflow(runner, pair):
    """The single machine, fed with what the other of the pair leaves, does what the pair does."""
    inside = dict(zip([v.name for v in runner.model.states], runner.x.tolist(), strict=True))
    T_source, T_sink = inside["unit2.evaporator.T[3]"], inside["unit1.condenser.T[3]"]
    first = settled("map", **FULL | {"T_source_in": T_source}, **LIKE).outputs()
    second = settled("map", **FULL | {"T_sink_in": T_sink}, **LIKE).outputs()
    assert first["T_sink_out"] == pytest.approx(T_sink, abs=2e-3)
    assert second["T_source_out"] == pytest.approx(T_source, abs=2e-3)
    assert pair["T_sink_out"] == pytest.approx(second["T_sink_out"], abs=2e-3)
    assert pair["T_source_out"] == pytest.approx(first["T_source_out"], abs=2e-3)
    assert pair["T_condensing"] == pytest.approx(first["T_condensing"], abs=2e-3)
    assert pair["unit2.T_evaporating"] == pytest.approx(second["T_evaporating"], abs=2e-3)
    P = first["P_electric"] + second["P_electric"]
    assert pair["P_electric"] == pytest.approx(P, rel=1e-4)


def test_units_of_two_refrigerants_are_two_machines_of_their_own():
    """Each against the single machine of its refrigerant, between the waters of the pair."""
    runner = settled("2 units, R290 below R600a", **FULL, **LIKE)
    pair = runner.outputs()
    inside = dict(zip([v.name for v in runner.model.states], runner.x.tolist(), strict=True))
    T_source, T_sink = inside["unit2.evaporator.T[3]"], inside["unit1.condenser.T[3]"]
    first = settled("cycle R290", **FULL | {"T_source_in": T_source}, **LIKE).outputs()
    second = settled("cycle R600a", **FULL | {"T_sink_in": T_sink}, **LIKE).outputs()
    assert pair["p_condensing"] == pytest.approx(first["p_condensing"], rel=1e-4)
    assert pair["unit2.T_condensing"] == pytest.approx(second["T_condensing"], abs=2e-3)
    assert pair["T_source_out"] == pytest.approx(first["T_source_out"], abs=2e-3)
    P = first["P_electric"] + second["P_electric"]
    assert pair["P_electric"] == pytest.approx(P, rel=1e-4)


def test_each_unit_has_the_pressure_limits_of_its_refrigerant():
    mixed = Structure(performance="cycle", refrigerants=("R290", "R600a"), units=2)
    p = {v.name: v.start for v in build(mixed).parameters}
    assert p["unit1.T_condensing_trip"] < 369.9  # K, critical point of R290, CoolProp
    assert p["unit2.T_condensing_trip"] > p["unit1.T_condensing_trip"]
    assert not {"V_swept", "T_condensing_limit", "T_condensing_trip"} & set(p)


@pytest.mark.parametrize("names", [("R290",), ("R290", "R600a", "R717")])
def test_refrigerants_are_one_for_each_unit(names):
    with pytest.raises(ValidationError, match="one for each of 2 units"):
        Structure(performance="cycle", units=2, refrigerants=names)


def test_all_water_passes_every_unit(pair):
    cp = 4186.0
    assert pair["m_source"] == pytest.approx(152.0)
    heat = cp * 43.0 * (pair["T_sink_out"] - C - 45.0)
    assert pair["Q_condenser"] == pytest.approx(heat, rel=1e-4)


def test_each_lifts_only_its_share_so_series_need_less_power_for_the_same_water(pair):
    """Against three in parallel with as much of both waters: more machine, and a larger lift."""
    side_by_side = settled("3 units", **FULL, m_source_nominal=152.0 / 3).outputs()
    lift = pair["T_condensing"] - pair["T_evaporating"]
    assert lift < side_by_side["T_condensing"] - side_by_side["T_evaporating"] - 5.0
    assert pair["cop"] > 1.05 * side_by_side["cop"]


def test_a_unit_that_stands_lets_the_water_through():
    still = {**LIKE, "UA_migration": 0.0}
    y = settled("2 units in series", **WATER, u_compressor=0.3, **still).outputs()
    assert y["running"] == 1.0
    alone = settled("map", **WATER, u_compressor=0.6, **still).outputs()
    assert y["T_sink_out"] == pytest.approx(alone["T_sink_out"], abs=0.02)
    assert y["T_source_out"] == pytest.approx(alone["T_source_out"], abs=0.02)
