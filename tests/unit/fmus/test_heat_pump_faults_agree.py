"""A fault means the same in map and cycle: what it does to the water, the pressures and the power.

The cycle is the oracle: its properties are held against CoolProp, and no equation of what a fault
does to a compressor's gas is shared with the map.
"""

from functools import cache

import casadi as ca
import numpy as np
import pytest
from heat_pump_runs import C, fresh

from fmus.heat_pump import declared
from fmus.heat_pump.carnot_map import CarnotMap
from fmus.heat_pump.cycle import Cycle
from fmus.heat_pump.performance import Conditions
from fmus.heat_pump.refrigerant import load
from fmus.heat_pump.structure import Structure

FULL = {
    "condenser_fouling": 0.3, "evaporator_fouling": 0.3, "compressor_wear": 0.2,
    "undercharge": 0.3, "non_condensables": 0.1, "expansion_valve": 0.5,
}  # fmt: skip
BANDS = {
    "T_source_out": 0.8,
    "T_sink_out": 0.8,
    "T_evaporating": 0.8,
    "T_condensing": 0.8,
    "P_electric": 4e4,
}
POINTS = {
    "cold day": {"T_source_in": C + 38, "T_sink_in": C + 45, "u_compressor": 0.9, "m_sink": 21.5},
    "january": {"T_source_in": C + 36, "T_sink_in": C + 46, "u_compressor": 0.75, "m_sink": 24.0},
    "mild day": {"T_source_in": C + 36, "T_sink_in": C + 42, "u_compressor": 0.6, "m_sink": 18.0},
}


@cache
def _settled(name, point, fault, size):
    runner = fresh(name, **POINTS[point], u_source_pump=0.85, **({fault: size} if size else {}))
    y = runner.run(7200.0, 40.0).outputs()
    return np.array([y[signal] / band for signal, band in BANDS.items()])


def _moved(name, point, fault, size):
    """By how much a fault has moved each watched signal, in bands of the site [-]."""
    return _settled(name, point, fault, size) - _settled(name, point, None, 0.0)


@pytest.mark.parametrize("share", [0.5, 1.0])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("fault", FULL)
def test_a_fault_moves_the_watched_signals_of_both_alike(fault, point, share):
    ours, theirs = (_moved(n, point, fault, share * FULL[fault]) for n in ("map", "cycle R134a"))
    cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
    size = ours @ theirs / (ours @ ours)
    assert cosine > 0.97  # what the bank calls alike
    assert 0.8 < size < 1.25


def _machine(performance, refrigerant, **faults):
    """Heat drawn and power [W] of a machine between 27 and 80 degC at 0.75 of its speed."""
    structure = Structure(performance=performance, refrigerant=refrigerant)
    p = {row.name: ca.SX(row.start) for row in declared.rows(structure)}
    f = {name: ca.SX(faults.get(name, 0.0)) for name, _ in declared.FAULTS}
    kind = (CarnotMap if performance == "map" else Cycle)(load(refrigerant))
    T_c = ca.SX(C + 80.0)
    T_head = kind.T_head(T_c, f["non_condensables"])
    water = ca.SX(C + 39.0), ca.SX(C + 42.0)
    at = Conditions(p, f, ca.SX(0.75), ca.SX(1.0), ca.SX(C + 27.0), T_c, T_head, *water)
    result = kind.result(at)
    return np.array([float(result.Q_evaporating), float(result.P_electric)])


@pytest.mark.parametrize("refrigerant", ["R717", "R134a", "R1234ze(E)", "R600a", "R290"])
@pytest.mark.parametrize("fault", ["undercharge", "non_condensables", "expansion_valve"])
def test_a_fault_of_the_refrigerant_does_to_every_refrigerant_what_the_cycle_does(
    refrigerant, fault
):
    size = {fault: FULL[fault] / 2}
    change = [
        _machine(k, refrigerant, **size) / _machine(k, refrigerant) - 1 for k in ("map", "cycle")
    ]
    assert abs(change[0] - change[1])[0] < 0.005  # heat
    assert abs(change[0] - change[1])[1] < 0.02  # power


def test_more_superheat_is_more_capacity_with_r134a_and_less_with_ammonia():
    gained = {
        name: _machine("map", name, expansion_valve=0.2)[0] / _machine("map", name)[0] - 1.0
        for name in ("R134a", "R717")
    }
    assert gained["R134a"] > 0.01
    assert gained["R717"] < -0.005


def test_cold_source_water_gives_no_more_superheat():
    """A valve that starves further only takes evaporator area: the gas is as warm as the water."""
    drawn = [_machine("map", "R134a", expansion_valve=f)[0] for f in (0.3, 0.6, 1.0)]
    assert drawn[1] / drawn[0] == pytest.approx(1.0, abs=2e-4)
    assert drawn[2] / drawn[1] == pytest.approx(1.0, abs=2e-5)
