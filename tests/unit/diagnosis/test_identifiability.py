"""Identifiability against closed forms, brute force, and what must not matter."""

import numpy as np
import pytest

from twin.diagnosis.compete import Field
from twin.diagnosis.identifiability import (
    SURE,
    Moved,
    best_of,
    gain,
    information,
    judge,
    with_sensor,
)
from twin.diagnosis.settings import Settings

SETTINGS = Settings()
THRESHOLD = 16.0


def bank(k, full=1.0, low=-np.inf, high=np.inf):
    """k faults of the same bounds."""
    same = [np.full(k, value) for value in (full, low, high)]
    return Field(*same, np.zeros(k), np.ones(k, bool), np.zeros(k, bool))


def seen(*signatures):
    """A window with all signals; a signature is a column."""
    s = np.array(signatures, float).T
    return Moved(s, np.ones(len(s), bool))


def judged(windows, covariance, of, material=0.0):
    return judge(information(windows, covariance), of, SETTINGS, THRESHOLD, material)


def random_case(seed, m=5, k=4):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(m, m))
    return rng, half @ half.T + np.eye(m), rng.normal(size=(m, k))


def test_one_signal_is_a_closed_form():
    (one,) = judged([seen([2.0])], np.array([[0.09]]), bank(1))
    assert one.shift == pytest.approx(2.0 / 0.3)
    assert one.smallest == pytest.approx((4.0 + SURE) * 0.3 / 2.0)
    expected = np.hypot(0.3 / 2.0, SETTINGS.signature_error)
    assert one.deviation == pytest.approx(expected)


def test_the_smallest_size_is_found_in_nine_windows_of_ten():
    rng, covariance, signature = random_case(3)
    windows = [Moved(signature, np.ones(5, bool))]
    inverse = np.linalg.inv(covariance)
    for j, found in enumerate(judged(windows, covariance, bank(4, full=50.0))):
        s = signature[:, j]
        r = rng.multivariate_normal(s * found.smallest, covariance, size=40_000)
        llr = (r @ inverse @ s) ** 2 / (s @ inverse @ s)
        assert np.mean(llr > THRESHOLD) == pytest.approx(0.9, abs=0.006)


@pytest.mark.parametrize("seed", range(5))
def test_information_is_the_inverse_variance_of_the_estimate(seed):
    _, covariance, signature = random_case(seed)
    usable = np.array([True, True, False, True, True])
    known = information([Moved(signature, usable)], covariance)
    # generalised least squares on what is there, by the pseudo-inverse of a square root
    values, vectors = np.linalg.eigh(covariance[usable][:, usable])
    root = vectors / np.sqrt(values)
    for j in range(4):
        estimator = np.linalg.pinv(root.T @ signature[usable, j : j + 1])
        variance = float((estimator @ estimator.T)[0, 0])
        assert 1.0 / known.own[j] == pytest.approx(variance)
        for i in range(4):
            a, b = root.T @ signature[usable, j], root.T @ signature[usable, i]
            cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            assert known.cosine[j, i] == pytest.approx(cosine, abs=1e-12)


def test_parallel_signatures_are_a_group_and_the_missing_direction_splits_them():
    windows, covariance = [seen([10.0, 0.0], [20.0, 0.0], [0.0, 10.0])], np.eye(2)
    before = judged(windows, covariance, bank(3))
    assert [j.group for j in before] == [(1,), (0,), ()]
    row = Moved(np.array([[10.0, -20.0, 0.0, 1.0]]), np.array([True]))
    after = judged(*with_sensor(windows, covariance, [row], 1.0), bank(4))
    assert [j.group for j in after] == [(), (), (), ()]
    gained = gain(before, after)
    assert (gained.visible, gained.separable, gained.lost) == ((), (0, 1), ())


def test_a_sensor_that_sees_the_same_direction_splits_nothing():
    windows, covariance = [seen([10.0, 0.0], [20.0, 0.0])], np.eye(2)
    row = Moved(np.array([[5.0, 10.0, 1.0]]), np.array([True]))
    after = judged(*with_sensor(windows, covariance, [row], 1.0), bank(3))
    assert gain(judged(windows, covariance, bank(2)), after).score == 0


