"""When a window says that a fault is over: by the catalogue's size, or by its own."""

import numpy as np
import pytest

from twin.diagnosis.bank import Fit
from twin.diagnosis.compete import Field
from twin.diagnosis.findings import excluded
from twin.diagnosis.settings import Settings

CATALOGUE = 2.0
"""Full size [K]."""
BOUNDS = np.full(1, CATALOGUE), np.full(1, -np.inf), np.full(1, np.inf)
OF = Field(*BOUNDS, np.zeros(1), np.ones(1, bool), np.zeros(1, bool))


def window(seen: float, sd: float) -> Fit:
    """One signal, off by `seen` [K], whose mean is known to `sd` [K]; the fault is its bias."""
    rows = np.array([[seen, 1.0]])
    return Fit(0, 2, np.zeros(1, np.int64), rows, np.full((1, 1), sd**2), (seen / sd) ** 2, OF)


@pytest.mark.parametrize(
    ("seen", "sd", "found", "says"),
    [
        (0.1, 0.3, np.inf, True),
        (0.5, 0.3, np.inf, False),  # 0.5 + 1.645 x 0.3 is above 0.35 x 2
        (0.1, 1.0, np.inf, None),  # 1 K is more than a fifth of 2 K
        (0.5, 1.0, 9.0, True),  # of 9 K hardly any is left
        (-0.5, 1.0, -9.0, True),
        (2.0, 1.0, 9.0, False),  # a third of it is
        (0.5, 1.0, 2.0, None),
        (0.1, 2.0, 9.0, None),
        (0.1, 0.15, 0.8, True),  # of a small one half is gone
        (0.3, 0.15, 0.8, False),
    ],
)
def test_a_large_fault_is_over_by_its_own_size(
    seen: float, sd: float, found: float, says: bool | None
) -> None:
    assert excluded(window(seen, sd), OF, 0, Settings(), found) is says
