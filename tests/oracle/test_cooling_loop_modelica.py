"""The cooling loop against the same physics in Modelica, simulated by rumoca."""

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rumoca_runs import simulate, worst_difference
from scipy_runs import integrated

import fmus.cooling_loop.model
from fmus.cooling_loop.model import Structure, build

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner

FOLDER = Path(fmus.cooling_loop.model.__file__).parent
INSTANTS = np.linspace(0.0, 7200.0, 121)
Inputs = Callable[[float], Mapping[str, float]]


def ours(
    structure: Structure | None, inputs: Inputs, parameters: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """Outputs and states at `INSTANTS`: our equations integrated by scipy, not by our step."""
    runner = Runner(build(structure))
    runner.set(**parameters)

    def at(t: float) -> None:
        runner.t = t
        runner.set(**inputs(t))

    nominal = np.array([v.nominal for v in runner.model.states])
    tolerances = {"rtol": 1e-8, "atol": 1e-9 * nominal, "max_step": 60.0}
    rows = []
    for t, x in zip(INSTANTS, integrated(runner, at, INSTANTS, "Radau", **tolerances), strict=True):
        at(float(t))
        runner.x[:] = x
        states = {v.name: float(value) for v, value in zip(runner.model.states, x, strict=True)}
        rows.append(states | runner.outputs())
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def plain(t: float) -> Mapping[str, float]:
    """The inputs that CoolingLoop.mo has as equations."""
    return {
        "P_it": 3e6 + 1.5e6 * math.sin(t / 1300),
        "T_outdoor": 278.15 + 6 * math.sin(t / 5000),
        "u_pump": 0.7 + 0.2 * math.sin(t / 900),
        "u_valve": 0.5 + 0.3 * math.cos(t / 1700),
        "u_fan": 0.3 + 0.25 * math.sin(t / 700),
        "T_source_return": 303.15 + 2 * math.sin(t / 1100),
        "m_source": 50 + 40 * math.sin(t / 2100),
    }


FAULTS = {
    "cdu_fouling": 0.2,
    "valve_stuck": 0.3,
    "pump_wear": 0.1,
    "fan_loss": 0.25,
    "bypass_leak": 0.15,
}


@pytest.mark.parametrize("faults", [{}, FAULTS], ids=["healthy", "all faults"])
def test_the_default_loop_agrees_with_its_modelica_twin(faults: Mapping[str, float]) -> None:
    found = ours(None, plain, faults)
    oracle = simulate(FOLDER / "CoolingLoop.mo", "CoolingLoop", INSTANTS, faults)
    assert len(found.keys() & oracle.keys()) >= 16
    error, name = worst_difference(found, oracle)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name


def of_air(t: float) -> Mapping[str, float]:
    """The inputs that AirCoolingLoop.mo has as equations."""
    return {
        **plain(t),
        "P_it": 3.2e6 + 1.7e6 * math.sin(t / 1300),
        "u_pump": 0.75 + 0.2 * math.sin(t / 900),
        "T_source_return": 292.15 + 2 * math.sin(t / 1100),
    }


AIR_FAULTS = {
    "coil_fouling": 0.2,
    "unit_valve_stuck": 0.5,
    "crah_fan_loss": 0.3,
    "valve_stuck": 0.3,
    "pump_wear": 0.1,
    "fan_loss": 0.25,
    "bypass_leak": 0.15,
}


@pytest.mark.parametrize("faults", [{}, AIR_FAULTS], ids=["healthy", "all faults"])
def test_the_air_hall_agrees_with_its_modelica_twin(faults: Mapping[str, float]) -> None:
    found = ours(Structure(hall="air"), of_air, faults)
    oracle = simulate(FOLDER / "air" / "AirCoolingLoop.mo", "AirCoolingLoop", INSTANTS, faults)
    assert {
        "T_unit_supply",
        "dp_pump",
        "m_unit",
        "x_unit",
        "Q_unit",
    } <= found.keys() & oracle.keys()
    error, name = worst_difference(found, oracle)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name


def of_several(t: float) -> Mapping[str, float]:
    """The inputs that SeveralUnits.mo has as equations."""
    return {
        "P_it[1]": 1e6 + 0.6e6 * math.sin(t / 1300),
        "P_it[2]": 1.2e6 + 0.4e6 * math.sin(t / 800),
        "P_it[3]": 0.8e6 + 0.7e6 * math.cos(t / 1900),
        "T_sea": 277.15 + math.sin(t / 5000),
        "u_pump": 0.7 + 0.2 * math.sin(t / 900),
        "u_valve": 0.6 + 0.3 * math.cos(t / 1700),
        "u_sea_pump": 0.5 + 0.3 * math.sin(t / 700),
        "T_source_return": 280.15 + math.sin(t / 1100),
        "m_source": 50 + 40 * math.sin(t / 2100),
        "Q_cooling": 1e6 + 0.9e6 * math.sin(t / 1500),
        "T_waste_water": 286.15 + 2 * math.sin(t / 1200),
        "m_waste_water": 60 + 50 * math.cos(t / 1000),
    }


SEVERAL = Structure(
    cdus=3,
    tank_layers=5,
    heat_rejection="sea_water",
    mixing_valve=True,
    cooling_consumers=True,
    waste_water=True,
    T_warm=17.0,
    T_cold=9.0,
)
SEVERAL_SET = {"T_unit_set": 287.15, "T_supply_set": 285.15, "T_waste_set": 288.15}
"""Parameters of ours that SeveralUnits.mo has as numbers."""
SEVERAL_FAULTS = {  # name in the Modelica file: ours
    "fouling_2": "cdu_fouling[2]",
    "stuck_3": "unit_valve_stuck[3]",
    "worn_1": "coolant_pump_wear[1]",
    **{n: n for n in ("valve_stuck", "pump_wear", "sea_pump_wear", "sea_fouling", "bypass_leak")},
    "waste_water_fouling": "waste_water_fouling",
}
UNITS = {
    "T_cold": "T_unit_supply",
    "T_hot": "T_unit_return",
    "m": "m_unit",
    "x": "x_unit",
    "Q": "Q_unit",
}


def _several(
    values: Mapping[str, float], theirs: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """Both sides agree; ours is returned."""
    found = ours(SEVERAL, of_several, {**SEVERAL_SET, **values})
    oracle = simulate(FOLDER / "several" / "SeveralUnits.mo", "SeveralUnits", INSTANTS, theirs)
    for name, own in UNITS.items():
        for i in (1, 2, 3):
            oracle[f"{own}[{i}]"] = oracle[f"{name}[{i}]"]
    assert len(found.keys() & oracle.keys()) >= 35
    error, name = worst_difference(found, oracle)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name
    return found


@pytest.mark.parametrize("size", [0.0, 0.3], ids=["healthy", "all faults"])
def test_several_units_and_the_rest_agree_with_their_modelica_twin(size: float) -> None:
    faults = dict.fromkeys(SEVERAL_FAULTS.values(), size)
    _several(faults, dict.fromkeys(SEVERAL_FAULTS, size))


def test_consumers_that_get_water_too_warm_agree_with_their_modelica_twin() -> None:
    too_cold = {"T_cooling_return": 281.15}
    found = _several(too_cold, too_cold)
    usable = too_cold["T_cooling_return"] - found["T_tank_bottom"]
    assert usable.min() < -0.5 < 0.5 < usable.max(), usable


def of_crahs(t: float) -> Mapping[str, float]:
    """The inputs that SeveralCrahs.mo has as equations."""
    return {
        "P_it[1]": 0.6e6 + 0.35e6 * math.sin(t / 1300),
        "P_it[2]": 0.7e6 + 0.25e6 * math.cos(t / 800),
        "T_outdoor": 292.15 + 6 * math.sin(t / 1500),
        "T_wet_bulb": 287.15 + 2 * math.sin(t / 1900),
        "u_pump": 0.75 + 0.2 * math.sin(t / 900),
        "u_valve": 0.5 + 0.3 * math.cos(t / 1700),
        "u_fan": 0.3 + 0.25 * math.sin(t / 700),
        "T_source_return": 291.15 + 8 * math.sin(t / 600),
        "m_source": 20 + 16 * math.sin(t / 2100),
    }


CRAHS = Structure(
    hall="air",
    cdus=2,
    tank_layers=10,
    precooling=True,
    mixing_valve=True,
    capacity=2e6,
    T_warm=28.0,
    T_cold=18.0,
)
CRAH_FAULTS = {  # name in the Modelica file: ours
    "fouling_1": "coil_fouling[1]",
    "stuck_2": "unit_valve_stuck[2]",
    "fans_1": "crah_fan_loss[1]",
    **{n: n for n in ("valve_stuck", "pump_wear", "fan_loss", "bypass_leak")},
}
ZONES = {
    "T_blown": "T_unit_supply", "T_server": "server.T", "T_cold": "cold_aisle.T",
    "T_hot": "hot_aisle.T", "n_crah": "crah.n", "m": "m_unit", "x": "x_unit", "Q": "Q_unit",
}  # fmt: skip


@pytest.mark.parametrize("size", [0.0, 0.3], ids=["healthy", "all faults"])
def test_several_crahs_with_pads_agree_with_their_modelica_twin(size: float) -> None:
    faults = dict.fromkeys(CRAH_FAULTS.values(), size)
    found = ours(CRAHS, of_crahs, {"T_supply_set": 292.15, **faults})
    file = FOLDER / "crahs" / "SeveralCrahs.mo"
    oracle = simulate(file, "SeveralCrahs", INSTANTS, dict.fromkeys(CRAH_FAULTS, size))
    names = {f"{a}[{i}]": f"{b}[{i}]" for a, b in ZONES.items() for i in (1, 2)}
    names |= {f"tank[{i}]": f"tank.T[{i}]" for i in range(1, 11)}
    oracle |= {name: oracle[theirs] for theirs, name in names.items()}
    assert set(names.values()) <= found.keys()
    assert len(found.keys() & oracle.keys()) >= 45
    error, name = worst_difference(found, oracle)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name
    layers = np.array([found[f"tank.T[{i}]"] for i in range(1, 11)])
    assert np.max(np.diff(layers, axis=0)) > 0.05  # K; layers were upside down and mixed
