"""Algebraic unknowns, and large systems that the shell factorises: against scipy and CVODE."""

from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import casadi as ca
import fmpy
import numpy as np
import pytest
from export_models import WATER, branches, built, references, session
from fmpy.fmi1 import FMICallException
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, solve
from scipy.optimize import fsolve

import fmus.export.chunks
import fmus.export.codegen
import fmus.export.compile
import fmus.export.functions
from fmus.equations import Model
from fmus.export import build
from fmus.export.pattern_tables import pattern_table
from fmus.export.sparse_lu import SparseLU

VERSIONS = ("2.0", "3.0")


def flows(speed: float, T1: float, opening: float, t: float) -> tuple[float, float, float]:
    """The flows of `branches` by another solver, from its equations written again."""

    def missing(v):
        m1, m2, dp = v
        friction = 1.0 + 0.02 * (T1 - 300.0) + np.sqrt(m1 * m1 + 1e-4)
        head = 6.0 * speed**2 * (1.0 + 0.5 * np.exp(-t / 40.0))
        return [
            m1 * friction - dp,
            m2 - opening * dp * (dp * dp + 1e-2) ** -0.25,
            dp - head + 1.5 * (m1 + m2),
        ]

    return tuple(fsolve(missing, [1.0, 1.0, 3.0], xtol=1e-13))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("speed", [0.0, 0.02, 1.0, 2.0])
