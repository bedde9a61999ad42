"""Networks of real FMUs: compiled against plain, Jacobi order, failures, parameters, state."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lesser_fmu import without_state
from numpy.typing import NDArray
from probe_fmu import (
    DISCARD,
    ERROR,
    FATAL,
    GET_FAILS,
    NOT_A_NUMBER,
    SET_FAILS,
    TERMINATE,
    WARN,
)

from twin.errors import BadInput, PlantLost
from twin.plant import FmuFile, Network, open_fmu

S = 1_000_000_000
BOTH = pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
Probes = dict[int, FmuFile]


def ring(probes: Probes, *, compiled: bool = True) -> Network:
    """Three parts of both FMI versions in a ring with feed-through, K and degC mixed."""
    return Network(
        {"a": probes[2], "b": probes[3], "c": probes[2], "d": probes[3]},
        [("a.y", "b.u"), ("b.z", "c.u"), ("c.y", "d.u")],
        ["a.u"],
        ["d.y", "a.y", "a.z", "b.z", "c.z"],
        compiled=compiled,
    )


def changing_inputs(steps: int) -> NDArray[np.float64]:
    return np.random.default_rng(7).normal(300.0, 20.0, (steps, 1))


def single(file: FmuFile, *, compiled: bool = True, **parameters: float) -> Network:
    named = {f"part.{name}": float(value) for name, value in parameters.items()}
    return Network({"part": file}, [], ["part.u"], ["part.y"], parameters=named, compiled=compiled)


def test_compiled_and_plain_give_the_same_bytes(probes: Probes) -> None:
    inputs = changing_inputs(1000)
    results = []
    for compiled in (True, False):
        with ring(probes, compiled=compiled) as network:
            first = network.initialize(inputs[0])
            results.append(first.tobytes() + network.run(inputs, S).tobytes())
            assert network.time_ns == 1000 * S
    assert results[0] == results[1]


@BOTH
def test_many_calls_equal_one(probes: Probes, compiled: bool) -> None:
    inputs = changing_inputs(50)
    with ring(probes, compiled=compiled) as network:
        network.initialize(inputs[0])
        at_once = network.run(inputs, S // 10)
        network.initialize(inputs[0])
        one_by_one = [network.step(row, S // 10).copy() for row in inputs]
    np.testing.assert_array_equal(at_once, one_by_one)


@BOTH
def test_every_part_sees_the_last_point_of_the_others(probes: Probes, compiled: bool) -> None:
    """Written out by hand: dy/dt = 0.1 (u - y) thrice, each a step behind the one before."""
    inputs = changing_inputs(20)[:, 0]
    network = Network(
        {"a": probes[2], "b": probes[2], "c": probes[2]},
        [("a.y", "b.u"), ("b.y", "c.u")],
        ["a.u"],
        ["a.y", "b.y", "c.y"],
        compiled=compiled,
    )
    a = b = c = 1.0
    expected = []
    for u in inputs:
        a, b, c = a + 0.1 * (u - a), b + 0.1 * (a - b), c + 0.1 * (b - c)
        expected.append([a, b, c])
    with network:
        network.initialize(inputs[:1])
        np.testing.assert_allclose(network.run(inputs[:, None], S), expected, rtol=1e-14)


@BOTH
@pytest.mark.parametrize("fmi", [2, 3])
def test_an_fmu_is_told_whether_it_may_be_set_back(
    probe_paths: dict[int, Path], tmp_path: Path, fmi: int, compiled: bool
) -> None:
    """By noSetFMUStatePriorToCurrentPoint of each step: one whose state can be saved may be."""
    forgetful = without_state(probe_paths[fmi], tmp_path / "forgetful.fmu")
    for path, told in ((probe_paths[fmi], 0.0), (forgetful, 1.0)):
        with (
            open_fmu(path) as file,
            Network({"p": file}, [], ["p.u"], ["p.never_back"], compiled=compiled) as network,
        ):
            network.initialize(np.zeros(1))
            assert network.step(np.zeros(1), S) == [told]


def test_outputs_at_time_zero_follow_feed_through(probes: Probes) -> None:
    """z = 2 u + y, through b (degC) to c (K): settled before the first step."""
    with ring(probes) as network:
        _, a_y, a_z, b_z, c_z = network.initialize(np.array([5.0]))
    assert (a_y, a_z) == (1.0, 11.0)
    assert b_z == pytest.approx(2.0 * (1.0 - 273.15) + 1.0)
    assert c_z == pytest.approx(2.0 * (b_z + 273.15) + 1.0)


def test_initialize_starts_over(probes: Probes) -> None:
    with ring(probes) as network:
        first = network.initialize(np.array([5.0]))
        network.run(changing_inputs(10), S)
        np.testing.assert_array_equal(network.initialize(np.array([5.0])), first)
        assert network.time_ns == 0


@BOTH
def test_save_and_restore_give_the_same_bits(probes: Probes, compiled: bool) -> None:
    inputs = changing_inputs(30)
    with ring(probes, compiled=compiled) as network:
        network.initialize(inputs[0])
        network.run(inputs[:10], S)
        state = network.save()
        first = network.run(inputs[10:], S)
        network.restore(state)
        assert network.time_ns == 10 * S
        np.testing.assert_array_equal(network.run(inputs[10:], S), first)


@BOTH
@pytest.mark.parametrize("fmi", [2, 3])
@pytest.mark.parametrize(
    ("trip", "function", "word"),
    [
        (DISCARD, "DoStep", "Discard; its last message: tripped"),
        (ERROR, "DoStep", "Error; its last message: tripped"),
        (FATAL, "DoStep", "Fatal; its last message: tripped"),
        (SET_FAILS, "Set", "Error"),
        (GET_FAILS, "Get", "Error"),
    ],
)
def test_failures(
    probes: Probes, compiled: bool, fmi: int, trip: int, function: str, word: str
) -> None:
    with single(probes[fmi], compiled=compiled, trip_at=2.0, trip=trip) as network:
        network.initialize(np.zeros(1))
        pattern = rf"t = \S+ s: part: fmi{fmi}{function}\w* answered fmi{fmi}{word}"
        with pytest.raises(PlantLost, match=pattern) as lost:
            network.run(np.zeros((10, 1)), S // 2)
        # the probe reads its own clock: setting and getting look at the end of the step before
        assert str(lost.value).startswith(("t = 2 s", "t = 1.5 s"))
        with pytest.raises(PlantLost, match=pattern):
            network.step(np.zeros(1), S)  # once lost, stays lost


@BOTH
@pytest.mark.parametrize("fmi", [2, 3])
def test_leaving_the_numbers(probes: Probes, compiled: bool, fmi: int) -> None:
    with single(probes[fmi], compiled=compiled, trip=NOT_A_NUMBER, trip_at=3.0) as network:
        network.initialize(np.zeros(1))
        with pytest.raises(PlantLost, match=r"t = 3 s: part\.y: answered nan, .*not a finite"):
            network.run(np.zeros((10, 1)), S)


@BOTH
def test_an_input_that_is_no_number(probe2: FmuFile, compiled: bool) -> None:
    with single(probe2, compiled=compiled) as network:
        network.initialize(np.zeros(1))
        with pytest.raises(PlantLost, match=r"t = 1 s: part\.u: was given inf"):
            network.run(np.array([[0.0], [np.inf]]), S)


@BOTH
def test_fmi3_that_asks_to_end(probe3: FmuFile, compiled: bool) -> None:
    with single(probe3, compiled=compiled, trip=TERMINATE, trip_at=1.0) as network:
        network.initialize(np.zeros(1))
        with pytest.raises(PlantLost, match="fmi3DoStep answered that the simulation must end"):
            network.run(np.zeros((10, 1)), S)


@BOTH
@pytest.mark.parametrize("fmi", [2, 3])
def test_a_warning_is_no_failure(probes: Probes, compiled: bool, fmi: int) -> None:
    with single(probes[fmi], compiled=compiled, trip=WARN) as network:
        network.initialize(np.zeros(1))
        assert network.run(np.zeros((5, 1)), S).shape == (5, 1)


def test_stepping_what_does_not_run(probe2: FmuFile) -> None:
    network = single(probe2)
    with pytest.raises(PlantLost, match="initialize it first"):
        network.step(np.zeros(1), S)


@pytest.mark.parametrize("shape", [(), (2,), (1, 1)])
def test_inputs_of_another_shape(probe2: FmuFile, shape: tuple[int, ...]) -> None:
    with single(probe2) as network:
        network.initialize(np.zeros(1))
        with pytest.raises(ValueError, match="the network has"):
            network.step(np.zeros(shape), S)
        with pytest.raises(ValueError, match="the network has"):
            network.run(np.zeros((3, 2)), S)


def test_time_does_not_drift(probe2: FmuFile) -> None:
    """The FMU trips by its own clock, after a million steps of 0.1 s, at the step it should."""
    with single(probe2, trip=DISCARD, trip_at=100_000.0) as network:
        network.initialize(np.zeros(1))
        network.run(np.zeros((1_000_000, 1)), S // 10)
        assert network.time_ns == 100_000 * S
        with pytest.raises(PlantLost, match="t = 100000 s"):
            network.step(np.zeros(1), S // 10)


@BOTH
def test_tunable_parameter_acts_from_the_next_step(probe2: FmuFile, compiled: bool) -> None:
    with single(probe2, compiled=compiled) as network:
        network.initialize(np.zeros(1))
        assert network.step(np.zeros(1), S)[0] == 1.0 - 0.1
        network.set_parameter("part.gain", 0.0)
        assert network.step(np.zeros(1), S)[0] == 1.0 - 0.1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("part.gian", 1.0, "unknown variable of part 'gian', did you mean 'gain'"),
        ("prat.gain", 1.0, "unknown part 'prat', did you mean 'part'"),
        ("part.u", 1.0, "parameter part.u: unknown parameter 'u'; known: gain, power, trip"),
        ("part.gain", 11.0, r"parameter part.gain = 11.0: must be 0 to 10"),
        ("part.gain", float("nan"), "must be a finite number"),
        ("part.power", 1.0, "is fixed and cannot change while the plant runs; tunable: gain, trip"),
    ],
)
def test_parameters_that_are_refused(
    probe2: FmuFile, name: str, value: float, message: str
) -> None:
    with single(probe2) as network:
        network.initialize(np.zeros(1))
        with pytest.raises(BadInput, match=message):
            network.set_parameter(name, value)


def test_parameters_and_start_values_before_the_run(probe2: FmuFile) -> None:
    with Network(
        {"part": probe2},
        [],
        [],
        ["part.y", "part.z"],
        parameters={"part.power": 7.0, "part.gain": 0.2},
        start={"part.u": 3.0, "part.y": 2.0},
    ) as network:
        assert network.initialize(np.zeros(0)).tolist() == [2.0, 8.0]
        assert network.step(np.zeros(0), S)[0] == 2.0 + 0.2 * (3.0 - 2.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"parameters": {"part.gain": -1.0}}, "part.gain = -1.0: must be 0 to 10"),
        ({"parameters": {"part.gian": 1.0}}, "did you mean 'gain'"),
        ({"start": {"part.z": 1.0}}, "start part.z = 1.0: the FMU computes it"),
        ({"start": {"part.uu": 1.0}}, "start: unknown variable of part 'uu'"),
    ],
)
def test_settings_refused_at_load(probe2: FmuFile, more: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Network({"part": probe2}, [], ["part.u"], [], **more)


@BOTH
def test_progress_names_the_part_that_runs(probes: Probes, compiled: bool) -> None:
    progress = np.zeros(2, np.int64)
    network = Network(
        {"a": probes[2], "b": probes[3]},
        [("a.y", "b.u")],
        ["a.u"],
        ["b.y"],
        parameters={"b.trip": ERROR, "b.trip_at": 2.0},
        compiled=compiled,
        progress=progress,
    )
    with network:
        network.initialize(np.zeros(1))
        network.step(np.zeros(1), S)
        assert progress.tolist() == [-1, 0]
        with pytest.raises(PlantLost, match="b: fmi3DoStep"):
            network.run(np.zeros((5, 1)), S)
        assert progress.tolist() == [1, 2 * S]


def test_units_of_both_ends_are_told(probes: Probes) -> None:
    network = ring(probes)
    assert network.input_units == ("K",)
    assert network.output_units == ("degC", "K", "K", "degC", "K")
