"""The books of every structure close through faults, standstill, fans off; numbers stay finite."""

import numpy as np
import pytest
from cooling_loops import ALL
from model_runs import Runner

from fmus.cooling_loop.model import Structure, build

C = 273.15
RANGE = {
    "T_outdoor": (C - 30, C + 35),
    "T_wet_bulb": (C - 30, C + 25),
    "T_sea": (C - 1, C + 22),
    "T_source_return": (C + 2, C + 35),
    "m_source": (0.0, 90.0),
    "Q_cooling": (0.0, 5e6),
    "T_waste_water": (C + 1, C + 22),
    "m_waste_water": (0.0, 300.0),
}
IN = ("E_it", "E_cooling", "E_air_fans", "E_waste_water")
OUT = ("E_source", "E_rejected")


def imbalance(y: dict[str, float]) -> float:
    """What the first law misses, relative to the heat that passed."""
    come, gone = sum(y.get(k, 0.0) for k in IN), sum(y[k] for k in OUT)
    passed = sum(abs(y.get(k, 0.0)) for k in (*IN, *OUT))
    return abs(come - gone - y["E_stored"]) / max(passed, 1.0)


def torture(runner: Runner, rng: np.random.Generator, capacity: float, cdus: int) -> None:
    """Inputs often at an end of their range, sometimes past it; now and then faults."""
    for v in runner.model.inputs:
        load = (0.0, 1.2 * capacity / cdus)
        low, high = load if v.name.startswith("P_it") else RANGE.get(v.name, (-0.2, 1.2))
        runner.set(**{v.name: low + (high - low) * float(np.clip(rng.uniform(-0.3, 1.3), 0, 1))})
    if rng.random() < 0.3:
        for v in runner.model.parameters:
            if v.tunable:
                runner.set(**{v.name: float(rng.choice([0.0, 0.0, 0.3, 1.0]))})


@pytest.mark.parametrize("structure", ALL.values(), ids=list(ALL))
def test_books_close_and_numbers_stay_physical_under_torture(structure: Structure) -> None:
    runner, rng = Runner(build(structure)), np.random.default_rng(11)
    temperatures = [i for i, v in enumerate(runner.model.states) if v.unit == "K"]
    for _ in range(24):
        torture(runner, rng, structure.capacity, structure.cdus)
        runner.run(60.0, 1.0)  # as the FMU steps: long steps ring while a pump runs down
        runner.run(240.0, 5.0)
        y = runner.outputs()
        assert np.isfinite(list(y.values())).all()
        assert imbalance(y) < 1e-9
        assert runner.x[temperatures].min() > C - 40.0


@pytest.mark.parametrize("structure", ALL.values(), ids=list(ALL))
def test_books_close_over_a_day(structure: Structure) -> None:
    runner = Runner(build(structure))
    faults = [v.name for v in runner.model.parameters if v.tunable]
    load = {v.name: v.start for v in runner.model.inputs if v.name.startswith(("P_it", "m_"))}
    for hour in range(24):
        stopped = hour in (9, 10)
        runner.set(**{n: 0.0 if stopped else v * (1 + 0.1 * (-1) ** hour) for n, v in load.items()})
        runner.set(u_pump=0.0 if stopped else 0.7)
        if hour % 4 == 3:
            runner.set(**{faults[hour % len(faults)]: 0.4})
        runner.run(3600.0, 40.0)
        assert imbalance(runner.outputs()) < 1e-9
    assert np.isfinite(runner.x).all()


@pytest.mark.parametrize("structure", ALL.values(), ids=list(ALL))
def test_everything_off_is_an_ordinary_state(structure: Structure) -> None:
    runner = Runner(build(structure))
    off = ("u_", "m_", "P_it", "Q_cooling")
    runner.set(**{v.name: 0.0 for v in runner.model.inputs if v.name.startswith(off)})
    runner.run(600.0, 5.0)
    runner.run(23 * 3600.0, 60.0)
    assert np.isfinite(runner.rates()).all()
    _, slope = runner.slope(runner.x)
    assert np.isfinite(slope.data).all()
    y = runner.outputs()
    assert y["m_facility"] == pytest.approx(0.0, abs=1e-6)
    assert imbalance(y) < 1e-9


@pytest.mark.parametrize("structure", ALL.values(), ids=list(ALL))
def test_slopes_are_finite_with_every_valve_shut_and_every_fault_complete(
    structure: Structure,
) -> None:
    runner = Runner(build(structure))
    zero = [i for i, v in enumerate(runner.model.states) if v.unit == "-"]
    runner.x[zero] = 0.0
    runner.set(**{v.name: 1.0 for v in runner.model.parameters if v.tunable})
    rates, slope = runner.slope(runner.x)
    assert np.isfinite(rates).all()
    assert np.isfinite(slope.data).all()
    assert np.isfinite(list(runner.outputs().values())).all()
