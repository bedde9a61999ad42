"""CasADi's own importer reads our FMUs and gets the derivatives of our equations from them."""

import importlib
import zipfile

import casadi as ca
import numpy as np
import pytest
from export_models import MODELS, unpacked

from fmus.equations import column
from fmus.export.models import MODELS as PLANT
from fmus.export.models import build_named

VERSIONS = ("2.0", "3.0")
SPREAD = {"T_ambient": 8.0, "T_in": 10.0, "m": 1.0, "speed": 0.5}
"""How far inputs are moved from their starts, in their unit."""
EXCHANGED = [name for name in PLANT if name != "PlugPipe"]
"""Models that have a Model Exchange side: water parcels have none."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MODELS)
def test_imported_derivatives_are_those_of_the_equations(name, version):
    middle = [(v.start, SPREAD.get(v.name, 0.0)) for v in MODELS[name]().inputs]
    compare(MODELS[name](), unpacked(name, version), middle, 20)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", EXCHANGED)
def test_the_plants_models_too(name, version, tmp_path):
    """About the start, in the mode that it begins with."""
    model = importlib.import_module(PLANT[name]).build()
    with zipfile.ZipFile(build_named(name, fmi=(version,))[0]) as archive:
        archive.extractall(tmp_path)
    middle = [(v.start, 0.01 * abs(v.start)) for v in model.inputs]
    compare(model, tmp_path, middle, 5)


def compare(model, folder, middle, points):
    """Right-hand side, outputs and Jacobians by time, states and inputs at random points.

    Two ways from the same equations: CasADi differentiates the symbols, and CasADi's importer
    asks the compiled FMU.
    """
    imported = ca.DaeBuilder(model.name, str(folder))
    assert imported.x() == [v.name for v in model.states]
    assert imported.u() == [v.name for v in model.inputs]
    names = [o.name for o in model.outputs]
    assert set(imported.y()) >= set(names) - set(imported.x())
    own = [n for n in names if n in imported.y()]  # of others are states that are outputs too
    theirs = imported.create("f", ["t", "x", "u"], ["ode", "y"])
    rows = [imported.y().index(n) for n in own]

    ours = Equations(model, own)
    generator = np.random.default_rng(5)
    x0 = np.array([v.start for v in model.states])
    for _ in range(points):
        t = float(generator.uniform(0.0, 100.0))
        x = x0 + generator.uniform(-1.0, 1.0, len(x0)) * 2.0
        u = [a + b * generator.uniform(-1.0, 1.0) for a, b in middle]
        ode, y = theirs(t, x, u)
        # what the Jacobian function is given of the results, it does not look at
        unused = [ca.DM(theirs.sparsity_out(i)) for i in range(theirs.n_out())]
        jacobians = theirs.jacobian()(t, x, u, *unused)
        found = [*jacobians[:3], *[j[rows, :] for j in jacobians[3:]]]
        values, slopes = ours.at(t, x, u)
        _same([ode, y[rows]], values, 1e-11)
        _same(found, slopes, 1e-9)


class Equations:
    """Right-hand side and outputs of a model and their slopes, algebraic unknowns solved for."""

    def __init__(self, model, outputs):
        known = [model.time, column(model.states), column(model.inputs)]
        unknown, residual = column(model.algebraics), model.residuals()
        fixed = [column(model.parameters), column(model.modes)]
        expressions = {o.name: o.expression for o in model.outputs}
        wanted = [model.derivatives(), ca.vertcat(*[expressions[n] for n in outputs])]
        self._rest = [[v.start for v in model.parameters], _settled(model)]
        self._start = np.array([v.start for v in model.algebraics])

        def function(results):
            return ca.Function("f", [*known, unknown, *fixed], results)

        self._values = function(wanted)
        self._slopes = function([ca.jacobian(w, by) for w in wanted for by in known])
        self._through = function([ca.jacobian(w, unknown) for w in wanted])
        self._missing = function([residual, ca.jacobian(residual, unknown)])
        self._turned = function([ca.jacobian(residual, by) for by in known])

    def at(self, t, x, u):
        a = self._start.copy()
        for _ in range(60 if a.size else 0):
            g, by_a = self._missing(t, x, u, a, *self._rest)
            a = a - np.linalg.solve(np.array(by_a), np.array(g)).ravel()
        slopes = [np.array(s) for s in self._slopes(t, x, u, a, *self._rest)]
        if a.size:
            by_a = np.array(self._missing(t, x, u, a, *self._rest)[1])
            turned = [np.array(s) for s in self._turned(t, x, u, a, *self._rest)]
            for i, through in enumerate(self._through(t, x, u, a, *self._rest)):
                for k, by in enumerate(turned):
                    slopes[3 * i + k] -= np.array(through) @ np.linalg.solve(by_a, by)
        return self._values(t, x, u, a, *self._rest), slopes


def _same(found, exact, relative):
    for a, b in zip(found, exact, strict=True):
        size = float(np.abs(np.array(b)).max(initial=1e-3))
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=relative, atol=1e-12 * size)


def _settled(model):
    """Modes after the first events, as the FMU has them when its run begins."""
    args = [model.time, column(model.states), column(model.inputs)]
    args += [column(model.parameters), column(model.modes)]
    event = ca.Function("event", args, list(model.after_event()))
    x, p = [v.start for v in model.states], [v.start for v in model.parameters]
    modes = [v.start for v in model.modes]
    for _ in range(5):
        x, modes = event(0.0, x, [v.start for v in model.inputs], p, modes)
    return modes
