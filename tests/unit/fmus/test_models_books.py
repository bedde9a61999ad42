"""Every model closes its energy balance to round-off: through faults, standstill and starts."""

import numpy as np
import pytest
from model_runs import Runner

from fmus.cooling_loop.model import build as cooling_loop
from fmus.district_network.model import build as district_network
from fmus.heat_pump.model import build as heat_pump

C = 273.15
BUILD = {m().name: m for m in (cooling_loop, heat_pump, district_network)}
INFLOW = {
    "CoolingLoop": ["E_it"],
    "HeatPump": ["E_evaporator", "E_electric"],
    "DistrictNetwork": ["E_plant", "E_boiler"],
}
OUTFLOW = {
    "CoolingLoop": ["E_source", "E_rejected"],
    "HeatPump": ["E_condenser", "E_loss"],
    "DistrictNetwork": ["E_delivered", "E_loss", "E_leak"],
}
RANGE = {
    "P_it": (0.0, 6e6),
    "T_outdoor": (C - 30, C + 35),
    "T_source_return": (C + 5, C + 45),
    "m_source": (0.0, 90.0),
    "T_source_in": (C + 10, C + 50),
    "T_sink_in": (C + 20, C + 70),
    "m_sink": (0.0, 40.0),
    "T_plant": (C + 20, C + 95),
    "T_soil": (C, C + 12),
    "Q_demand": (0.0, 10e6),
}


def _error(name: str, y: dict[str, float]) -> float:
    """Imbalance relative to the heat that passed through."""
    come = sum(y[k] for k in INFLOW[name])
    gone = sum(y[k] for k in OUTFLOW[name])
    passed = sum(abs(y[k]) for k in INFLOW[name] + OUTFLOW[name])
    return abs(come - gone - y["E_stored"]) / max(passed, 1.0)


def _torture(runner: Runner, rng: np.random.Generator) -> None:
    """New inputs, often at the ends of their range and sometimes past them; now and then faults."""
    for v in runner.model.inputs:
        low, high = RANGE.get(v.name, (-0.2, 1.2))
        share = float(np.clip(rng.uniform(-0.2, 1.2), 0.0, 1.0))
        runner.set(**{v.name: low + (high - low) * share})
    if rng.random() < 0.2:
        for v in runner.model.parameters:
            if v.tunable:
                runner.set(**{v.name: float(rng.choice([0.0, 0.0, 0.3, 1.0]))})


@pytest.mark.parametrize("name", list(BUILD))
def test_books_close_and_numbers_stay_physical_under_torture(name: str) -> None:
    runner, rng = Runner(BUILD[name]()), np.random.default_rng(7)
    temperatures = [i for i, v in enumerate(runner.model.states) if v.unit == "K"]
    for _ in range(80):
        _torture(runner, rng)
        runner.run(float(rng.choice([5.0, 30.0])), 1.0)
        y = runner.outputs()
        assert np.isfinite(list(y.values())).all()
        assert _error(name, y) < 1e-9
        # nothing outside makes cold below -30 degC; the third-order pipe rings by some kelvin
        assert runner.x[temperatures].min() > C - 40.0
    assert runner.x[temperatures].max() < C + 400.0  # servers without water do get hot
    if name == "HeatPump":
        assert runner.get("P_electric") >= 0.0


@pytest.mark.parametrize("name", list(BUILD))
def test_books_close_over_a_day(name: str) -> None:
    runner = Runner(BUILD[name]())
    faults = [v.name for v in runner.model.parameters if v.tunable]
    for hour in range(24):
        sway = 1.0 + 0.1 * (-1.0) ** hour
        for v in runner.model.inputs:
            if v.name in ("P_it", "Q_demand", "m_sink", "m_source"):
                runner.set(**{v.name: v.start * sway})
        if hour % 6 == 3:
            runner.set(**{faults[hour % len(faults)]: 0.3})
        runner.run(3600.0, 40.0)
    assert _error(name, runner.outputs()) < 1e-9


@pytest.mark.parametrize("name", list(BUILD))
def test_all_flows_at_zero_is_an_ordinary_state(name: str) -> None:
    runner = Runner(BUILD[name]())
    off = ("u_", "m_", "P_it", "Q_demand")
    runner.set(**{v.name: 0.0 for v in runner.model.inputs if v.name.startswith(off)})
    runner.run(300.0, 2.0)
    runner.run(6 * 3600.0, 20.0)
    rates = runner.rates()
    assert np.isfinite(rates).all()
    kelvin_per_hour = [
        3600.0 * abs(r) for r, v in zip(rates, runner.model.states, strict=True) if v.unit == "K"
    ]
    assert max(kelvin_per_hour) < 1.5  # the pipes keep cooling, nothing else moves
