"""For how long what was derived from a Jacobian serves."""

import numpy as np
import pytest
from numpy.typing import NDArray
from test_tangent import DT_S, MODEL, SAMPLES, Linear, N

from twin.estimation.linearised import around
from twin.estimation.nearby import BENT, NEAR, STALE_S, STEEP, STIFF, USUAL_S, Nearby
from twin.estimation.slaved import Division
from twin.sparse import Entries, dense, entries

Matrix = NDArray[np.float64]
NOWHERE, NOTHING = np.zeros(N), np.zeros(2)
NONE = np.zeros(0, np.intp)
ALL = np.arange(N)
TOLD = around(MODEL, Division(ALL, NONE, NONE, ALL, ALL), 3, DT_S, SAMPLES)


class Counted(Linear):
    """Slopes grow with `flow`; counts how often its Jacobian is taken."""

    flow, taken, asked = 1.0, 0, 0

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        self.taken += 1
        found: Entries = entries(self._jacobian())
        return found

    def along(self, t_s: float, x: Matrix, inputs: Matrix, direction: Matrix) -> Matrix:
        self.asked += 1
        return np.asarray(self._jacobian() @ direction)

    def _jacobian(self) -> Matrix:
        return np.block([[self.flow * self.A, self.B], [self.C, self.D]])


@pytest.fixture
def physics() -> Counted:
    found = Counted(1)
    found.A = np.diag([-0.05, -0.02, -0.04, -0.03])  # fast enough for a change to count
    return found


def test_while_nothing_changes_nothing_is_derived_anew(physics: Counted) -> None:
    nearby = Nearby(physics)
    first = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    again = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
    assert physics.taken == 1
    assert all(a is b for a, b in zip(first, again, strict=True))
    _, late = nearby.at(TOLD, STALE_S, NOWHERE, NOTHING)
    assert physics.taken == 1
    assert late is not first[1]


def test_while_all_changes_nobody_asks_first_and_then_somebody_asks_again(
    physics: Counted,
) -> None:
    nearby = Nearby(physics)
    for k in range(10):
        physics.flow = 1.0 + 0.1 * k
        nearby.at(TOLD, 60.0 * k, NOWHERE, NOTHING)
    assert (physics.taken, physics.asked) == (10, 1)
    for k in range(10, 20):
        now, _ = nearby.at(TOLD, 60.0 * k, NOWHERE, NOTHING)
    assert (physics.taken, physics.asked) == (11, 10)
    assert np.allclose(dense(now.reduced)[:N, :N], 1.9 * physics.A)


@pytest.mark.parametrize("change", [0.3 * NEAR, 3.0 * NEAR, 1.5 * STEEP, 1.5 * BENT])
def test_what_has_changed_by_more_than_it_may_is_renewed(physics: Counted, change: float) -> None:
    nearby = Nearby(physics)
    tangent, linear = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    physics.flow = 1.0 + change
    now, then = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
    assert physics.taken == (1 if change < NEAR else 2)
    slopes, before = dense(now.reduced)[:N, :N], dense(tangent.reduced)[:N, :N]
    assert (slopes == (before if change < NEAR else physics.flow * before)).all()
    assert then is linear  # it may still be hunting
    _, late = nearby.at(TOLD, 3.0 * USUAL_S, NOWHERE, NOTHING)
    assert (late is linear) == (change < BENT)


def test_a_long_step_is_factorised_anew_where_a_stiff_rate_has_changed(physics: Counted) -> None:
    rate = -np.diagonal(physics.A).min() * SAMPLES * DT_S  # of the fastest state [1 / step]
    for change in (0.5 * STEEP, STEEP + 0.5 * STIFF / rate, STEEP + 1.5 * STIFF / rate):
        physics.flow, nearby = 1.0, Nearby(physics)
        before, _ = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
        physics.flow = 1.0 + change
        after, _ = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
        assert (after.step is before.step) == (change * rate < STEEP * rate + STIFF)


def test_a_valve_that_hunts_makes_no_linear_model_new_and_a_pump_that_stops_does(
    physics: Counted,
) -> None:
    nearby = Nearby(physics)
    _, linear = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    for k in range(1, 30):
        physics.flow = 1.0 + 0.35 * (-1.0) ** k
        assert nearby.at(TOLD, 100.0 * k, NOWHERE, NOTHING)[1] is linear
    physics.flow = 0.0
    assert nearby.at(TOLD, 3000.0, NOWHERE, NOTHING)[1] is not linear


def test_the_linear_model_is_of_what_hunting_comes_to(physics: Counted) -> None:
    nearby, steady = Nearby(physics), Nearby(Counted(1))
    for k in range(37):  # past the hour, after which it is made anew anyway
        physics.flow = 1.0 + 0.35 * (-1.0) ** k
        _, hunting = nearby.at(TOLD, 100.0 * k, NOWHERE, NOTHING)
    steady._physics.A, steady._physics.flow = physics.A, 1.0
    _, calm = steady.at(TOLD, 0.0, NOWHERE, NOTHING)
    _, turned = Nearby(physics).at(TOLD, 0.0, NOWHERE, NOTHING)
    far = np.abs(turned.window.F - calm.window.F).max()
    assert np.abs(hunting.window.F - calm.window.F).max() < 0.15 * far


def test_after_a_jump_all_is_derived_anew(physics: Counted) -> None:
    nearby = Nearby(physics)
    before = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    nearby.forget()
    after = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
    assert physics.taken == 2
    assert not any(a is b for a, b in zip(before, after, strict=True))
