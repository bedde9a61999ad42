"""Which heat pump units run and how the water passes them, written a second time in Modelica.

rumoca finds the instants of starts, stops and trips itself; `event_runs` does it for our side. Its
indicators cross zero up to 1e-7 of their unit late (`Model.when`), which is most of what differs:
0.1 ms of a valve that closes within a minute.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from event_runs import run
from numpy.typing import NDArray
from refrigerant_folders import cycle_folder
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.heat_pump.model import Structure, build

FOLDER = Path(fmus.__file__).parent / "heat_pump"
INSTANTS = np.arange(0.0, 9001.0, 60.0)
IN_SERIES = INSTANTS[INSTANTS <= 6000.0]
UNIT = {
    "n": "compressor.n", "warm": "warm", "T_saturation": "condenser.T_saturation",
    "T_evaporating": "evaporator.T_saturation", "switch.on": "is_running", "switch.trip": "tripped",
} | {f"Te[{i}]": f"evaporator.T[{i}]" for i in (1, 2, 3)} | {
    f"Tc[{i}]": f"condenser.T[{i}]" for i in (1, 2, 3)
}  # fmt: skip
PLANT = {"n_pump": "pump.n", "stage.k": "stage.wanted"} | {
    name: name
    for name in (
        "m_source", "T_source_out", "T_sink_out", "P_electric", "Q_condenser", "Q_evaporator",
        "P_auxiliary", "E_auxiliary", "running",
    )
}  # fmt: skip
Found = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Case:
    """What must happen, what sways, parameters all units share, the sequencer's, faults."""

    happens: Callable[[Found], bool]
    around: Mapping[str, float] = field(default_factory=dict)
    shared: Mapping[str, float] = field(default_factory=dict)
    stage: Mapping[str, float] = field(default_factory=dict)
    faults: Mapping[tuple[int, str], float] = field(default_factory=dict)
    rotation: bool = False

    def theirs(self) -> dict[str, float]:
        """Parameters of a Modelica file with three units."""
        shared = {f"unit[{i}].{k}": v for i in (1, 2, 3) for k, v in self.shared.items()}
        faults = {f"unit[{i}].{name}": value for (i, name), value in self.faults.items()}
        stage = {f"stage.{name}": value for name, value in self.stage.items()}
        return {**self.around, **shared, **stage, **faults}

    def ours(self) -> dict[str, float]:
        """Parameters of our model, where the first unit's faults bear no number."""
        shared = {name.removeprefix("switch."): value for name, value in self.shared.items()}
        faults = {
            f"unit{i}.{name}" if i > 1 else name: value for (i, name), value in self.faults.items()
        }
        return {**shared, **self.stage, **faults}

    def sway(self, name: str, period: float, t: float) -> float:
        """What an input adds to its mean at `t` [s]."""
        return self.around.get(f"{name}_swing", 0.0) * math.sin(2.0 * math.pi * t / period)


def _agree(case: Case, ours: Found, theirs: Found, plant: Mapping[str, str]) -> None:
    named = {modelica: ours[name] for modelica, name in plant.items()}
    for i in (1, 2, 3):
        named |= {f"unit[{i}].{a}": ours[f"unit{i}.{b}"] for a, b in UNIT.items()}
    assert named.keys() <= theirs.keys()
    error, name = worst_difference(named, theirs)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name
    assert case.happens(ours)


def _visits(found: Found, *numbers: float) -> bool:
    """All these numbers of running units occur."""
    return set(numbers) <= set(found["running"])


def _replaced(found: Found) -> bool:
    """Unit 3 runs instead of 2, which then waits, starts as the third, and stays as the second."""
    two, three = found["unit2.is_running"], found["unit3.is_running"]
    instead = (found["stage.wanted"] == 2) & (two == 0) & (three == 1)
    states = (
        instead & (found["unit2.tripped"] > 0),
        instead & (found["unit2.tripped"] == 0),
        (found["stage.wanted"] == 3) & (two == 1) & (three == 1),
        (found["stage.wanted"] == 2) & (two == 1) & (three == 0),
    )
    order = [int(np.flatnonzero(state)[-1]) if np.any(state) else -1 for state in states]
    return -1 not in order and order == sorted(order)


def _inputs(case: Case, t: float) -> dict[str, float]:
    """What ParallelUnits and SeriesUnits have in common."""
    turn = 2.0 * math.pi * t
    return {
        "u_compressor": 0.55 + 0.43 * math.cos(turn / 5400.0),
        "u_source_pump": 0.75 + 0.15 * math.cos(turn / 4100.0),
        "u_run": case.around.get("u_run_mean", 1.0) + case.sway("u_run", 4500.0, t),
    }


