"""Tables of tail probabilities against scipy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from twin.diagnosis.table.chance import MOST, fisher, student


@given(z=st.floats(0.0, 200.0), dof=st.floats(3.0, 300.0))
def test_student(z: float, dof: float) -> None:
    with np.errstate(divide="ignore"):
        exact = -np.log10(2.0 * stats.t.sf(z, dof))
    found = student([5.0, dof]).of(np.array([0.0, -z]))[1]
    assert found == pytest.approx(min(exact, MOST), rel=2e-4, abs=2e-4)


# below 0.05 the table is coarser, and nobody's alarm
@given(f=st.floats(0.05, 100.0), channels=st.integers(1, 30), dof=st.floats(5.0, 60.0))
def test_fisher(f: float, channels: int, dof: float) -> None:
    exact = -np.log10(stats.f.sf(f, channels, dof))
    assert fisher(channels, [dof]).of(np.array([f]))[0] == pytest.approx(
        min(exact, MOST), rel=5e-4, abs=5e-4
    )


def test_more_is_never_less_and_nothing_is_endless() -> None:
    grid = np.linspace(0.0, 2e6, 5000)
    for tails in (student([7.0]), fisher(8, [12.0])):
        evidence = tails.of(grid[None])[0]
        assert np.all(np.diff(evidence) >= 0.0)
        assert np.isfinite(evidence).all()
