"""What is said to have been wrong already, and by which name."""

import numpy as np
import pytest

from twin.diagnosis.already import Present, already_there
from twin.diagnosis.hypothesis import Hypothesis
from twin.estimation.prior_fit import Prior, Quadratic, Settled, most_likely

FAULTS = {
    column: Hypothesis(f"ex.{name}", "ex", "process", "-", 0.5, 0.0, 1.0, "")
    for column, name in enumerate(("fouling", "leak"))
}
SHUT = Prior(np.zeros(2), np.zeros(2), np.zeros(2), np.ones(2))


def said(size: float, llr: float, *likelier: float) -> Present | None:
    """Each fault alone explains an LLR of `llr` at `size`, and is so much likelier than none."""
    A = llr / size**2
    of = Quadratic(np.zeros(2), np.full(2, A * size), A * np.eye(2), 10.0 * llr)

    def settled(prior: Prior) -> Settled:
        free = np.flatnonzero(prior.sigma)
        return Settled(of, most_likely(of, prior), -likelier[free[0]] if len(free) else 0.0)

    return already_there(settled, SHUT, FAULTS)


@pytest.mark.parametrize(
    ("size", "llr", "likelier"),
    [
        (0.5, 39.0, 40.0),  # not certain
        (0.24, 500.0, 40.0),  # less than half of what the catalogue has
        (0.5, 500.0, 29.0),  # hardly likelier than none, however small what it leaves is
    ],
)
def test_it_must_be_certain_and_material_and_likelier(
    size: float, llr: float, likelier: float
) -> None:
    assert said(size, llr, likelier, -1.0) is None
    present = said(0.5, 41.0, 31.0, -1.0)
    assert present is not None
    assert present.fault == "ex.fouling"
    assert present.llr == pytest.approx(41.0, rel=0.01)


def test_the_likelier_one_is_named_and_those_about_as_likely_with_it() -> None:
    alone, both = said(0.5, 60.0, 40.0, 32.0), said(0.5, 60.0, 36.0, 40.0)
    assert alone is not None
    assert both is not None
    assert (alone.fault, alone.alike) == ("ex.fouling", ())
    assert (both.fault, both.alike) == ("ex.leak", ("ex.fouling",))
