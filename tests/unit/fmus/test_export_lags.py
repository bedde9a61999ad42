"""States that follow the inputs alone are exact, whatever the step; the others then are better."""

import math

import casadi as ca
import numpy as np
import pytest
from export_models import references
from fmpy import extract, read_model_description

import fmus.export.functions
from fmus.equations import Model
from fmus.export import build
from fmus.export.lags import phi
from fmus.export.session import Session

TAU, RATED = 5.0, 3.0e4


def pump() -> Model:
    """A pump behind its command that may be stuck, what it drives, and what it has cost."""
    model = Model("Pump", "A lag, a chain behind it and a meter", h_max_s=20.0)
    command = model.input("u", 0.2, "-", "command", min=0.0, max=1.0)
    stuck = model.parameter("stuck", 0.0, "-", "fault", min=0.0, max=1.0, tunable=True)
    n = model.state("n", 0.2, "-", "speed")
    behind = model.state("behind", 0.2, "-", "lag of a lag")
    spent = model.state("E", 0.0, "J", "energy", nominal=1e6)
    held = model.state("t_on", 0.0, "s", "time on", nominal=100.0)
    model.der(n, (1.0 - stuck) * (ca.fmax(command, 0.1) - n) / TAU)
    model.der(behind, (n - behind) / 10.0)
    model.der(spent, RATED * n**3)
    model.der(held, command)
    model.output("P", RATED * n**3, "W", "power")
    return model


@pytest.fixture(scope="module", params=["written out", "factorised in the shell"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "written out":
            patch.setattr(fmus.export.functions, "LARGEST_UNROLLED", 0)
        path = build(pump(), tmp_path_factory.mktemp("pump"), fmi=("2.0",))[0]
    return extract(path, tmp_path_factory.mktemp("unpacked"))


def _running(folder: str, **start: float) -> Session:
    run = Session(folder, read_model_description(folder, validate=False), "CoSimulation")
    run.set(references(run, *start), list(start.values()))
    return run


@pytest.mark.parametrize("length", [0.01, 1.0, 20.0, 60.0])
def test_a_jump_of_a_command_is_followed_exactly(folder: str, length: float) -> None:
    run = _running(folder, u=0.9)
    for k in range(3):
        run.step(k * length, length)
        n, P = run.get(references(run, "n", "P"))
        exact = 0.9 - 0.7 * math.exp(-(k + 1) * length / TAU)
        assert n == pytest.approx(exact, rel=1e-13)
        assert P / (RATED * exact**3) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("stuck", [0.0, 1e-9, 1e-3, 0.7, 1.0])
def test_a_stuck_one_moves_by_what_is_left(folder: str, stuck: float) -> None:
    """Through the place where the closed form gives way to its series, and a rate of zero."""
    run = _running(folder, u=0.9, stuck=stuck)
    run.step(0.0, 2.0)
    moved = run.get(references(run, "n"))[0] - 0.2
    assert moved == pytest.approx(-0.7 * math.expm1(-2.0 * (1.0 - stuck) / TAU), rel=1e-12)


def test_what_follows_a_state_is_not_taken_for_known(folder: str) -> None:
    """A lag of a lag is integrated: near its closed form, and not equal to it."""
    run = _running(folder, u=1.0)
    for k in range(10):
        run.step(float(k), 1.0)
    exact = 1.0 - 0.8 * (10.0 * math.exp(-1.0) - TAU * math.exp(-2.0)) / (10.0 - TAU)
    found = run.get(references(run, "behind"))[0]
    assert found == pytest.approx(exact, rel=2e-3)
    assert found != exact
    assert run.get(references(run, "t_on"))[0] == pytest.approx(10.0, rel=1e-14)


def test_phi_is_the_closed_form_everywhere() -> None:
    z = ca.SX.sym("z")
    of = ca.Function("phi", [z], [phi(z)])
    for value in [0.0, *np.outer([-1.0, 1.0], np.geomspace(1e-12, 30.0, 200)).ravel()]:
        exact = math.expm1(value) / value if value else 1.0
        assert float(of(value)) == pytest.approx(exact, rel=3e-14), value
