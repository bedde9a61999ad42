"""CasADi's own importer reads our FMUs and gets the derivatives of our equations from them."""

import casadi as ca
import numpy as np
import pytest
from export_models import MODELS, unpacked

from fmus.equations import column

VERSIONS = ("2.0", "3.0")
MIDDLE = {"T_ambient": (280.0, 8.0), "u_run": (1.0, 0.0), "T_in": (320.0, 10.0), "m": (2.0, 1.0)}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MODELS)
def test_imported_derivatives_are_those_of_the_equations(name, version):
    """Right-hand side, outputs and Jacobians by time, states and inputs at 20 random points.

    Two ways from the same equations: CasADi differentiates the symbols, and CasADi's importer
    asks the compiled FMU.
    """
    model = MODELS[name]()
    imported = ca.DaeBuilder(name, str(unpacked(name, version)))
    assert imported.x() == [v.name for v in model.states]
    assert imported.u() == [v.name for v in model.inputs]
    assert imported.y() == [o.name for o in model.outputs]
    theirs = imported.create("f", ["t", "x", "u"], ["ode", "y"])

    states, inputs = column(model.states), column(model.inputs)
    parameters, modes = column(model.parameters), column(model.modes)
    known = [model.time, states, inputs, parameters, modes]
    wanted = [model.derivatives(), ca.vertcat(*[o.expression for o in model.outputs])]
    ours = ca.Function("ours", known, wanted)
    p = [v.start for v in model.parameters]
    m = _settled(model, p)
    slopes = ca.Function("slopes", known, [ca.jacobian(w, by) for w in wanted for by in known[:3]])

    generator = np.random.default_rng(5)
    x0 = np.array([v.start for v in model.states])
    for _ in range(20):
        t = float(generator.uniform(0.0, 100.0))
        x = x0 + generator.uniform(-1.0, 1.0, len(x0)) * 2.0
        u = [a + b * generator.uniform(-1.0, 1.0) for a, b in (MIDDLE[n] for n in imported.u())]
        exact = ours(t, x, u, p, m)
        found = theirs(t, x, u)
        for a, b in zip(found, exact, strict=True):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-11, atol=1e-12)
        # the Jacobian function takes the outputs too, which it does not look at
        unused = [ca.DM(theirs.sparsity_out(i)) for i in range(theirs.n_out())]
        for a, b in zip(theirs.jacobian()(t, x, u, *unused), slopes(t, x, u, p, m), strict=True):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-9, atol=1e-12)


def _settled(model, p):
    """Modes after the first events, as the FMU has them when its run begins."""
    args = [model.time, column(model.states), column(model.inputs)]
    args += [column(model.parameters), column(model.modes)]
    event = ca.Function("event", args, list(model.after_event()))
    x = [v.start for v in model.states]
    modes = [v.start for v in model.modes]
    for _ in range(5):
        x, modes = event(0.0, x, [v.start for v in model.inputs], p, modes)
    return modes
