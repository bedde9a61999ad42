"""Our equations, integrated by scipy with the exact Jacobian."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner


def integrated(
    runner: Runner,
    at: Callable[[float], None],
    instants: NDArray[np.float64],
    method: str,
    **tolerances: object,
) -> NDArray[np.float64]:
    """States [instant, state] from the runner's own on; `at` sets its inputs for a time [s]."""

    def rate(t: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
        at(t)
        return runner.rates(x)

    def slope(t: float, x: NDArray[np.float64]) -> object:
        at(t)
        return runner.slope(x)[1]

    span = (0.0, instants[-1])
    found = solve_ivp(rate, span, runner.x.copy(), method, instants, jac=slope, **tolerances)
    assert found.success, found.message
    return found.y.T
