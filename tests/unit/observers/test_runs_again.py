"""A model that runs again begins as it was, with the units that ran then."""

import numpy as np
import pytest

from twin.estimation.observer import PartObserver
from twin.estimation.physics import PartModel
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, Running, open_fmu
from twin.site import load_site

WATCHED = ("T_source_out", "T_sink_out", "T_condensing", "unit4.T_condensing", "P_electric")
SAMPLES, BEFORE, AFTER = 10, 144, 18
LOW_LOAD = {"u_compressor": 0.2, "m_sink": 40.0}


def follower(file: FmuFile) -> tuple[Equations, PartObserver]:
    """Heat pumps of `kajaani`, four units that are staged."""
    inputs = [v.name for v in file.variables.values() if v.causality == "input"]
    outputs = [*WATCHED, "running"]
    settings = load_site("kajaani").plant.parts["heat_pump"].parameters
    model, many = Equations(file, "heat_pump", inputs, outputs, (), settings), len(outputs)
    warm = np.array([file.variables[name].unit == "K" for name in model.states])
    tell = PartModel(
        lag_s=np.full(many, 5.0),
        noise=np.full(many, 0.1),
        error=np.array([1e4 if name == "P_electric" else 0.3 for name in outputs]),
        input_noise=np.full(len(inputs), 0.01),
        walk=np.where(warm, 1e-4, 0.0),
        spread=np.where(warm, 5.0, 0.0),
    )
    return model, PartObserver(model, tell, 10.0, SAMPLES)


def test_what_runs_again_has_the_units_that_ran_then_and_not_those_of_the_start() -> None:
    site = load_site("kajaani")
    path, running = site.fmu_path("heat_pump"), Running(interface="model_exchange")
    with open_fmu(path, running=running) as file:
        plant, true = follower(file)
        model, live = follower(file)
        other, again = follower(file)
        u = np.array([LOW_LOAD.get(n, file.variables[n].start) for n in plant.inputs])
        inputs, m = np.tile(u, (SAMPLES, 1)), len(WATCHED) + 1
        nothing, unheard = np.full((SAMPLES, m), np.nan), np.zeros(m, bool)
        heard = np.arange(m) < len(WATCHED)
        units = []
        for window in range(BEFORE + AFTER):
            readings = true.window(inputs, nothing, unheard).predicted
            units.append(readings[-1, -1])
            if window == BEFORE:
                again.resume(live.belief, u)
            found = live.window(inputs, readings, heard)
            if window >= BEFORE:
                innovation = again.beside(inputs, readings, heard, found.trail)
                assert innovation[heard] == pytest.approx(found.innovation[heard], abs=1e-3)
        assert units[BEFORE] < units[0]  # else it proves nothing
        for equations in (plant, model, other):
            equations.close()
