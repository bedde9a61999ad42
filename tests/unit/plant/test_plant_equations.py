"""Real FMUs seen as equations: Jacobians, steps and events, in FMI 2.0 and 3.0."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from lesser_fmu import with_other_names, without_derivatives, without_states
from numpy.typing import NDArray
from scipy.linalg import expm

from twin.errors import BadInput
from twin.estimation.rosenbrock import step_of, through, transition
from twin.factors import factors_of
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, Running, open_fmu
from twin.plant.network import Network
from twin.site.model import BUILT_FMUS
from twin.sparse import dense

Matrix = NDArray[np.float64]

MODEL_EXCHANGE = Running(interface="model_exchange")
CASES = {
    "CoolingLoop": (
        {
            "P_it": 3.5e6,
            "T_outdoor": 270.0,
            "u_pump": 0.8,
            "u_valve": 0.5,
            "u_fan": 0.5,
            "T_source_return": 305.0,
            "m_source": 60.0,
        },
        ("T_supply", "T_source", "m_facility"),
        ("cdu_fouling", "UA_cdu"),
    ),
    "HeatPump": (
        {
            "T_source_in": 311.0,
            "T_sink_in": 319.0,
            "m_sink": 25.0,
            "u_run": 1.0,
            "u_compressor": 0.8,
            "u_source_pump": 0.8,
        },
        ("T_sink_out", "T_condensing", "P_electric"),
        ("condenser_fouling", "UA_condenser"),
    ),
    "DistrictNetwork": (
        {
            "T_plant": 353.0,
            "T_outdoor": 270.0,
            "T_soil": 276.0,
            "Q_demand": 2.5e6,
            "u_pump": 0.8,
            "u_boiler": 0.0,
        },
        ("T_return", "T_consumer", "m_network"),
        ("substation_fouling", "k_soil"),
    ),
}


@pytest.fixture(scope="module")
def files() -> Iterator[dict[str, FmuFile]]:
    with ExitStack() as stack:
        yield {
            f"{model}{ending}": stack.enter_context(
                open_fmu(BUILT_FMUS / f"{model}{ending}.fmu", running=MODEL_EXCHANGE)
            )
            for model in CASES
            for ending in ("", ".fmi3")
        }


def followed(equations: Equations, u: Matrix, seconds: int, h: float) -> tuple[Matrix, Matrix]:
    """States and outputs after steps of `h` [s], with a Jacobian of each minute's own."""
    x, _ = equations.start(u)
    still = np.zeros(len(x))
    anything = np.full(len(x), np.inf)
    rows = np.tile(u, (max(1, round(60.0 / h)), 1))
    for minute in range(seconds // 60):
        slopes = dense(equations.jacobian(minute * 60.0, x, u))[: len(x), : len(x)]
        step = step_of(np.ascontiguousarray(slopes), h, np.arange(len(x)))
        x, y = equations.follow(minute * 60.0, h, x, rows, step, still, anything)
    return x, y[-1]


@pytest.mark.parametrize("ending", ["", ".fmi3"])
@pytest.mark.parametrize("model", CASES)
def test_jacobian_is_what_differences_say(
    files: dict[str, FmuFile], model: str, ending: str
) -> None:
    inputs, outputs, parameters = CASES[model]
    u = np.array(list(inputs.values()))
    tell = (list(inputs), outputs, parameters)
    with Equations(files[f"{model}{ending}"], "p", *tell) as equations:
        x, _ = followed(equations, u, 3600, 10.0)
        J = dense(equations.jacobian(3600.0, x, u))
        n = len(x)
        assert J.shape == (n + len(outputs), n + len(u) + len(parameters))
        still, wide = np.zeros(n), np.full(n, np.inf)
        # with the factors of the identity a step is explicit: x + h (1.5 k1 + 0.5 k2) for tiny h
        h, explicit = 1e-4, factors_of(np.eye(n), np.arange(n))
        warm = [i for i, name in enumerate(equations.states) if not name.startswith("meter.")]

        def slopes(x: Matrix, u: Matrix) -> Matrix:
            after, _ = equations.follow(3600.0, h, x, u[None], explicit, still, wide)
            return (after - x) / h

        for i in range(len(u)):
            du = np.zeros(len(u))
            du[i] = 1e-4 * max(1.0, abs(u[i]))
            numeric = (slopes(x, u + du) - slopes(x, u - du)) / (2.0 * du[i])
            expected = J[warm, n + i]
            assert numeric[warm] == pytest.approx(
                expected, abs=2e-3 * np.abs(expected).max() + 1e-9
            )


@pytest.mark.parametrize("ending", ["", ".fmi3"])
@pytest.mark.parametrize("model", CASES)
def test_along_a_direction_is_the_jacobian_times_it(
    files: dict[str, FmuFile], model: str, ending: str
) -> None:
    inputs, outputs, parameters = CASES[model]
    u = np.array(list(inputs.values()))
    tell = (list(inputs), outputs, parameters)
    with Equations(files[f"{model}{ending}"], "p", *tell) as equations:
        x, _ = followed(equations, u, 600, 10.0)
        J = dense(equations.jacobian(600.0, x, u))
        direction = np.random.default_rng(5).normal(size=J.shape[1])
        along = equations.along(600.0, x, u, direction)
        counted = J.any(axis=1)  # a meter's row is 0 in the Jacobian
        assert counted.sum() > len(outputs)
        expected = (J @ direction)[counted]
        assert along[counted] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("model", CASES)
def test_both_versions_give_the_same_bits(files: dict[str, FmuFile], model: str) -> None:
    inputs, outputs, parameters = CASES[model]
    u = np.array(list(inputs.values()))
    found = []
    for ending in ("", ".fmi3"):
        with Equations(files[f"{model}{ending}"], "p", list(inputs), outputs, parameters) as e:
            x, y = followed(e, u, 1800, 10.0)
            found.append((x.tobytes(), y.tobytes(), dense(e.jacobian(1800.0, x, u)).tobytes()))
    assert found[0] == found[1]


@pytest.mark.parametrize("ending", ["", ".fmi3"])
@pytest.mark.parametrize("differentiates", [True, False])
def test_states_are_what_the_derivatives_point_at_whatever_they_are_called(
    tmp_path: Path, ending: str, differentiates: bool
) -> None:
    inputs, outputs, parameters = CASES["HeatPump"]
    u = np.array(list(inputs.values()))
    usual = BUILT_FMUS / f"HeatPump{ending}.fmu"
    if not differentiates:
        usual = without_derivatives(usual, tmp_path / "usual.fmu")
    other = with_other_names(usual, tmp_path / "other.fmu")
    by_name = without_states(usual, tmp_path / "by_name.fmu")
    found = []
    for path in (usual, other, by_name):
        with (
            open_fmu(path, running=MODEL_EXCHANGE) as file,
            Equations(file, "p", list(inputs), outputs, parameters) as equations,
        ):
            x, y = followed(equations, u, 600, 10.0)
            J = dense(equations.jacobian(600.0, x, u))
            found.append((equations.states, x.tobytes(), y.tobytes(), J.tobytes()))
    assert found[0] == found[1] == found[2]
    nameless = without_states(other, tmp_path / "nameless.fmu")
    with (
        open_fmu(nameless, running=MODEL_EXCHANGE) as file,
        pytest.raises(
            BadInput, match=r"^p\.slope_\S+: its FMU names no single variable .*nameless"
        ),
    ):
        Equations(file, "p", list(inputs), outputs)


@pytest.mark.parametrize("model", CASES)
def test_steps_arrive_where_co_simulation_does(files: dict[str, FmuFile], model: str) -> None:
    """Through the cold start, the events of the heat pump included, to the same steady plant."""
    inputs, outputs, _ = CASES[model]
    u = np.array(list(inputs.values()))
    with Equations(files[model], "p", list(inputs), outputs) as equations:
        _, y = followed(equations, u, 3 * 3600, 2.0)
    with open_fmu(BUILT_FMUS / f"{model}.fmu") as file:
        names = [f"p.{n}" for n in inputs], [f"p.{n}" for n in outputs]
        with Network({"p": file}, [], *names) as network:
            network.initialize(u)
            expected = network.run(np.tile(u, (3 * 3600, 1)), 10**9)[-1]
    assert y == pytest.approx(expected, rel=2e-4)


def test_stops_before_a_step_that_bends_too_much(files: dict[str, FmuFile]) -> None:
    inputs, outputs, _ = CASES["CoolingLoop"]
    u = np.array(list(inputs.values()))
    with Equations(files["CoolingLoop"], "p", list(inputs), outputs) as equations:
        x, _ = equations.start(u)
        n = len(x)
        slopes = np.ascontiguousarray(dense(equations.jacobian(0.0, x, u))[:n, :n])
        step = step_of(slopes, 10.0, np.arange(n))
        rows, still = np.tile(u, (6, 1)), np.zeros(n)
        same, made = equations.follow(0.0, 10.0, x, rows, step, still, np.full(n, 1e-12))
        assert len(made) == 0
        assert same.tobytes() == x.tobytes()


def test_refuses_what_it_cannot_use(files: dict[str, FmuFile]) -> None:
    with pytest.raises(BadInput, match="cdu_foulin"):
        Equations(files["CoolingLoop"], "p", [], [], ["cdu_foulin"])
    with open_fmu(BUILT_FMUS / "CoolingLoop.fmu") as other, pytest.raises(BadInput, match="Model"):
        Equations(other, "p", [], [])


def test_the_step_is_of_second_order_and_forgets_what_is_stiff() -> None:
    A = np.array([[-0.3, 0.2], [0.1, -0.5]])
    order = np.arange(2)
    errors = [np.abs(transition(step_of(A, h, order)) - expm(h * A)).max() for h in (0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(8.0, rel=0.1)  # local error of order three
    # L-stable: what should have died out within a step has
    assert np.abs(transition(step_of(np.array([[-1e9]]), 1.0, order[:1]))).max() < 1e-8
    load = np.array([[1.0], [2.0]])
    exact = np.linalg.solve(A, (expm(0.01 * A) - np.eye(2)) @ load)
    assert through(step_of(A, 0.01, order), A, 0.01, load) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("ending", ["", ".fmi3"])
@pytest.mark.parametrize("model", CASES)
def test_a_parameter_can_change_while_the_model_runs(
    files: dict[str, FmuFile], model: str, ending: str
) -> None:
    """From the same states on it is the model that had the value from the beginning."""
    inputs, outputs, parameters = CASES[model]
    u, fault = np.array(list(inputs.values())), parameters[0]
    tell = (files[f"{model}{ending}"], "p", list(inputs), outputs, parameters)
    after = []
    with Equations(*tell) as changed, Equations(*tell, {fault: 0.3}) as born:
        x, _ = followed(changed, u, 600, 10.0)
        before = dense(changed.jacobian(600.0, x, u))
        assert changed.value(fault) == 0.0
        assert born.value(fault) == 0.3
        assert changed.go_to(600.0, x, {fault: 0.3}).tobytes() == x.tobytes()
        born.start(u)
        for equations in (changed, born):
            equations.go_to(600.0, x)
            J = dense(equations.jacobian(600.0, x, u))
            slopes = np.ascontiguousarray(J[: len(x), : len(x)])
            rows, still = np.tile(u, (60, 1)), np.zeros(len(x))
            step = step_of(slopes, 10.0, np.arange(len(x)))
            limit = np.full(len(x), np.inf)
            end, y = equations.follow(600.0, 10.0, x, rows, step, still, limit)
            after.append((J.tobytes(), end.tobytes(), y.tobytes()))
        assert before.tobytes() != after[0][0]
    assert after[0] == after[1]
