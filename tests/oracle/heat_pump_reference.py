"""Trajectories of our own equations by an integrator of others, events handled between legs."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

sys.path.append(str(Path(__file__).parent.parent / "unit" / "fmus"))
from model_runs import Runner


@dataclass(frozen=True)
class Leg:
    """Until `end` [s] with inputs that change at its beginning."""

    end: float
    changes: dict[str, float]


def run(model, values, legs, instants):
    """States and outputs of `model` by name at `instants`; values at a leg's end are after it."""
    runner = Runner(model)
    runner.set(**values)
    rows, begin = [], 0.0
    for number, leg in enumerate(legs):
        runner.set(**leg.changes)
        _events(runner)
        last = number == len(legs) - 1
        asked = [t for t in instants if begin <= t < leg.end or (last and t == leg.end)]
        found = solve_ivp(
            lambda _, x: runner.rates(x), (begin, leg.end), runner.x.copy(), method="BDF",
            rtol=1e-9, atol=1e-7, t_eval=sorted({*asked, leg.end}),
            jac=lambda _, x: runner.slope(x)[1],
        )  # fmt: skip
        assert found.success
        for t, x in zip(found.t, found.y.T, strict=True):
            if t in asked:
                runner.x[:] = x
                rows.append(_row(runner))
        runner.x[:], begin = found.y[:, -1], leg.end
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _events(runner):
    """What one step does about events before it integrates."""
    for _ in range(4):
        x, modes = runner._event(runner.t, runner.x, runner.u, runner.p, runner.modes)
        runner.x[:], runner.modes = np.asarray(x).ravel(), np.asarray(modes).ravel()


def _row(runner):
    states = {v.name: float(x) for v, x in zip(runner.model.states, runner.x, strict=True)}
    return states | runner.outputs()
