"""The heat pump's equations written a second time, in Modelica, simulated by rumoca."""

from pathlib import Path

import numpy as np
import pytest
from event_runs import run
from refrigerant_folders import cycle_folder
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.heat_pump.model import Structure, build

FOLDER = Path(fmus.__file__).parent / "heat_pump"
INSTANTS = np.arange(0.0, 3601.0, 30.0)
STOP_AND_START = {"t_stop": 1200.0, "t_start": 2100.0}
JUMPS = tuple(STOP_AND_START.values())
FAULTS = {
    "condenser_fouling": 0.3, "evaporator_fouling": 0.2, "compressor_wear": 0.1,
    "undercharge": 0.15, "non_condensables": 0.1, "expansion_valve": 0.3,
}  # fmt: skip
FITTED = {
    "eta_lift_linear": -0.3, "eta_lift_cubic": 0.4, "eta_condensing": 0.002,
    "capacity_evaporating_2": -2e-4, "capacity_mixed": 3e-4, "capacity_condensing_2": -2e-4,
}  # fmt: skip
ONE_FAULT = {
    f"only {name}": {name: value} for name, value in FAULTS.items() if name != "compressor_wear"
} | {"only compressor_wear": {"compressor_wear": 0.4}}
LIMITS = {"T_evaporating_limit": 298.4, "T_condensing_limit": 351.15}
UNLOADED = {"unloaded at both ends": LIMITS}
PLANT = {"T_source_in": 309.15, "T_sink_in": 320.15, "m_sink": 19.0, "u_compressor": 0.7}
MAP_CASES = {
    "healthy": {},
    "faulty": FAULTS,
    **ONE_FAULT,
    "another map, losses to the room": FITTED | {"UA_room": 500.0},
    "at the motor's limit": {"P_motor": 6e5, "u_compressor": 1.0},
    **UNLOADED,
}
MAP_NAMES = {
    "n": "compressor.n", "warm": "warm", "T_saturation": "condenser.T_saturation",
    "T_evaporating": "evaporator.T_saturation", "Te[1]": "evaporator.T[1]",
    "Te[3]": "evaporator.T[3]", "Tc[1]": "condenser.T[1]", "Tc[3]": "condenser.T[3]",
    "T_condensing": "T_condensing", "E_electric": "E_electric", "E_condenser": "E_condenser",
    "E_evaporator": "E_evaporator",
}  # fmt: skip


def _agree(ours, theirs, names):
    named = {modelica: ours[name] for modelica, name in names.items()}
    assert named.keys() <= theirs.keys()
    error, name = worst_difference(named, theirs)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name
    assert np.ptp(ours["condenser.T_saturation"]) > 10.0  # it stopped and started indeed


def _at_limits(ours):
    """Both limits have held the last hour's end within their 3 K."""
    low = ours["T_evaporating"][-1] - LIMITS["T_evaporating_limit"]
    high = LIMITS["T_condensing_limit"] - ours["T_condensing"][-1]
    return 0.1 < low < 2.9 and 0.1 < high < 2.9


def _u_run(t):
    return {"u_run": 0.0 if JUMPS[0] <= t < JUMPS[1] else 1.0}


@pytest.mark.parametrize("case", MAP_CASES)
def test_map(case):
    values = PLANT | MAP_CASES[case]
    theirs = simulate(FOLDER / "HeatPump.mo", "HeatPump", INSTANTS, values | STOP_AND_START)
    ours = run(build(), values, _u_run, INSTANTS, JUMPS)
    _agree(ours, theirs, MAP_NAMES)
    assert case not in UNLOADED or _at_limits(ours)


CYCLE_CASES = {
    "healthy": {},
    "faulty": FAULTS | {"UA_room": 500.0},
    **ONE_FAULT,
    "at the motor's limit": {"P_motor": 5e5, "u_compressor": 1.0},
    **UNLOADED,
}
CYCLE_NAMES = MAP_NAMES | {
    name: name
    for name in (
        "p_evaporating", "p_condensing", "T_discharge", "superheat", "subcooling",
        "m_refrigerant", "P_electric",
    )
}  # fmt: skip