def test_unknowns_are_those_another_solver_finds(version, speed):
    run = session("Branches", version)
    run.set(references(run, "speed", "opening"), [speed, 0.8])
    run.step(0.0, 3.0)
    m1, dp, T1 = run.get(references(run, "m1", "dp", "T1"))
    expected = flows(speed, T1, 0.8, 3.0)
    assert m1 == pytest.approx(expected[0], rel=1e-9, abs=1e-9)
    assert dp == pytest.approx(expected[2], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("version", VERSIONS)
def test_co_simulation_agrees_with_cvode(version):
    runs = [
        fmpy.simulate_fmu(
            str(built("Branches", version)),
            fmi_type=interface,
            stop_time=200.0,
            output_interval=1.0,
            relative_tolerance=1e-11,
            output=["T1", "T2", "m1"],
        )
        for interface in ("CoSimulation", "ModelExchange")
    ]
    for name in ("T1", "T2", "m1"):
        assert np.max(np.abs(runs[0][name] / runs[1][name] - 1.0)) < 1e-5


def test_order_two_with_algebraic_unknowns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Half the step: a quarter of the error. Steps as they come, none shortened for its error."""
    monkeypatch.setattr(fmus.export.codegen, "ROUGH_AT_1S", 1.0)
    run = _session(build(branches(), tmp_path, fmi=("2.0",))[0], tmp_path)
    start = run.save()

    def after_16_s(length):
        run.restore(start)
        for k in range(round(16.0 / length)):
            run.step(k * length, length)
        return np.array(run.get(references(run, "T1", "m1")))

    exact = after_16_s(1.0 / 64.0)
    errors = [np.abs(after_16_s(length) - exact) for length in (0.5, 0.25, 0.125)]
    for coarse, fine in pairwise(errors):
        assert np.all(coarse / fine > 3.4)
        assert np.all(coarse / fine < 4.8)


def test_meters_close_and_a_restored_state_repeats_bit_for_bit():
    run = session("Branches", "2.0")
    names = references(run, "T1", "T2", "m1", "dp", "E_in", "E_stored")

    def go(start, count=100):
        rows = []
        for k in range(start, start + count):
            run.set(references(run, "speed", "T_in"), [abs((k % 40) / 20.0 - 1.0), 300.0 + k % 7])
            run.step(float(k), 1.0)
            rows.append(run.get(names))
        return rows

    e0 = run.get(names)[5]
    go(0)
    saved = run.save()
    first = go(100)
    run.restore(run.from_bytes(run.to_bytes(saved)))
    assert go(100) == first
    for *_, e_in, stored in first:
        assert abs(stored - e0 - e_in) < 1e-12 * stored


def test_equations_without_a_solution_are_an_error_that_says_so(tmp_path: Path):
    model = Model("NoWay", "No real root below zero")
    u = model.input("u", 4.0, "-", "square")
    root = model.algebraic("root", 1.0, "-", "its root")
    model.solve(root, root * root - u)
    x = model.state("x", 0.0, "-", "sum")
    model.der(x, root)
    path = build(model, tmp_path, fmi=("2.0",))[0]
    run = _session(path, tmp_path)
    run.step(0.0, 1.0)
    assert run.get(references(run, "x"))[0] == pytest.approx(2.0, rel=1e-12)
    run.set(references(run, "u"), [-1.0])
    with pytest.raises(FMICallException):
        run.step(1.0, 1.0)
    assert any("not solved at t = 1 s" in text for text in run.messages)


# ---- long steps ----------------------------------------------------------------------------------


def flushed() -> Model:
    """Water that stood and is flushed by a pump that starts within seconds; steps of a minute."""
    model = Model("Flushed", "Three cells behind a pump", h_max_s=60.0)
    u = model.input("u", 0.0, "-", "pump", min=0.0, max=1.0)
    n = model.state("n", 0.0, "-", "pump speed")
    T = model.state("T", [300.0, 320.0, 340.0], "K", "cells", size=3, nominal=300.0)
    count = model.state("E", 0.0, "J", "heat out", nominal=1e6)
    model.der(n, (u - n) / 2.0)
    flow = 30.0 * n
    model.der(T, flow * (ca.vertcat(280.0, T[0], T[1]) - T) / 500.0)
    model.der(count, WATER * flow * (T[2] - 280.0))
    model.output("T_out", T[2], "K", "outlet")
    return model


@pytest.mark.parametrize("largest", [0, 200])
def test_a_pump_that_starts_within_a_long_step_leaves_temperatures_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
):
    """Plain ROS2 gives 119 K here; with steps cut short where the stages disagree it does not."""
    monkeypatch.setattr(fmus.export.functions, "LARGEST_UNROLLED", largest)
    run = _session(build(flushed(), tmp_path, fmi=("2.0",))[0], tmp_path)
    names = references(run, "T[1]", "T[2]", "T[3]", "E")
    coldest = 400.0
    for k in range(30):
        run.set(references(run, "u"), [float(k >= 3)])
        run.step(60.0 * k, 60.0)
        *T, heat = run.get(names)
        coldest = min(coldest, *T)
    stored = 500.0 * WATER * (20.0 + 40.0 + 60.0)
    assert coldest > 279.0
    assert heat == pytest.approx(stored, rel=1e-6)


# ---- large systems -----------------------------------------------------------------------------


def chain(n: int) -> Model:
    """Diffusion along `n` cells with a flow between each pair as an algebraic unknown."""
    model = Model("Chain", "Cells in a row", h_max_s=0.05)
    end = model.input("T_end", 1.0, "K", "beyond the last cell")
    T = model.state("T", 0.0, "K", "cells", size=n)
    cells = ca.vertsplit(T)
    q = [model.algebraic(f"q[{i + 1}]", 0.0, "K/s", "exchange") for i in range(n)]
    for i, flow in enumerate(q):
        beyond = cells[i + 1] if i + 1 < n else end
        model.solve(flow, flow - 0.5 * (beyond - cells[i]))
    model.der(T, ca.vertcat(*[q[i] - (q[i - 1] if i else 0.0) for i in range(n)]))
    model.output("T_last", cells[-1], "K", "last cell")
    return model


def test_a_chain_of_600_unknowns_follows_the_matrix_exponential(tmp_path: Path):
    n = 300
    path = build(chain(n), tmp_path, fmi=("2.0",))[0]
    run = _session(path, tmp_path)
    for k in range(50):
        run.step(float(k), 1.0)
    A = 0.5 * (
        np.diag(-2.0 * np.ones(n)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    )
    A[0, 0] = -0.5
    b = np.zeros(n)
    b[-1] = 0.5
    exact = solve(A, (expm(50.0 * A) - np.eye(n)) @ b)
    got = np.array(run.get(references(run, *(f"T[{i + 1}]" for i in range(n)))))
    np.testing.assert_allclose(got, exact, atol=2e-5)


def test_written_out_and_factorised_steps_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same model by both ways: in pieces of seven statements, and each unit on its own."""
    monkeypatch.setenv("HUKKA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fmus.export.compile, "_LONG", 0)
    monkeypatch.setattr(fmus.export.functions, "LARGEST_UNROLLED", 0)
    monkeypatch.setattr(fmus.export.chunks, "LONGEST", 7)
    monkeypatch.setattr(fmus.export.chunks, "PIECE", 7)
    monkeypatch.setattr(fmus.export.codegen, "LONGEST", 7)
    shell = _session(build(branches(), tmp_path, fmi=("2.0",))[0], tmp_path)
    objects = len(list((tmp_path / "cache" / "objects").glob("*.o")))
    with ZipFile(tmp_path / "Branches.fmu") as archive:
        assert objects == sum(name.endswith(".c") for name in archive.namelist())
    unrolled = session("Branches", "2.0")
    for k in range(100):
        for run in (shell, unrolled):
            run.set(references(run, "speed"), [1.0 + 0.5 * (k % 3)])
            run.step(float(k), 1.0)
    names = ("T1", "T2", "m1", "dp", "E_in")
    np.testing.assert_allclose(
        shell.get(references(shell, *names)), unrolled.get(references(unrolled, *names)), rtol=1e-11
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_elimination_solves_any_dominant_pattern(n, seed):
    generator = np.random.default_rng(seed)
    A = np.where(generator.random((n, n)) < 0.3, generator.uniform(-1, 1, (n, n)), 0.0)
    A += np.diag(np.sign(generator.uniform(-1, 1, n)) * (1.0 + np.abs(A).sum(axis=1)))
    b = generator.uniform(-1, 1, n)
    symbols = ca.SX.sym("A", ca.DM(A).sparsity() if n else ca.Sparsity(0, 0))
    x = ca.Function("x", [symbols], [SparseLU(symbols).solve(ca.SX(ca.DM(b)))])(
        ca.sparsify(ca.DM(A))
    )
    np.testing.assert_allclose(np.asarray(x).ravel(), np.linalg.solve(A, b), rtol=1e-9, atol=1e-12)
    table = pattern_table("t", ca.sparsify(ca.DM(A)).sparsity())
    assert table.factors >= table.nonzeros >= n


def _session(path: Path, folder: Path):
    from fmus.export.session import Session

    with ZipFile(path) as archive:
        archive.extractall(folder / path.stem)
    description = fmpy.read_model_description(str(path), validate=False)
    return Session(folder / path.stem, description, "CoSimulation")
