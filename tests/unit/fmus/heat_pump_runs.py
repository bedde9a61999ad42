"""Structures of the heat pump that the tests run, and the books of a run."""

from functools import cache

import numpy as np
from model_runs import Runner

from fmus.heat_pump.model import Structure, build

C = 273.15
STRUCTURES = {
    "map": Structure(),
    "cycle R134a": Structure(performance="cycle"),
    "cycle R717": Structure(performance="cycle", refrigerant="R717"),
    "cycle R600a": Structure(performance="cycle", refrigerant="R600a"),
    "cycle R1234ze(E)": Structure(performance="cycle", refrigerant="R1234ze(E)"),
    "cycle R290": Structure(performance="cycle", refrigerant="R290"),
    "3 units": Structure(units=3),
    "2 units in series": Structure(units=2, arrangement="series"),
    "2 units, R290 below R600a": Structure(
        performance="cycle", refrigerants=("R290", "R600a"), units=2, arrangement="series"
    ),
    "2 units, cycle, rotating": Structure(performance="cycle", units=2, rotation=True),
}
WINTER = {"T_source_in": C + 38, "T_sink_in": C + 45, "u_compressor": 1.0, "u_source_pump": 1.0}


@cache
def compiled(name):
    """A runner with its compiled functions; `fresh` makes copies that start anew."""
    return Runner(build(STRUCTURES[name]))


def fresh(name, **values):
    """A run of the structure from its start values."""
    runner = compiled(name)
    m = runner.model
    runner.t = 0.0
    runner.x[:] = [v.start for v in m.states]
    runner.modes = np.array([float(v.start) for v in m.modes])
    runner.u[:] = [v.start for v in m.inputs]
    runner.p[:] = [v.start for v in m.parameters]
    runner.set(**values)
    return runner


def modes(runner):
    """Modes by name."""
    return dict(zip([v.name for v in runner.model.modes], runner.modes.tolist(), strict=True))


def imbalance(y):
    """Of the energy books, relative to the heat that passed [-]."""
    come = y["E_evaporator"] + y["E_electric"]
    gone = y["E_condenser"] + y["E_loss"]
    passed = sum(abs(y[k]) for k in ("E_evaporator", "E_electric", "E_condenser", "E_loss"))
    return abs(come - gone - y["E_stored"]) / max(passed, 1.0)