def test_what_only_the_new_sensor_sees_looks_like_its_own_error():
    windows, covariance = [seen([0.0, 0.0])], np.eye(2)
    before = judged(windows, covariance, bank(1))
    assert before[0].seen == "no"
    assert not before[0].shows
    row = Moved(np.array([[20.0, 1.0]]), np.array([True]))
    after = judged(*with_sensor(windows, covariance, [row], 1.0), bank(2))
    assert gain(before, after).visible == (0,)
    assert after[0].group == (1,)


@pytest.mark.parametrize("seed", range(5))
def test_units_do_not_matter(seed):
    rng, covariance, signature = random_case(seed)
    signature[:, 3] = -2.5 * signature[:, 0]
    of = bank(4, full=8.0, low=-99.0, high=99.0)
    plain = judged([Moved(signature, np.ones(5, bool))], covariance, of, 0.25)
    signal, size = 10.0 ** rng.uniform(-5, 5, 5), 10.0 ** rng.uniform(-5, 5, 4)
    bounds = (of.threshold * size, of.low * size, of.high * size)
    scaled = judged(
        [Moved(signature * signal[:, None] / size, np.ones(5, bool))],
        covariance * np.outer(signal, signal),
        Field(*bounds, of.log_odds, of.fault, of.ramp),
        0.25,
    )
    assert plain[0].group == (3,)
    for a, b, unit in zip(plain, scaled, size, strict=True):
        assert (a.seen, a.group) == (b.seen, b.group)
        assert b.shift == pytest.approx(a.shift)
        assert b.smallest == pytest.approx(a.smallest * unit)
        assert b.deviation == pytest.approx(a.deviation * unit)


def test_faults_of_one_sign_that_move_the_sensors_the_other_way_are_no_group():
    windows = [seen([10.0, 0.0], [-10.0, 0.0])]
    one_sided = judged(windows, np.eye(2), bank(2, low=0.0))
    two_sided = judged(windows, np.eye(2), bank(2))
    assert [j.group for j in one_sided] == [(), ()]
    assert [j.group for j in two_sided] == [(1,), (0,)]


def test_a_fault_that_would_have_to_be_larger_than_it_can_be_is_no_group():
    windows = [seen([10.0, 0.0], [1.0, 0.0])]
    found = judged(windows, np.eye(2), bank(2, low=0.0, high=2.0))
    assert found[0].group == ()  # the second would need a size of 10
    assert found[1].group == (0,)


def test_directions_that_turn_together_stay_a_group():
    windows = [seen([10.0, 0.0], [20.0, 0.0]), seen([0.0, 5.0], [0.0, 30.0])]
    assert [j.group for j in judged(windows, np.eye(2), bank(2))] == [(1,), (0,)]


def test_windows_in_which_nothing_can_be_seen_do_not_dilute_the_others():
    shown, blind = seen([7.0, 0.0]), Moved(np.zeros((2, 1)), np.zeros(2, bool))
    (alone,) = judged([shown], np.eye(2), bank(1))
    assert judged([blind, shown, blind], np.eye(2), bank(1)) == (alone,)


def test_material_sizes_and_bounds_limit_what_is_seen():
    windows = [seen([1000.0])]
    (sharp,) = judged(windows, np.eye(1), bank(1), material=0.25)
    assert (sharp.smallest, sharp.seen) == (0.25, "half")
    (coarse,) = judged([seen([7.0])], np.eye(1), bank(1))
    assert coarse.seen == "full"
    (beyond,) = judged([seen([1.0])], np.eye(1), bank(1, low=0.0, high=3.0))
    assert (beyond.smallest, beyond.seen) == (np.inf, "no")


def test_the_period_that_tells_most_is_the_one_without_a_group():
    together = judged([seen([50.0, 0.0], [50.0, 0.0])], np.eye(2), bank(2))
    apart = judged([seen([20.0, 0.0], [0.0, 0.0])], np.eye(2), bank(2))
    (first, at), (second, other) = best_of([together, apart])
    assert (at, first.group) == (1, ())
    assert (other, second.group) == (0, (0,))
