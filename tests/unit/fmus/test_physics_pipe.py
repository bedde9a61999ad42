"""The pipe against what can be said without a grid: transport time, heat content, decay."""

import casadi as ca
import numpy as np
import pytest
from model_runs import Runner

from fmus.equations import SX, Model
from fmus.physics.pipe import (
    Geometry,
    backward_share,
    faces,
    loss_conductance,
    pipe,
    two_way_faces,
)
from fmus.physics.volume import meter
from fmus.physics.water import CP_WATER, RHO_HEATING

LENGTH, DIAMETER, WALL = 750.0, 0.2101, 0.0045
STEEL = 7850.0 * 480.0
WATER_PER_M = RHO_HEATING * CP_WATER * np.pi / 4 * DIAMETER**2
STEEL_PER_M = STEEL * np.pi * (DIAMETER + WALL) * WALL
U_PER_M = 1.0 / (
    np.log((DIAMETER + 2 * WALL + 2 * 0.068) / (DIAMETER + 2 * WALL)) / (2 * np.pi * 0.024)
    + np.log(4 * 1.0 / (DIAMETER + 2 * WALL + 2 * 0.068)) / (2 * np.pi * 1.5)
)


def _geometry() -> Geometry:
    values = (LENGTH, DIAMETER, WALL, 0.068, 0.024, 1.0, 1.5, 4000.0, 30.0)
    return Geometry(*[SX(v) for v in values])


def _model(start: float, cells: int = 12) -> Model:
    model = Model("Pipe", "one pipe")
    flow = model.input("m", 25.0, "kg/s", "flow")
    T_inlet = model.input("T_inlet", start, "K", "inlet")
    wet = model.parameter("wet", 1.0, "-", "loss factor")
    one = pipe(model, "p", _geometry(), flow, T_inlet, SX(275.0), wet, start, cells)
    model.output("T_outlet", one.T_outlet, "K", "outlet")
    model.output("Q_loss", one.Q_loss, "W", "loss")
    total = SX(0.0)
    for store in one.stores:
        total = total + store.stored()
    model.output("stored", total, "J", "heat content")
    meter(model, "E_in", CP_WATER * flow * (T_inlet - one.T_outlet), "heat in less heat out")
    meter(model, "E_loss", one.Q_loss, "loss")
    return model


def _step_answer(h: float, m: float) -> tuple[np.ndarray, np.ndarray]:
    """Time [s] and outlet's share of an inlet step [-], without loss, at flow `m` [kg/s]."""
    runner = Runner(_model(330.0))
    runner.set(m=m, T_inlet=340.0, wet=0.0)
    t, y = [0.0], [0.0]
    for _ in range(round(3 * LENGTH * WATER_PER_M / (m * CP_WATER) / h)):
        runner.step(h)
        t.append(runner.t)
        y.append((runner.get("T_outlet") - 330.0) / 10.0)
    return np.array(t), np.array(y)


@pytest.mark.parametrize("m", [8.0, 30.0])
def test_a_step_arrives_after_the_transport_time_of_water_and_wall(m: float) -> None:
    t, y = _step_answer(4.0, m)
    delay = np.trapezoid(1.0 - y, t)  # mean residence time, whatever the smearing
    assert delay == pytest.approx(LENGTH * (WATER_PER_M + STEEL_PER_M) / (m * CP_WATER), rel=2e-3)
    rise = t[np.argmax(y > 0.9)] - t[np.argmax(y > 0.1)]
    assert rise < 0.35 * delay  # plain upwind over 12 cells: 0.73
    assert y.max() < 1.08
    assert y.min() > -0.08


def test_a_steady_pipe_cools_exponentially() -> None:
    runner = Runner(_model(350.0))
    runner.set(m=3.0, T_inlet=350.0)
    runner.run(6 * 3600.0, 60.0)
    film = 1.0 / (4000.0 * (0.01 + 0.0025) ** 0.4 * np.pi * DIAMETER)
    U = 1.0 / (1.0 / U_PER_M + film)
    expected = 275.0 + 75.0 * np.exp(-U * LENGTH / (3.0 * CP_WATER))
    assert runner.get("T_outlet") == pytest.approx(expected, abs=2e-3)
    assert runner.get("Q_loss") == pytest.approx(3.0 * CP_WATER * (350.0 - expected), rel=2e-3)


def test_standing_water_cools_with_its_own_time_constant() -> None:
    runner = Runner(_model(350.0))
    runner.set(m=0.0)
    runner.run(10 * 3600.0, 60.0)
    expected = 275.0 + 75.0 * np.exp(-10 * 3600.0 * U_PER_M / (WATER_PER_M + STEEL_PER_M))
    assert runner.state("p.T[6]") == pytest.approx(expected, abs=0.02)
    assert np.ptp([runner.state(f"p.T[{i}]") for i in range(1, 13)]) < 1e-9


