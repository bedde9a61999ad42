"""Faults of the heat pump in map and cycle: what moves, which way, and that healthy is healthy."""

import pytest
from heat_pump_runs import STRUCTURES, WINTER, fresh

# fault, its size, what it moves and by at least (signed; K, 1, bar, W)
MAP = [
    ("non_condensables", 0.1, "T_condensing", 2.5),
    ("non_condensables", 0.1, "cop", -0.1),
    ("undercharge", 0.5, "Q_condenser", -1e5),
    ("expansion_valve", 0.5, "T_evaporating", -0.5),
    ("expansion_valve", 0.5, "Q_condenser", -2e4),
]
CYCLE = [
    ("condenser_fouling", 0.3, "p_condensing", 5e4),
    ("evaporator_fouling", 0.3, "p_evaporating", -2e4),
    ("compressor_wear", 0.15, "T_discharge", 1.5),
    ("compressor_wear", 0.15, "cop", -0.2),
    ("undercharge", 0.5, "subcooling", -2.0),
    ("undercharge", 0.5, "superheat", 2.0),
    ("undercharge", 0.5, "Q_condenser", -1e5),
    ("non_condensables", 0.1, "p_condensing", 1e5),
    ("non_condensables", 0.1, "T_condensing", 2.5),
    ("non_condensables", 0.1, "cop", -0.1),
    ("expansion_valve", 0.5, "superheat", 3.0),
    ("expansion_valve", 0.5, "T_evaporating", -0.5),
    ("expansion_valve", 0.5, "Q_condenser", -2e4),
]
TABLES = {name: MAP if name == "map" else CYCLE for name in STRUCTURES if "unit" not in name}


def _settled(name, **values):
    runner = fresh(name, **WINTER | {"u_compressor": 0.7} | values)
    return runner.run(4800.0, 40.0).outputs()


@pytest.mark.parametrize("name", TABLES)
def test_a_fault_shows_the_more_the_larger_it_is(name):
    healthy = _settled(name)
    for fault in dict.fromkeys(row[0] for row in TABLES[name]):
        size = next(row[1] for row in TABLES[name] if row[0] == fault)
        half, whole = _settled(name, **{fault: size / 2}), _settled(name, **{fault: size})
        for _, _, watched, least in (row for row in TABLES[name] if row[0] == fault):
            moved = [(y[watched] - healthy[watched]) / least for y in (half, whole)]
            assert 0.0 < moved[0] < moved[1], (fault, watched)
            assert moved[1] >= 1.0, (fault, watched, whole[watched] - healthy[watched])


def test_a_fault_of_another_unit_leaves_the_first_alone():
    runner = fresh("3 units", **WINTER)
    healthy = runner.run(4800.0, 40.0).outputs()
    runner.set(**{"unit2.condenser_fouling": 0.4})
    sick = runner.run(4800.0, 40.0).outputs()
    assert sick["unit2.T_condensing"] - healthy["unit2.T_condensing"] > 3.0
    assert sick["T_condensing"] == pytest.approx(healthy["T_condensing"], abs=1e-3)
    assert sick["unit3.T_condensing"] == pytest.approx(healthy["unit3.T_condensing"], abs=1e-3)
    assert sick["cop"] < healthy["cop"] - 0.03


def test_subcooling_raises_the_capacity():
    seen = []
    for subcooling in (0.0, 5.0, 10.0):
        runner = fresh("cycle R134a", **WINTER | {"u_compressor": 0.7}, subcooling_set=subcooling)
        seen.append(runner.run(4800.0, 40.0).get("Q_evaporator"))
    assert seen[0] * 1.03 < seen[1]
    assert seen[1] * 1.03 < seen[2]
