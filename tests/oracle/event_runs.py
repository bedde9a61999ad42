"""Our equations integrated by scipy, with events at the instants at which indicators cross zero."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import casadi as ca
import numpy as np
from numpy.typing import NDArray
from scipy.integrate import BDF
from scipy.optimize import brentq

from fmus.equations import Model, column

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner

Array = NDArray[np.float64]
Inputs = Callable[[float], Mapping[str, float]]
LONGEST = 60.0
"""Step [s] within which no indicator crosses zero twice."""


def run(
    model: Model,
    values: Mapping[str, float],
    inputs: Inputs,
    instants: Sequence[float] | Array,
    jumps: Sequence[float] = (),
) -> dict[str, Array]:
    """States, modes and outputs by name at `instants` [s], those at an event after it.

    `values` hold all the time. `inputs` of time [s] may jump at `jumps` [s] only; there and where
    an indicator changes its sign the model says what becomes of states and modes.
    """
    plant = _Plant(model, inputs)
    plant.runner.set(**values)
    rows: list[dict[str, float]] = []
    ends = [*(t for t in jumps if t < instants[-1]), float(instants[-1])]
    for end in ends:
        plant.jump = end
        _until(plant, end, instants, rows)
        plant.jump = np.inf
    plant.settle()
    rows.append(plant.row())
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


class _Plant:
    """A model and its inputs as functions of time and state."""

    def __init__(self, model: Model, inputs: Inputs) -> None:
        assert not model.algebraics, "indicators are evaluated without algebraic unknowns"
        self.runner, self.inputs = Runner(model), inputs
        args = [model.time, *(column(v) for v in (model.states, model.inputs, model.parameters))]
        crossing = [*args, column(model.modes)], [column(model.indicators)]
        self._crossing = ca.Function("crossing", *crossing)
        self.jump = np.inf

    def at(self, t: float) -> Runner:
        """The model at `t` [s], where inputs have not jumped yet if that is where they do."""
        self.runner.t = t
        self.runner.set(**self.inputs(min(t, self.jump - 1e-9)))
        return self.runner

    def rates(self, t: float, x: Array) -> Array:
        return self.at(t).rates(x)

    def slope(self, t: float, x: Array) -> object:
        return self.at(t).slope(x)[1]

    def crossing(self, t: float, x: Array) -> Array:
        r = self.at(t)
        return np.asarray(self._crossing(t, x, r.u, r.p, r.modes)).ravel()

    def settle(self) -> None:
        """Events at the instant, until nothing changes any more."""
        r = self.at(self.runner.t)
        for _ in range(20):
            x, modes = (np.asarray(a).ravel() for a in r._event(r.t, r.x, r.u, r.p, r.modes))
            still = np.array_equal(x, r.x) and np.array_equal(modes, r.modes)
            r.x[:], r.modes = x, modes
            if still:
                return
        raise ArithmeticError(f"events go on at {r.t:g} s")

    def row(self) -> dict[str, float]:
        r = self.at(self.runner.t)
        states = {v.name: float(x) for v, x in zip(r.model.states, r.x, strict=True)}
        modes = {v.name: float(x) for v, x in zip(r.model.modes, r.modes, strict=True)}
        return states | modes | r.outputs()


def _until(
    plant: _Plant, end: float, instants: Sequence[float] | Array, rows: list[dict[str, float]]
) -> None:
    """Run to `end` [s], where the events are still to come, and append the rows on the way."""
    r = plant.runner
    while r.t < end:
        plant.settle()
        solver = BDF(
            plant.rates, r.t, r.x.copy(), end,
            rtol=1e-8, atol=1e-7, max_step=LONGEST, jac=plant.slope,
        )  # fmt: skip
        event = False
        while solver.status == "running" and not event:
            before = plant.crossing(solver.t, solver.y)
            message = solver.step()
            assert solver.status != "failed", message
            path = solver.dense_output()
            t = _first_crossing(plant, path, solver.t_old, solver.t, before)
            event = t < solver.t
            for asked in instants:
                if solver.t_old <= asked < t:
                    r.x[:] = path(asked)
                    plant.at(float(asked))
                    rows.append(plant.row())
            r.x[:] = path(t)
            plant.at(t)


def _first_crossing(
    plant: _Plant, path: Callable[[float], Array], begin: float, end: float, before: Array
) -> float:
    """Instant [s] just after the first indicator has changed its sign, `end` if none does."""
    changed = np.flatnonzero((before > 0) != (plant.crossing(end, path(end)) > 0))
    found = [end]
    for i in changed:

        def value(t: float, i: int = int(i)) -> float:
            return float(plant.crossing(t, path(t))[i])

        if value(begin) * value(end) < 0.0:
            found.append(min(brentq(value, begin, end, xtol=1e-9, rtol=1e-14) + 2e-9, end))
    return min(found)