@pytest.mark.parametrize("case", CYCLE_CASES)
def test_cycle(case):
    values = PLANT | CYCLE_CASES[case]
    file = FOLDER / "cycle" / "HeatPumpCycle.mo"
    theirs = simulate(file, "HeatPumpCycle", INSTANTS, values | STOP_AND_START, tolerance=1e-9)
    ours = run(build(Structure(performance="cycle")), values, _u_run, INSTANTS, JUMPS)
    _agree(ours, theirs, CYCLE_NAMES)
    assert case not in UNLOADED or _at_limits(ours)


# where each is at home: R1234ze(E) leaves its compressor wet, R717 far from that
REFRIGERANTS = {
    "R717": {"V_swept": 0.393, "compressor_wear": 0.1},
    "R1234ze(E)": {"V_swept": 1.21, "non_condensables": 0.1},
    "R600a": {"V_swept": 1.58, "expansion_valve": 0.3},
    "R290": {"V_swept": 0.803, "T_sink_in": 311.15, "undercharge": 0.2},
}


@pytest.mark.parametrize("refrigerant", REFRIGERANTS)
def test_other_refrigerants(refrigerant, tmp_path):
    values = PLANT | REFRIGERANTS[refrigerant]
    file = cycle_folder(refrigerant, tmp_path) / "HeatPumpCycle.mo"
    theirs = simulate(file, "HeatPumpCycle", INSTANTS, values | STOP_AND_START, tolerance=1e-9)
    model = build(Structure(performance="cycle", refrigerant=refrigerant))
    _agree(run(model, values, _u_run, INSTANTS, JUMPS), theirs, CYCLE_NAMES)


UNIT_NAMES = {f"unit.{theirs}": ours for theirs, ours in MAP_NAMES.items()} | {
    "unit.switch.on": "is_running", "unit.switch.trip": "tripped", "n_pump": "pump.n",
}  # fmt: skip
SWITCHED = {
    "commands quicker than the shortest times": (
        {}, {"min_on_s": 900.0, "min_off_s": 800.0}, {0},
    ),
    "high pressure": (
        {"T_sink_swing": 25.0}, {"T_condensing_trip": 366.15, "trip_reset_s": 900.0}, {0, 1},
    ),
    "high pressure that must fall before a reset": (
        {"T_sink_swing": 25.0},
        {"T_condensing_trip": 366.15, "trip_reset_s": 30.0, "min_off_s": 30.0},
        {0, 1},
    ),
    "low pressure": ({"T_source_in": 301.15}, {"T_evaporating_trip": 292.15}, {0, 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", SWITCHED)
def test_one_unit_switches_itself(case):
    """Starts, stops, trips and resets, whose instants both sides find for themselves."""
    around, switch, trips = SWITCHED[case]
    instants = np.arange(0.0, 7201.0, 60.0)
    theirs = simulate(
        FOLDER / "units" / "MapUnits.mo", "OneUnit", instants,
        around | {f"unit.switch.{name}": value for name, value in switch.items()},
        solver="rk-like", roots=[FOLDER / "HeatPump.mo"],
    )  # fmt: skip

    def inputs(t):
        sway = around.get("T_sink_swing", 0.0) * np.sin(2.0 * np.pi * t / 3300.0)
        return {
            "u_run": 0.45 + 0.55 * float(np.sin(2.0 * np.pi * t / 1500.0 + 0.5)),
            "T_source_in": around.get("T_source_in", 311.15),
            "T_sink_in": 318.15 + float(sway),
        }

    ours = run(build(), switch, inputs, instants)
    _agree(ours, theirs, UNIT_NAMES)
    assert set(ours["tripped"]) == trips
    assert np.count_nonzero(np.diff(ours["is_running"])) >= 4
