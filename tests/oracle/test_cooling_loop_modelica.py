"""The cooling loop against the same physics in Modelica, simulated by rumoca."""

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rumoca_runs import simulate, worst_difference
from scipy.integrate import solve_ivp

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
    """Outputs at `INSTANTS`: our equations integrated by scipy, not by our step."""
    runner = Runner(build(structure))
    runner.set(**parameters)

    def at(t: float) -> None:
        runner.t = t
        runner.set(**inputs(t))

    def rates(t: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
        at(t)
        return runner.rates(x)

    def slope(t: float, x: NDArray[np.float64]) -> object:
        at(t)
        return runner.slope(x)[1]

    nominal = np.array([v.nominal for v in runner.model.states])
    found = solve_ivp(
        rates, (0.0, INSTANTS[-1]), runner.x.copy(), "Radau", INSTANTS,
        jac=slope, rtol=1e-8, atol=1e-9 * nominal, max_step=60.0,
    )  # fmt: skip
    assert found.success, found.message
    rows = []
    for t, x in zip(INSTANTS, found.y.T, strict=True):
        at(float(t))
        runner.x[:] = x
        rows.append(runner.outputs())
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
    assert worst_difference(found, oracle)[0] < 1e-5, worst_difference(found, oracle)
