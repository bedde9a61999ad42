"""The heat pump's equations written a second time, in Modelica, simulated by rumoca."""

from pathlib import Path

import numpy as np
import pytest
from heat_pump_reference import Leg, run
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.heat_pump.model import Structure, build

FOLDER = Path(fmus.__file__).parent / "heat_pump"
INSTANTS = np.arange(0.0, 3601.0, 30.0)
STOP_AND_START = {"t_stop": 1200.0, "t_start": 2100.0}
LEGS = (Leg(1200.0, {}), Leg(2100.0, {"u_run": 0.0}), Leg(3600.0, {"u_run": 1.0}))
FAULTS = {
    "condenser_fouling": 0.3, "evaporator_fouling": 0.2, "compressor_wear": 0.1,
    "undercharge": 0.15, "non_condensables": 0.1, "expansion_valve": 0.3,
}  # fmt: skip
FITTED = {
    "eta_lift_linear": -0.3, "eta_lift_cubic": 0.4, "eta_condensing": 0.002,
    "capacity_evaporating_2": -2e-4, "capacity_mixed": 3e-4, "capacity_condensing_2": -2e-4,
}  # fmt: skip
PLANT = {"T_source_in": 309.15, "T_sink_in": 320.15, "m_sink": 19.0, "u_compressor": 0.7}
MAP_CASES = {
    "healthy": {},
    "faulty": FAULTS,
    "another map, losses to the room": FITTED | {"UA_room": 500.0},
    "at the motor's limit": {"P_motor": 6e5, "u_compressor": 1.0},
}
MAP_NAMES = {
    "n": "compressor.n", "warm": "warm", "T_saturation": "condenser.T_saturation",
    "T_evaporating": "evaporator.T_saturation", "Te[1]": "evaporator.T[1]",
    "Te[3]": "evaporator.T[3]", "Tc[1]": "condenser.T[1]", "Tc[3]": "condenser.T[3]",
    "T_condensing": "T_condensing", "E_electric": "E_electric", "E_condenser": "E_condenser",
    "E_evaporator": "E_evaporator",
}  # fmt: skip


@pytest.mark.parametrize("case", MAP_CASES)
def test_map(case):
    values = PLANT | MAP_CASES[case]
    theirs = simulate(FOLDER / "HeatPump.mo", "HeatPump", INSTANTS, values | STOP_AND_START)
    ours = run(build(), values, LEGS, INSTANTS)
    named = {modelica: ours[name] for modelica, name in MAP_NAMES.items()}
    error, name = worst_difference(named, theirs)
    assert error < 1e-5, name
    assert np.ptp(theirs["T_saturation"]) > 10.0  # it stopped and started indeed


CYCLE_CASES = {
    "healthy": {},
    "faulty": FAULTS | {"UA_room": 500.0},
    "at the motor's limit": {"P_motor": 5e5, "u_compressor": 1.0},
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
    ours = run(build(Structure(performance="cycle")), values, LEGS, INSTANTS)
    named = {modelica: ours[name] for modelica, name in CYCLE_NAMES.items()}
    error, name = worst_difference(named, theirs)
    assert error < 1e-5, name
    assert np.ptp(theirs["T_saturation"]) > 10.0
