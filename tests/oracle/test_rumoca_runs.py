"""The helper against a model with a closed solution, with an event in the middle."""

import numpy as np
import pytest
from rumoca_runs import simulate, worst_difference

LAG = """
model Lag
  parameter Real tau = 2.0;
  parameter Real high = 1.0;
  Real x(start = 0.0, fixed = true);
equation
  der(x) = ((if time < 1.0 then high else 0.5 * high) - x) / tau;
end Lag;
"""


@pytest.fixture
def trajectory(tmp_path):
    file = tmp_path / "Lag.mo"
    file.write_text(LAG)
    instants = np.linspace(0.0, 5.0, 11)
    return instants, simulate(file, "Lag", instants, {"high": 2.0})


def test_a_lag_follows_its_closed_solution(trajectory):
    instants, found = trajectory
    before = 2.0 * (1.0 - np.exp(-instants / 2.0))
    at_step = 2.0 * (1.0 - np.exp(-0.5))
    after = 1.0 + (at_step - 1.0) * np.exp(-(instants - 1.0) / 2.0)
    exact = np.where(instants <= 1.0, before, after)
    assert np.max(np.abs(found["x"] - exact)) < 1e-7


def test_the_difference_names_the_worst(trajectory):
    _, found = trajectory
    other = {"x": found["x"] * 1.01}
    assert worst_difference(found, other)[1] == "x"
    assert worst_difference(found, other)[0] == pytest.approx(0.01 / 1.01)
    with pytest.raises(AssertionError):
        worst_difference(found, {"y": found["x"]})