def test_what_enters_and_is_not_lost_is_stored_or_leaves() -> None:
    runner = Runner(_model(330.0))
    rng = np.random.default_rng(3)
    for _ in range(40):
        runner.set(
            m=float(rng.choice([0.0, 1e-6, 5.0, 35.0])),
            T_inlet=float(rng.uniform(310, 380)),
            wet=float(rng.choice([1.0, 10.0])),
        )
        runner.run(120.0, 4.0)
    y = runner.outputs()
    assert abs(y["stored"]) > 1e7
    assert y["E_in"] - y["E_loss"] - y["stored"] == pytest.approx(0.0, abs=1e-11 * abs(y["E_in"]))


def test_faces_of_a_parabola_are_exact_inside() -> None:
    """Third order: cell means of a parabola give the parabola at the inner faces."""
    edge = np.linspace(0.0, 8.0, 9)
    mean = np.diff(edge**3 / 3.0 + 5.0 * edge)
    T = ca.SX.sym("T", 8)
    face = np.asarray(ca.Function("f", [T], [faces(SX(5.0), T)])(mean)).ravel()
    assert face[2:8] == pytest.approx(edge[2:8] ** 2 + 5.0, rel=1e-12)
    assert face[0] == 5.0


def test_loss_conductance_is_that_of_two_shells() -> None:
    assert float(loss_conductance(_geometry())) == pytest.approx(U_PER_M, rel=1e-12)


# ---- flow of either sign -----------------------------------------------------------------------


def _two_way(start: float = 330.0) -> Model:
    model = Model("TwoWay", "one pipe, flow of either sign")
    flow = model.input("m", 25.0, "kg/s", "flow")
    T_a = model.input("T_a", start, "K", "outside end a")
    T_b = model.input("T_b", start, "K", "outside end b")
    wet = model.parameter("wet", 1.0, "-", "loss factor")
    one = pipe(model, "p", _geometry(), flow, T_a, SX(275.0), wet, start, T_far=T_b)
    model.output("T_face_a", one.T_a, "K", "face at a")
    model.output("T_face_b", one.T_b, "K", "face at b")
    total = SX(0.0)
    for store in one.stores:
        total = total + store.stored()
    model.output("stored", total, "J", "heat content")
    meter(model, "E_in", CP_WATER * flow * (one.T_a - one.T_b), "heat in less heat out")
    meter(model, "E_loss", one.Q_loss, "loss")
    return model


def test_backward_flow_is_forward_flow_in_a_mirror() -> None:
    there, back = Runner(_two_way()), Runner(_two_way())
    there.set(m=20.0, T_a=350.0, T_b=310.0)
    back.set(m=-20.0, T_a=310.0, T_b=350.0)
    there.run(400.0, 4.0)
    back.run(400.0, 4.0)
    for i in range(1, 13):
        assert there.state(f"p.T[{i}]") == pytest.approx(back.state(f"p.T[{13 - i}]"), rel=1e-13)
    assert there.get("T_face_b") == pytest.approx(back.get("T_face_a"), rel=1e-13)
    assert there.get("T_face_a") == 350.0


def test_books_close_through_reversal_and_standstill() -> None:
    runner = Runner(_two_way())
    rng = np.random.default_rng(5)
    for _ in range(60):
        runner.set(
            m=float(rng.choice([0.0, 1e-6, -1e-6, 0.1, -0.1, 20.0, -20.0, 35.0, -35.0])),
            T_a=float(rng.uniform(300, 380)),
            T_b=float(rng.uniform(300, 380)),
        )
        runner.run(120.0, 4.0)
    y = runner.outputs()
    moved = 60 * 120.0 * 20.0 * CP_WATER * 30.0
    assert abs(y["E_in"] - y["E_loss"] - y["stored"]) < 1e-12 * moved


def test_slopes_are_finite_and_continuous_through_zero_flow() -> None:
    m, T = ca.SX.sym("m"), ca.DM([340.0, 330.0, 320.0])
    flux = m * two_way_faces(SX(350.0), SX(T), SX(300.0), backward_share(m, 0.3))
    slope = ca.Function("slope", [m], [ca.jacobian(flux, m)])
    around = [np.asarray(slope(v)).ravel() for v in np.linspace(-0.4, 0.4, 801)]
    assert np.all(np.isfinite(around))
    assert np.abs(np.diff(around, axis=0)).max() < 0.5  # K a millikilogram: no jump
    assert np.asarray(ca.Function("f", [m], [flux])(0.0)).ravel() == pytest.approx(0.0, abs=0.0)
