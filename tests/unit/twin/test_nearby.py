"""For how long what was derived from a Jacobian serves."""

import numpy as np
import pytest
from numpy.typing import NDArray
from test_tangent import DT_S, MODEL, SAMPLES, Linear, N

from twin.estimation.linearised import around
from twin.estimation.nearby import BENT, NEAR, STALE_S, STEEP, Nearby
from twin.estimation.slaved import Division

Matrix = NDArray[np.float64]
NOWHERE, NOTHING = np.zeros(N), np.zeros(2)
NONE = np.zeros(0, np.intp)
TOLD = around(MODEL, Division(np.arange(N), NONE, NONE), 3, DT_S, SAMPLES)


class Counted(Linear):
    """Slopes grow with `flow`; counts how often its Jacobian is taken."""

    flow, taken = 1.0, 0

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Matrix:
        self.taken += 1
        return self._jacobian()

    def along(self, t_s: float, x: Matrix, inputs: Matrix, direction: Matrix) -> Matrix:
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


@pytest.mark.parametrize("change", [0.3 * NEAR, 3.0 * NEAR, 1.5 * STEEP, 1.5 * BENT])
def test_what_has_changed_by_more_than_it_may_is_renewed(physics: Counted, change: float) -> None:
    nearby = Nearby(physics)
    tangent, linear = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    physics.flow = 1.0 + change
    now, then = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
    assert physics.taken == (1 if change < NEAR else 2)
    assert (now.value == (tangent.value if change < NEAR else physics.flow * tangent.value)).all()
    assert (now.inverse is tangent.inverse) == (change < STEEP)
    assert (then is linear) == (change < BENT)


def test_after_a_jump_all_is_derived_anew(physics: Counted) -> None:
    nearby = Nearby(physics)
    before = nearby.at(TOLD, 0.0, NOWHERE, NOTHING)
    nearby.forget()
    after = nearby.at(TOLD, 60.0, NOWHERE, NOTHING)
    assert physics.taken == 2
    assert not any(a is b for a, b in zip(before, after, strict=True))
