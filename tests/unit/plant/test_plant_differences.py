"""Jacobians of FMUs that say that they give no derivatives, against the derivatives they have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesser_fmu import once_in_a_process, without_derivatives
from numpy.typing import NDArray
from probe_fmu import build_fmu
from test_plant_equations import CASES, MODEL_EXCHANGE, followed

from twin.errors import BadInput, PlantLost
from twin.plant.colours import colours
from twin.plant.differences import Differences
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, open_fmu
from twin.plant.variable import FmuVariable
from twin.site.model import BUILT_FMUS
from twin.sparse import dense

Matrix = NDArray[np.float64]
VARIED = {
    "CoolingLoop": ("cdu_fouling", "bypass_leak", "UA_cdu"),
    "HeatPump": ("condenser_fouling", "compressor_wear", "UA_condenser"),
    "DistrictNetwork": ("substation_fouling", "bypass", "k_soil"),
}
"""Two that are tunable, and one that is fixed."""


@pytest.fixture(scope="module", params=[f"{m}{e}" for m in CASES for e in ("", ".fmi3")])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, FmuFile, FmuFile]]:
    """Name of the model, its FMU, and that FMU without derivatives."""
    source = BUILT_FMUS / f"{request.param}.fmu"
    stripped = without_derivatives(source, tmp_path_factory.mktemp("fmu") / source.name)
    with (
        open_fmu(source, running=MODEL_EXCHANGE) as full,
        open_fmu(stripped, running=MODEL_EXCHANGE) as less,
    ):
        assert full.info.differentiates
        assert not less.info.differentiates
        yield request.param.partition(".")[0], full, less


# in the cold start of the cooling loop a smoothed step is as narrow as 3 mK
@pytest.mark.parametrize(("seconds", "within"), [(120, 5e-3), (7200, 1e-7)])
def test_differences_are_the_derivatives(
    both: tuple[str, FmuFile, FmuFile], seconds: int, within: float
) -> None:
    """In a cold start and in settled operation, a command at its limit included."""
    model, full, less = both
    inputs, outputs, _ = CASES[model]
    u = np.array(list(inputs.values()))
    limited = np.array([name in ("u_pump", "u_compressor", "u_boiler") for name in inputs])
    tell = ("p", list(inputs), outputs, VARIED[model])
    with Equations(full, *tell) as exact, Equations(less, *tell) as by_differences:
        x, _ = followed(exact, u, seconds, 10.0)
        by_differences.start(u)
        u[limited] = np.round(u[limited])
        inside = u + np.where(limited, 1e-9 * np.where(u > 0.5, -1.0, 1.0), 0.0)
        expected = dense(exact.jacobian(seconds, x, inside))
        found = dense(by_differences.jacobian(seconds, x, u))
        # an entry counts by what a usual change of its column does to its row
        usual = np.concatenate([np.maximum(np.abs([*x, *u]), 1.0), _sizes(exact, VARIED[model])])
        scale = (np.abs(expected) * usual).max(axis=1, keepdims=True) + 1e-300
        assert (np.abs(found - expected) * usual / scale).max() < within
        direction = np.random.default_rng(1).normal(size=len(usual))
        wide = np.abs(expected) @ np.abs(direction)
        told = exact.along(seconds, x, inside, direction)
        off = np.abs(by_differences.along(seconds, x, u, direction) - told)
        assert (off[wide > 0.0] / wide[wide > 0.0]).max() < 1e-4


def _sizes(model: Equations, parameters: tuple[str, ...]) -> list[float]:
    return [model.value(name) or 1.0 for name in parameters]


def test_parameters_are_as_they_were_after_a_jacobian(
    both: tuple[str, FmuFile, FmuFile],
) -> None:
    """A fault that was put into a running model stays in it, and is in what is taken there."""
    model, full, less = both
    inputs, outputs, _ = CASES[model]
    u, fault = np.array(list(inputs.values())), VARIED[model][0]
    tell = ("p", list(inputs), outputs, VARIED[model])
    with Equations(full, *tell) as exact, Equations(less, *tell) as by_differences:
        x, _ = followed(exact, u, 600, 10.0)
        by_differences.start(u)
        for equations in (exact, by_differences):
            equations.go_to(600.0, x, {fault: 0.3})
            assert equations.value(fault) == 0.3
        for _ in range(2):
            expected = dense(exact.jacobian(600.0, x, u))
            found = dense(by_differences.jacobian(600.0, x, u))
            column = expected[:, -len(VARIED[model])]
            assert found[:, -len(VARIED[model])] == pytest.approx(
                column, abs=1e-6 * np.abs(column).max()
            )


def test_what_cannot_vary_is_refused(tmp_path: Path) -> None:
    """A fixed parameter needs a copy that was born with it; a Boolean has no derivative."""
    model, fixed = "HeatPump", VARIED["HeatPump"][2]
    once = once_in_a_process(BUILT_FMUS / f"{model}.fmu", tmp_path / "once.fmu")
    inputs, outputs, _ = CASES[model]
    with open_fmu(once, running=MODEL_EXCHANGE) as file:
        Equations(file, "p", list(inputs), outputs, [fixed]).close()
    less = without_derivatives(once, tmp_path / "less.fmu")
    with open_fmu(less, running=MODEL_EXCHANGE) as file:
        Equations(file, "p", list(inputs), outputs, VARIED[model][:2]).close()
        with pytest.raises(BadInput, match=f"p.{fixed} = 'fixed': .*once in a process"):
            Equations(file, "p", list(inputs), outputs, [fixed])
    ball = build_fmu("ball", 3, tmp_path)
    with (
        open_fmu(ball, running=MODEL_EXCHANGE) as file,
        pytest.raises(BadInput, match=r"p\.kick = 'Boolean': is no 64-bit float"),
    ):
        Equations(file, "p", ["kick"], ["height"])


def variable(low: float | None, high: float | None) -> FmuVariable:
    return FmuVariable("z", 0, "Real", "input", "continuous", min=low, max=high)


def test_a_model_that_answers_no_number_has_no_jacobian(
    both: tuple[str, FmuFile, FmuFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our FMUs refuse to answer so; what one of somebody else says is put in place of it."""
    model, _, less = both
    inputs, outputs, _ = CASES[model]
    u = np.array(list(inputs.values()))
    with Equations(less, "p", list(inputs), outputs, ()) as equations:
        x, _ = equations.start(u)
        honest = equations._at
        monkeypatch.setattr(equations, "_at", lambda t_s, points: np.nan * honest(t_s, points))
        with pytest.raises(PlantLost, match=r"t = 5 s: p: a derivative is nan, which is not"):
            equations.jacobian(5.0, x, u)


