"""Model Exchange: a ball on a floor, against its closed form, through every kind of event."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lesser_fmu import without_state
from numpy.typing import NDArray
from probe_fmu import SOURCES, build_fmu, pack

from twin.errors import BadInput, PlantLost
from twin.plant import FmuFile, Network, Running, open_fmu
from twin.plant.fmu import Solver

S = 1_000_000_000
OUTPUTS = ["height", "ticks", "seen", "bounces", "rounds", "rests"]
G = 9.81

FMI = pytest.mark.parametrize("fmi", [2, 3])
SOLVERS = pytest.mark.parametrize("solver", ["cvode", "fixed"])
BOTH = pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("balls")
    return {fmi: build_fmu("ball", fmi, folder) for fmi in (2, 3)}


@pytest.fixture
def balls(paths: dict[int, Path]) -> Iterator[dict[tuple[int, str], FmuFile]]:
    files = {
        (fmi, solver): open_fmu(paths[fmi], running=Running(solver=solver))
        for fmi in (2, 3)
        for solver in ("cvode", "fixed")
    }
    yield files
    for file in files.values():
        file.close()


def ball(file: FmuFile, *, compiled: bool = True, **more: float) -> Network:
    parameters = {f"ball.{k}": v for k, v in more.items() if k not in ("h", "v")}
    start = {f"ball.{k}": v for k, v in more.items() if k in ("h", "v")}
    return Network(
        {"ball": file},
        [],
        ["ball.drag", "ball.kick"],
        [f"ball.{name}" for name in OUTPUTS],
        parameters=parameters,
        start=start,
        compiled=compiled,
    )


def inputs(steps: int, drag: float = 0.0) -> NDArray[np.float64]:
    return np.tile([drag, 0.0], (steps, 1))


def closed_form(t: float, h: float = 1.0, e: float = 0.7) -> tuple[float, int]:
    """Height [m] and bounces of a ball dropped from `h` [m] at `t` [s], for t before it rests."""
    first = math.sqrt(2.0 * h / G)
    if t < first:
        return h - G / 2.0 * t * t, 0
    t, v, bounces = t - first, e * G * first, 1
    while t > 2.0 * v / G:
        t, v, bounces = t - 2.0 * v / G, e * v, bounces + 1
    return v * t - G / 2.0 * t * t, bounces


@FMI
@SOLVERS
def test_an_fmu_is_told_after_each_step_whether_it_may_be_set_back(
    paths: dict[int, Path], tmp_path: Path, fmi: int, solver: Solver
) -> None:
    forgetful = without_state(paths[fmi], tmp_path / "forgetful.fmu")
    for path, told in ((paths[fmi], 0.0), (forgetful, 1.0)):
        with (
            open_fmu(path, running=Running(solver=solver)) as file,
            Network({"ball": file}, [], ["ball.drag", "ball.kick"], ["ball.never_back"]) as network,
        ):
            network.initialize(np.zeros(2))
            assert network.step(np.zeros(2), S // 10) == [told]


@FMI
@SOLVERS
@BOTH
def test_state_events_are_found_where_they_are(balls, fmi, solver, compiled) -> None:
    with ball(balls[fmi, solver], compiled=compiled) as network:
        network.initialize(np.zeros(2))
        for k, row in enumerate(network.run(inputs(20), S // 10)):
            height, bounces = closed_form((k + 1) / 10)
            assert row[0] == pytest.approx(height, abs=2e-6)
            assert row[3] == bounces


@FMI
@SOLVERS
def test_time_events_come_on_time_and_are_iterated_to_the_end(balls, fmi, solver) -> None:
    """Ticks at 0.25 s, 0.5 s...: the one that falls on a communication point belongs to it."""
    with ball(balls[fmi, solver], g=0.0, mark=5.0) as network:
        first = network.initialize(np.zeros(2))
        rows = network.run(inputs(20), S // 8)
    assert rows[:, 1].tolist() == [(k + 1) // 2 for k in range(20)]
    # each tick needs two rounds; the first state needs one
    assert (rows[:, 4] - first[4]).tolist() == [2 * ((k + 1) // 2) for k in range(20)]


@FMI
@SOLVERS
def test_step_event(balls, fmi, solver) -> None:
    """Thrown up from the floor at 3 m/s: seen once it is above the mark, and never before."""
    with ball(balls[fmi, solver], h=0.0, v=3.0, mark=0.4) as network:
        network.initialize(np.zeros(2))
        rows = network.run(inputs(30), S // 100)
    assert rows[0, 2] == 0.0
    above = rows[:, 0] > 0.4
    assert above.any()
    np.testing.assert_array_equal(np.maximum.accumulate(above), rows[:, 2] > 0.0)


@FMI
@SOLVERS
@BOTH
def test_inputs_and_parameters_change_in_event_mode(balls, fmi, solver, compiled) -> None:
    """The FMU refuses them elsewhere. A kick adds 1 m/s on its rising edge only."""
    given = inputs(10)
    given[4:, 1] = 1.0
    with ball(balls[fmi, solver], compiled=compiled, h=5.0) as network:
        network.initialize(np.zeros(2))
        rows = network.run(given, S // 20)
        t = 0.5
        assert rows[-1, 0] == pytest.approx(5.0 - G / 2 * t * t + 1.0 * (t - 0.2), abs=3e-6)
        network.set_parameter("ball.g", 0.0)
        falls = (network.step(given[-1], S // 20)[0] - rows[-1, 0]) / 0.05
        assert falls == pytest.approx(1.0 - G * t, rel=1e-5)


@FMI
@SOLVERS
def test_drag_against_the_exact_solution(balls, fmi, solver) -> None:
    """dv/dt = -g - c v, h(0) = 20 m: v = -g/c (1 - exp(-c t))."""
    c, t = 0.8, 1.5
    with ball(balls[fmi, solver], h=20.0) as network:
        network.initialize(np.array([c, 0.0]))
        height = network.run(inputs(15, c), S // 10)[-1, 0]
    exact = 20.0 - G / c * (t - (1.0 - math.exp(-c * t)) / c)
    assert height == pytest.approx(exact, rel=1e-6)


@FMI
@SOLVERS
def test_compiled_and_plain_give_the_same_bytes(balls, probes, fmi, solver) -> None:
    """A network of Model Exchange and Co-Simulation, each fed by the other."""
    results = []
    given = np.random.default_rng(3).uniform(0.0, 1.0, (60, 2))
    for compiled in (True, False):
        with Network(
            {"ball": balls[fmi, solver], "lag": probes[2], "last": probes[3]},
            [("lag.z", "last.u"), ("ball.bounces", "lag.u")],
            ["ball.drag", "ball.kick"],
            ["ball.height", "lag.y", "last.y", "ball.rests"],
            compiled=compiled,
        ) as network:
            first = network.initialize(given[0])
            results.append(first.tobytes() + network.run(given, S // 20).tobytes())
    assert results[0] == results[1]


@FMI
@SOLVERS
def test_save_and_restore_give_the_same_bits(balls, fmi, solver) -> None:
    given = np.random.default_rng(4).uniform(0.0, 1.0, (60, 2))
    with ball(balls[fmi, solver]) as network, ball(balls[fmi, solver]) as other:
        network.initialize(given[0])
        network.run(given[:20], S // 30)
        state = network.save()
        first = network.run(given[20:], S // 30)
        network.restore(state)
        np.testing.assert_array_equal(network.run(given[20:], S // 30), first)
        other.initialize(np.zeros(2))
        other.restore(state)
        np.testing.assert_array_equal(other.run(given[20:], S // 30), first)


@FMI
@SOLVERS
@BOTH
def test_an_fmu_that_ends_the_run_is_named(balls, fmi, solver, compiled) -> None:
    with ball(balls[fmi, solver], compiled=compiled, stop_at=0.33) as network:
        network.initialize(np.zeros(2))
        function = "fmi2NewDiscreteStates" if fmi == 2 else "fmi3UpdateDiscreteStates"
        pattern = rf"t = 0\.3 s: ball: {function} answered that the simulation must end"
        with pytest.raises(PlantLost, match=pattern):
            network.run(inputs(10), S // 10)


@FMI
@SOLVERS
@BOTH
def test_derivatives_that_leave_the_numbers_are_named(balls, fmi, solver, compiled) -> None:
    with ball(balls[fmi, solver], compiled=compiled, bad_at=0.4) as network:
        network.initialize(np.zeros(2))
        with pytest.raises(PlantLost, match=r"ball\.der\(v\): answered nan, .*not a finite"):
            network.run(inputs(10), S // 10)


@FMI
@SOLVERS
def test_events_without_end(balls, fmi, solver) -> None:
    """A clock that ticks without time getting on."""
    with ball(balls[fmi, solver], tick=0.0) as network:
        network.initialize(np.zeros(2))
        with pytest.raises(PlantLost, match=r"ball: \d+ events at \S+ s, without end"):
            network.run(inputs(10), S // 10)


@FMI
def test_shorter_steps_find_events_closer(paths, fmi) -> None:
    errors = []
    for step in (0.1, 0.01):
        with (
            open_fmu(paths[fmi], running=Running(solver="fixed", step_s=step)) as file,
            ball(file) as network,
        ):
            network.initialize(np.array([3.0, 0.0]))
            errors.append(network.run(inputs(4, 3.0), S // 10)[-1, 0])
    exact = 1.0 - G / 3.0 * (0.4 - (1.0 - math.exp(-3.0 * 0.4)) / 3.0)
    assert abs(errors[1] - exact) < abs(errors[0] - exact) / 1e3 + 1e-13


def test_interfaces_that_are_refused(paths, probe_paths) -> None:
    with pytest.raises(BadInput, match=r"interface = 'co_simulation': .*only model_exchange"):
        open_fmu(paths[2], running=Running("co_simulation"))
    with pytest.raises(BadInput, match=r"interface = 'model_exchange': .*only co_simulation"):
        open_fmu(probe_paths[2], running=Running("model_exchange"))
    with pytest.raises(BadInput, match="solver = 'fixed': belongs to model_exchange"):
        open_fmu(probe_paths[2], running=Running(solver="fixed"))


@FMI
def test_co_simulation_goes_first_where_both_are_there(tmp_path, paths, fmi) -> None:
    text = (SOURCES / f"ball{fmi}.xml").read_text()
    both = text.replace(
        "<UnitDefinitions>", '<CoSimulation modelIdentifier="probe"/><UnitDefinitions>', 1
    )
    with open_fmu(paths[fmi]) as file:
        path = pack(tmp_path / "both.fmu", both, file.library, fmi)
    with open_fmu(path) as file:
        assert file.interface == "co_simulation"
    with open_fmu(path, running=Running("model_exchange")) as file:
        assert file.interface == "model_exchange"
        assert file.running.solver == "cvode"