def _of_parallel(case: Case, t: float) -> dict[str, float]:
    return _inputs(case, t) | {
        "T_source_in": 311.15 + case.sway("T_source", 5000.0, t),
        "T_sink_in": 318.15 + case.sway("T_sink", 3300.0, t),
        "m_sink": 50.0 + 12.0 * math.cos(2.0 * math.pi * t / 5400.0),
    }


STOPS = {"u_run_mean": 0.45, "u_run_swing": 0.55}
PARALLEL = {
    "staging": Case(lambda found: _visits(found, 1, 2, 3), stage={"stage_down_s": 400.0}),
    "calls that end before they are heard": Case(
        lambda found: {-1, 0, 1} == set(found["stage.call"]) and set(found["running"]) == {3, 2},
    ),
    "rotation, all stop and start": Case(
        lambda found: _visits(found, 0, 1, 2, 3) and set(found["stage.lead"]) == {0, 1, 2},
        STOPS,
        rotation=True,
    ),
    "long shortest times": Case(
        lambda found: {-1, 1} <= set(found["running"] - found["stage.wanted"]),
        shared={"switch.min_on_s": 3600.0, "switch.min_off_s": 3600.0},
    ),
    "one is fouled and trips": Case(
        lambda found: set(found["unit2.tripped"]) == {0, 1} and max(found["unit1.tripped"]) == 0,
        {"T_sink_swing": 8.0, "T_source_swing": 3.0},
        {"switch.T_condensing_trip": 366.15, "switch.trip_reset_s": 900.0},
        faults={
            (2, "condenser_fouling"): 0.4,
            (1, "compressor_wear"): 0.1,
            (3, "undercharge"): 0.2,
        },
    ),
    "one is starved and trips": Case(
        lambda found: set(found["unit3.tripped"]) == {0, 2} and max(found["unit2.tripped"]) == 0,
        {"T_source_swing": -6.0},
        {"switch.T_evaporating_trip": 290.15, "switch.trip_reset_s": 900.0},
        faults={(3, "evaporator_fouling"): 0.5, (3, "expansion_valve"): 0.3},
    ),
    "one trips and is replaced": Case(
        _replaced,
        {"T_sink_swing": 8.0, "T_source_swing": 3.0},
        {"switch.T_condensing_trip": 368.15, "switch.trip_reset_s": 900.0},
        {"stage_up_s": 1800.0},
        {(2, "condenser_fouling"): 0.6},
    ),
}


@pytest.mark.parametrize("case", PARALLEL.values(), ids=PARALLEL)
def test_units_in_parallel(case: Case) -> None:
    theirs = simulate(
        FOLDER / "units" / "MapUnits.mo", "ParallelUnits", INSTANTS,
        {**case.theirs(), "rotation": float(case.rotation)},
        solver="rk-like", roots=[FOLDER / "HeatPump.mo"],
    )  # fmt: skip
    model = build(Structure(units=3, rotation=case.rotation))
    ours = run(model, case.ours(), lambda t: _of_parallel(case, t), INSTANTS)
    valves = {f"valve[{i}]": f"unit{i}.valve" for i in (1, 2, 3)}
    _agree(case, ours, theirs, PLANT | valves)


def _of_series(case: Case, t: float) -> dict[str, float]:
    return _inputs(case, t) | {
        "T_source_in": 303.15,
        "T_sink_in": 323.15 + case.sway("T_sink", 3300.0, t),
        "m_sink": 20.0 + 4.0 * math.cos(2.0 * math.pi * t / 5400.0),
    }


SERIES = {
    "R717": Case(
        lambda found: _visits(found, 1, 2, 3),
        shared={"V_swept": 0.393},
        stage={"stage_down_s": 400.0},
    ),
    "R600a": Case(
        lambda found: _visits(found, 0, 1, 2, 3) and set(found["unit3.tripped"]) == {0, 1},
        {**STOPS, "T_sink_swing": 5.0},
        {"V_swept": 1.58, "switch.T_condensing_trip": 363.15, "switch.trip_reset_s": 600.0},
        faults={
            (3, "condenser_fouling"): 0.3,
            (1, "non_condensables"): 0.1,
            (2, "undercharge"): 0.3,
        },
    ),
}


@pytest.mark.parametrize("refrigerant", SERIES)
def test_units_in_series(refrigerant: str, tmp_path: Path) -> None:
    case = SERIES[refrigerant]
    theirs = simulate(
        FOLDER / "units" / "CycleUnits.mo", "SeriesUnits", IN_SERIES, case.theirs(),
        tolerance=1e-8, solver="rk-like",
        roots=[FOLDER / "HeatPump.mo", cycle_folder(refrigerant, tmp_path)],
    )  # fmt: skip
    model = build(
        Structure(performance="cycle", refrigerant=refrigerant, units=3, arrangement="series")
    )
    ours = run(model, case.ours(), lambda t: _of_series(case, t), IN_SERIES)
    _agree(case, ours, theirs, PLANT)