@given(st.integers(0, 2**32 - 1))
def test_a_parabola_has_exact_differences_on_both_sides_of_a_limit(seed: int) -> None:
    """Columns share colours as rows allow; no point outside of a limit is ever asked for."""
    rng = np.random.default_rng(seed)
    told = {"a": ("x", "y"), "b": ("v",), "c": ("v", "w")}
    rows, columns = ["a", "b", "c"], ["x", "y", "v", "w"]
    there = np.array([[c in told[r] for c in columns] for r in rows], float)
    bend, slope = rng.normal(size=(2, 3, 4)) * there
    at = rng.normal(size=4)
    low = [at[0], None, None, at[3] - 1.0]
    high = [None, at[1], None, at[3] + 1.0]

    def values_at(points: Matrix) -> Matrix:
        for column, (least, most) in enumerate(zip(low, high, strict=True)):
            assert least is None or (points[:, column] >= least).all()
            assert most is None or (points[:, column] <= most).all()
        return np.asarray(points @ slope.T + points**2 @ bend.T)

    limits = [variable(*ends) for ends in zip(low, high, strict=True)]
    by = Differences(limits, np.ones(4), colours(rows, columns, told))
    expected = slope + 2.0 * bend * at
    assert by.jacobian(values_at, at) == pytest.approx(expected, abs=1e-9)
    direction = rng.normal(size=4)
    assert by.along(values_at, at, direction) == pytest.approx(expected @ direction, abs=1e-9)
