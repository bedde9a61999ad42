"""The name of a fault is the most probable one, and what may be its other name is told with it."""

import numpy as np
import pytest
from synthetic_plant import Truth

from twin.diagnosis.bank import Fit
from twin.diagnosis.compete import field
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.findings import find
from twin.diagnosis.settings import Settings

SETTINGS = Settings()
DAY = SETTINGS.index("24 h")


def seen(truth: Truth, fresh: Diagnosis, size: float, seed: int) -> Fit:
    """What a day says of `size` of a fault that can go one way only.

    Another, that can go both ways, looks nearly the same.
    """
    random = np.random.default_rng(seed)
    S, covariance = fresh.learned.signature.copy(), fresh.learned.mean[DAY]
    of = field(truth.plant.hypotheses, SETTINGS, ramps=False)
    one, both = np.flatnonzero(of.fault & (of.low == 0.0)), np.flatnonzero(of.fault & (of.low < 0))
    j, other = random.choice(one), random.choice(both)
    full = of.threshold[j] * S[:, j]
    S[:, other] = full * (1.0 + 0.1 * random.normal(size=len(S))) / of.threshold[other]
    noise = random.multivariate_normal(np.zeros(len(S)), covariance)
    r = size * full + noise
    total = float(r @ np.linalg.solve(covariance, r))
    return Fit(0, DAY, np.arange(len(r)), np.column_stack([r, S]), covariance, total, of)


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_no_fault_is_more_probable_than_the_one_that_is_named(
    truth: Truth, fresh: Diagnosis, size: float
) -> None:
    named = 0
    for seed in range(300):
        fit = seen(truth, fresh, size, seed)
        finding = find(fit, fit.of, truth.plant, fresh.learned, SETTINGS)
        if finding is None or len(finding.causes) != 1 or finding.causes[0].hypothesis is None:
            continue
        cause = finding.causes[0]
        others = [p for i, p in cause.likely if fit.of.fault[i]]
        assert cause.probability == pytest.approx(max(others))
        named += 1
    assert named > 50


@pytest.mark.parametrize("elsewhere", [True, False])
def test_unknown_is_only_what_explains_as_much_as_a_listed_fault(
    truth: Truth, fresh: Diagnosis, elsewhere: bool
) -> None:
    """A fault that moves another part too, in a plant that it has moved to where models are wrong.

    Without what it does elsewhere the same readings are of something unknown.
    """
    plant, covariance = truth.plant, fresh.learned.mean[DAY]
    of = field(plant.hypotheses, SETTINGS, ramps=False)
    own = np.array(plant.part_of) == plant.part_of[4]
    j = next(
        k for k, h in enumerate(plant.hypotheses) if of.fault[k] and h.part == plant.part_of[4]
    )
    sd = np.sqrt(np.diag(covariance))
    S = fresh.learned.signature.copy()
    S[:, j] = np.where(own, 6.0 * sd, -18.0 * sd) / of.threshold[j]
    wrong = np.where(own, 6.0 * sd * np.resize([1.0, -1.0], len(sd)), 0.0)
    r = of.threshold[j] * np.where(own | elsewhere, S[:, j], 0.0) + wrong
    total = float(r @ np.linalg.solve(covariance, r))
    fit = Fit(0, DAY, np.arange(len(r)), np.column_stack([r, S]), covariance, total, of)
    finding = find(fit, of, plant, fresh.learned, SETTINGS)
    assert finding is not None
    assert [c.hypothesis for c in finding.causes] == ([j] if elsewhere else [None])


@pytest.mark.parametrize("cosine", [0.9, 0.3])
def test_two_of_a_part_that_look_alike_are_something_unknown_and_no_pair(
    truth: Truth, fresh: Diagnosis, cosine: float
) -> None:
    """Their difference is a direction that anything has; two that are apart are both named."""
    plant = truth.plant
    of = field(plant.hypotheses, SETTINGS, ramps=False)
    part = plant.part_of[4]
    one, other, *others = (
        k for k, h in enumerate(plant.hypotheses) if h.kind == "process" and h.part == part
    )
    S = np.zeros_like(fresh.learned.signature)
    S[4, one] = 30.0 / of.threshold[one]
    S[4:6, other] = 30.0 * np.array([cosine, np.sqrt(1.0 - cosine**2)]) / of.threshold[other]
    for i, k in enumerate(others):  # what is unlisted might move any signal of the part
        S[6 + i % 3, k] = 30.0 / of.threshold[k]
    r = of.threshold[one] * S[:, one] + 0.8 * of.threshold[other] * S[:, other]
    fit = Fit(0, DAY, np.arange(len(r)), np.column_stack([r, S]), np.eye(len(r)), float(r @ r), of)
    finding = find(fit, of, plant, fresh.learned, SETTINGS, known=[one])
    assert finding is not None
    if cosine > 0.5:
        (unknown,) = finding.causes
        assert (unknown.hypothesis, unknown.part) == (None, part)
        assert {*unknown.group} == {one, other}
    else:
        assert {c.hypothesis for c in finding.causes} == {one, other}


@pytest.mark.parametrize(("in_full_sizes", "named"), [(2.3, "one way"), (1.0, "both ways")])
def test_of_two_that_look_the_same_the_one_of_a_usual_size_is_named(
    truth: Truth, fresh: Diagnosis, in_full_sizes: float, named: str
) -> None:
    """However strong it is: what is doubted then is how the two differ, not which size is usual.

    Of what can go both ways so many full sizes do what the other does at 1 / 2.3 of them.
    """
    plant = truth.plant
    of = field(plant.hypotheses, SETTINGS, ramps=False)
    part = plant.part_of[4]
    own = [k for k, h in enumerate(plant.hypotheses) if of.fault[k] and h.part == part]
    one, both = (next(k for k in own if (of.low[k] < 0.0) == ways) for ways in (False, True))
    S = np.zeros_like(fresh.learned.signature)
    S[4, both] = 30.0 / of.threshold[both]
    S[4:6, one] = 2.3 * S[4, both] * of.threshold[both] / of.threshold[one] * np.array([1.0, 0.03])
    r = in_full_sizes * of.threshold[both] * S[:, both]
    r[5] = 0.0 if named == "both ways" else of.threshold[one] * S[5, one]
    fit = Fit(0, DAY, np.arange(len(r)), np.column_stack([r, S]), np.eye(len(r)), float(r @ r), of)
    finding = find(fit, of, plant, fresh.learned, SETTINGS)
    assert finding is not None
    (cause,) = finding.causes
    wanted, other = (one, both) if named == "one way" else (both, one)
    assert (cause.hypothesis, cause.group) == (wanted, (other,))
