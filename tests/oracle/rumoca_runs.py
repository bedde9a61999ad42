"""Simulates a Modelica file with rumoca: the oracle that shares no code with our exporter."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rumoca
from numpy.typing import NDArray


def simulate(
    file: Path,
    model: str,
    instants: Sequence[float],
    parameters: Mapping[str, float] | None = None,
    *,
    tolerance: float = 1e-10,
    roots: Sequence[Path] = (),
    solver: str = "auto",
) -> dict[str, NDArray[np.float64]]:
    """Trajectories of all variables of `model` in `file` by name, at `instants` [s].

    `instants` must be equidistant and begin with 0. Inputs of the plant stand in the Modelica
    file as parameters or as equations of `time`. rumoca reads every `.mo` file in the folder, and
    `roots`, files in which other models stand that are used. Its implicit solvers sometimes refuse
    to go on after an event; `solver="rk-like"` is explicit and goes on.
    """
    grid = np.asarray(instants, dtype=float)
    step = float(grid[1] - grid[0])
    assert grid[0] == 0.0, "a run begins at 0 s"
    assert np.allclose(np.diff(grid), step), "instants must be equidistant"
    settings = rumoca.SimConfig(rtol=tolerance, atol=tolerance, solver=solver)
    result = (
        rumoca.Session([str(root) for root in roots])
        .load(str(file), model=model)
        .simulate(t=(0.0, float(grid[-1])), dt=step, params=dict(parameters or {}), config=settings)
    )
    rows = _last_at(np.asarray(result.time), grid)
    return {name: np.asarray(result[name])[rows] for name in result.names}


def _last_at(time: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.intp]:
    """Rows that hold at the grid's instants: the one after an event, where there is one."""
    rows = np.searchsorted(time, grid + 1e-9 * max(1.0, float(grid[-1])), side="right") - 1
    assert np.allclose(time[rows], grid, atol=1e-6 * max(1.0, float(grid[-1]))), (
        "rumoca left out instants"
    )
    return rows


def worst_difference(
    ours: Mapping[str, NDArray[np.float64]], theirs: Mapping[str, NDArray[np.float64]]
) -> tuple[float, str]:
    """Largest difference of common trajectories relative to their largest value [-], and whose."""
    errors = {
        name: float(
            np.max(np.abs(ours[name] - theirs[name])) / max(np.max(np.abs(theirs[name])), 1e-30)
        )
        for name in ours.keys() & theirs.keys()
    }
    assert errors, "the two runs have no variable in common"
    name = max(errors, key=errors.__getitem__)
    return errors[name], name
