"""From a record to the plant's inputs, and what a comparison finds."""

import numpy as np
import pytest

from hil.validation.case import Case, Curves, Rival, errors, mape
from hil.validation.pipe import Pipe, density, prepare
from hil.validation.record import Record
from hil.validation.table import as_json

PIPE = Pipe(39.0, 0.05248, 0.0039, 0.013, 0.04, 4e6, 50.0, ambient=18.0)


def record(T_in: list[float], T_out: list[float], *, volume: bool = False) -> Record:
    n = len(T_in)
    flow = np.full(n, 1.2)
    return Record(
        name="r",
        time=10.0 * np.arange(n),
        T_in=np.array(T_in),
        T_out=np.array(T_out),
        mass_flow=None if volume else flow,
        volume_flow=flow / 1000.0 if volume else None,
        T_ambient=None,
        T_wall_out=None,
        notes=(),
    )


def start(T_in: list[float], T_out: list[float]) -> tuple[float, float]:
    run = prepare(record(T_in, T_out), PIPE)
    return run.start_a - 273.15, run.start_b - 273.15


def test_a_pipe_in_steady_state_starts_with_the_profile_of_its_loss() -> None:
    assert start([60.0, 60.0, 60.0], [59.0, 59.0, 59.0]) == pytest.approx((60.0, 59.0))


def test_a_drifting_inlet_leaves_its_history_in_the_pipe() -> None:
    rate = 0.05  # K/s over the 69 s that the water needs: 3.5 K from end to end
    inlet = [30.0 + rate * 10.0 * k for k in range(9)]
    assert start(inlet, [26.5] * 9) == pytest.approx((30.0, 26.5))


def test_an_inlet_that_has_begun_to_jump_says_nothing_of_the_pipe() -> None:
    assert start([31.0, 45.0, 55.0], [27.5, 27.5, 27.6]) == pytest.approx((27.5, 27.5))


def test_volume_is_weighed_at_the_coldest_water_or_where_the_user_says() -> None:
    cold = prepare(record([20.0, 70.0], [20.0, 20.0], volume=True), PIPE)
    assert cold.inputs[:, 0] == pytest.approx(1.2e-3 * 998.2, rel=1e-4)
    hot = prepare(
        record([20.0, 70.0], [20.0, 20.0], volume=True),
        Pipe(39.0, 0.05248, 0.0039, 0.013, 0.04, 4e6, 50.0, ambient=18.0, meter=70.0),
    )
    assert hot.inputs[:, 0] == pytest.approx(1.2e-3 * 977.8, rel=1e-4)


def test_density_is_that_of_the_models() -> None:
    ca = pytest.importorskip("casadi")
    from fmus.physics import water

    for celsius in (1.0, 25.0, 74.0, 140.0):
        assert density(celsius) == pytest.approx(float(water.density(ca.SX(celsius + 273.15))))


# ---- figures -----------------------------------------------------------------------------------


def test_errors_by_hand() -> None:
    found = errors(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 2.0]))
    assert found == pytest.approx(
        {"rmse_K": (5 / 3) ** 0.5, "max_K": 2.0, "mae_K": 1.0, "bias_K": 1 / 3}
    )
    assert mape(np.array([2.0, 4.0]), np.array([3.0, 4.0])) == pytest.approx(25.0)


def test_a_case_against_its_rival() -> None:
    x = np.arange(3.0)
    curves = Curves(x, "t", "T", x, x, {})
    case = Case("c", "rmse_K", {"rmse_K": 0.2, "max_K": float("nan")}, curves, Rival("other", 0.4))
    assert case.ratio == pytest.approx(0.5)
    assert as_json([case])["c"] == {
        "rmse_K": 0.2,
        "max_K": None,
        "best_other": 0.4,
        "best_other_tool": "other",
        "ratio": 0.5,
    }
    assert Case("c", "rmse_K", {"rmse_K": 0.2}, curves).ratio is None
