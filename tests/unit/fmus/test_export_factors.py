"""Factors of a step's matrix are kept from step to step: same bits, same order, closed books."""

from pathlib import Path

import casadi as ca
import numpy as np
import pytest
from export_models import WATER, references
from fmpy import extract, read_model_description
from scipy.integrate import solve_ivp

import fmus.export.functions
import fmus.export.package
from fmus.equations import Model
from fmus.export import build
from fmus.export.session import Session

CAPACITY, LOSS = 2.0e6, 400.0


def rig() -> Model:
    """Water through three volumes that lose heat; its flow has a law of its own."""
    model = Model("Rig", "Three volumes in a row")
    inlet = model.input("T_in", 320.0, "K", "inlet")
    drive = model.input("drive", 4.0, "-", "what drives the flow")
    clogged = model.parameter("clogged", 0.0, "-", "fault", min=0.0, max=1.0, tunable=True)
    m = model.algebraic("m", 2.0, "kg/s", "flow", nominal=2.0)
    model.solve(m, m * ca.sqrt(m * m + 0.01) - drive * (1.0 - clogged))
    T = model.state("T", 300.0, "K", "volumes", size=3, nominal=300.0)
    heat_in = model.state("E_in", 0.0, "J", "heat in", nominal=1e6)
    heat_lost = model.state("E_loss", 0.0, "J", "heat lost", nominal=1e6)
    loss = LOSS * (1.0 + 0.01 * (T - 300.0)) * (T - 280.0)
    upstream = ca.vertcat(inlet, T[0], T[1])
    model.der(T, (m * WATER * (upstream - T) - loss) / CAPACITY)
    model.der(heat_in, m * WATER * (inlet - T[2]))
    model.der(heat_lost, ca.sum1(loss))
    model.output("T_out", T[2], "K", "outlet")
    model.output("m", m, "kg/s", "flow")
    return model


def _exact(inlet: float, drive: float, until: float) -> np.ndarray:
    """Temperatures and meters of the rig from its start, by other means."""
    m = np.sqrt(0.5 * (np.sqrt(0.01**2 + 4.0 * drive**2) - 0.01))

    def slope(_: float, x: np.ndarray) -> np.ndarray:
        T = x[:3]
        loss = LOSS * (1.0 + 0.01 * (T - 300.0)) * (T - 280.0)
        taken = m * WATER * (np.array([inlet, T[0], T[1]]) - T)
        return np.array([*(taken - loss) / CAPACITY, taken.sum(), loss.sum()])

    start = [300.0, 300.0, 300.0, 0.0, 0.0]
    return solve_ivp(slope, (0.0, until), start, rtol=1e-12, atol=1e-9).y[:, -1]


KINDS = ("written out", "factorised in the shell")


def _built(kind: str, near: str, folder: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        if kind != "written out":
            patch.setattr(fmus.export.functions, "LARGEST_UNROLLED", 0)
        if near:
            given = fmus.export.package.sources

            def other(code: object) -> dict[str, str]:
                files = given(code)
                before, _, rest = files["factors.c"].partition("#define NEAR ")
                assert rest
                _, _, after = rest.partition("\n")
                return {**files, "factors.c": f"{before}#define NEAR {near}\n{after}"}

            patch.setattr(fmus.export.package, "sources", other)
        path = build(rig(), folder / "built", fmi=("2.0",))[0]
    return extract(path, folder / "unpacked")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return _built(kind, "", tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def never_kept(kind: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return _built(kind, "-1.0", tmp_path_factory.mktemp("fresh"))


def _running(folder: str) -> Session:
    return Session(folder, read_model_description(folder, validate=False), "CoSimulation")


def _go(run: Session, begin: int, end: int) -> list[list[float]]:
    """Rows of all that moves; inlet and drive wander slowly from second to second."""
    names = references(run, "T[1]", "T[2]", "T[3]", "E_in", "E_loss", "m")
    rows = []
    for k in range(begin, end):
        moved = [320.0 + 2.0 * np.sin(0.01 * k), 4.0 + 0.02 * np.sin(0.013 * k)]
        run.set(references(run, "T_in", "drive"), moved)
        run.step(float(k), 1.0)
        rows.append(run.get(names))
    return rows


def test_they_are_kept_and_it_makes_no_difference_that_counts(folder: str, never_kept: str) -> None:
    kept, fresh = _go(_running(folder), 0, 600), _go(_running(never_kept), 0, 600)
    assert kept != fresh
    off = np.abs(np.array(kept) - np.array(fresh)).max(axis=0)
    assert off[:3].max() < 1e-5  # K, of 20 K
    assert (off[3:5] / np.abs(fresh[-1][3:5])).max() < 1e-6
    assert off[5] < 1e-12  # the flow is solved for


@pytest.mark.parametrize("moment", [1, 7, 150, 299])
def test_a_restored_instance_goes_on_with_the_same_bits(folder: str, moment: int) -> None:
    """In a new process's instance, and in one that has been elsewhere since."""
    run = _running(folder)
    _go(run, 0, moment)
    state = run.save()
    data = run.to_bytes(state)
    expected = _go(run, moment, moment + 100)
    other = _running(folder)
    other.restore(other.from_bytes(data))
    assert _go(other, moment, moment + 100) == expected
    run.set(references(run, "drive"), [9.0])
    run.step(moment + 100.0, 50.0)
    run.restore(state)
    assert _go(run, moment, moment + 100) == expected


def test_a_parameter_that_was_touched_has_new_factors(folder: str) -> None:
    """Set and set back, so that the equations are the same: only the factors are not."""
    run = _running(folder)
    _go(run, 0, 20)
    state = run.save()
    expected = _go(run, 20, 30)
    run.restore(state)
    fault = references(run, "clogged")
    run.set(fault, [0.3])
    run.set(fault, [0.0])
    found = _go(run, 20, 30)
    assert found != expected
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_the_order_is_two(folder: str) -> None:
    exact, off = _exact(320.0, 4.0, 120.0), []
    for length in (1.0, 0.5):
        run = _running(folder)
        for k in range(round(120.0 / length)):
            run.step(k * length, length)
        found = np.array(run.get(references(run, "T[1]", "T[2]", "T[3]")))
        off.append(np.abs(found - exact[:3]).max())
    assert off[0] < 1e-4
    assert 3.0 < off[0] / off[1] < 5.0


def test_books_close_to_round_off(folder: str) -> None:
    *T, heat_in, heat_lost, _ = _go(_running(folder), 0, 600)[-1]
    stored = CAPACITY * (sum(T) - 900.0)
    assert abs(heat_in - heat_lost - stored) < 1e-12 * CAPACITY * sum(T)
