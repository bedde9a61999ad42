"""What moves by itself: variances of window means against drawn processes."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import BIAS

from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import BLOCK_S, WINDOWS, Settings
from twin.diagnosis.wander import Wander, Wandering

BY_NAME = {w.name: w for w in WINDOWS}


@pytest.mark.parametrize("name", ["5 min", "1 h", "6 h", "24 h"])
def test_the_variance_of_a_mean_is_that_of_a_drawn_process(name: str) -> None:
    wander, random = Wander("p.bypass", 0.5, 6.0 * 3600.0), np.random.default_rng(1)
    window = BY_NAME[name]
    a = float(np.exp(-BLOCK_S / wander.time_s))
    x = np.empty((window.blocks, 20_000))
    x[0] = random.standard_normal(x.shape[1])
    for i in range(1, len(x)):
        x[i] = a * x[i - 1] + np.sqrt(1.0 - a * a) * random.standard_normal(x.shape[1])
    drawn = float(np.var(0.5 * x.mean(axis=0)))
    assert wander.variance(window) == pytest.approx(drawn, rel=0.04)


@pytest.mark.parametrize(("name", "days"), [("15 min step", 7.0), ("1 h step", 20.0)])
def test_a_step_against_a_memory_sees_little_of_what_is_slow(name: str, days: float) -> None:
    wander, window, settings = Wander("p.T.bias", 0.5, days * 86_400.0), BY_NAME[name], Settings()
    memory, random = settings.memory(window), np.random.default_rng(2)
    assert memory is not None
    a = float(np.exp(-BLOCK_S / wander.time_s))
    x = np.empty((memory.blocks, 20_000))
    x[0] = random.standard_normal(x.shape[1])
    for i in range(1, len(x)):
        x[i] = a * x[i - 1] + np.sqrt(1.0 - a * a) * random.standard_normal(x.shape[1])
    drawn = float(np.var(0.5 * (x[-window.blocks :].mean(axis=0) - x.mean(axis=0))))
    # it is taken to end at the last moment: up to a fifth too much
    assert drawn <= wander.variance(window, memory) <= 1.25 * drawn
    fast = replace(wander, time_s=600.0)
    assert fast.variance(window, memory) == fast.variance(window)


def test_it_is_as_sure_as_its_sigma_at_once_and_averages_out_in_weeks() -> None:
    wander = Wander("p.bypass", 2.0, 3600.0)
    assert wander.variance(BY_NAME["5 min"]) == pytest.approx(4.0, rel=0.05)
    assert wander.variance(BY_NAME["7 d"]) == pytest.approx(4.0 * 2.0 / 168.0, rel=0.01)


def test_it_is_the_square_of_its_signature_and_what_the_bank_lacks_is_nothing() -> None:
    def named(name: str) -> Hypothesis:
        return Hypothesis(name, "p", "process", "-", 0.1, 0.0, 1.0, "")

    wanders = (Wander("p.b", 0.1, 3600.0), Wander("p.gone", 1.0, 3600.0))
    window = Settings().windows[2]
    wandering = Wandering.of(wanders, [named("p.a"), named("p.b")], window)
    s = np.array([[1.0, 3.0], [2.0, -4.0]])
    expected = wanders[0].variance(window) * np.outer([3.0, -4.0], [3.0, -4.0])
    np.testing.assert_allclose(wandering.covariance(s), expected)
    none = Wandering.of((), [named("p.a")], window)
    np.testing.assert_array_equal(none.covariance(s[:, :1]), 0.0)


def test_what_is_as_large_as_what_wanders_is_not_seen(fresh) -> None:
    """A bias of 8 standard deviations of a day; one that wanders by as much hides it."""
    settings, learned = fresh.settings, fresh.learned
    at, s = settings.index("24 h"), learned.signature[:, 0] * fresh.plant.hypotheses[0].threshold
    wandering = replace(fresh.plant, wanders=(Wander("s0.bias", BIAS["K"], 30 * 86400.0),))
    sure, hidden = (
        float(s @ np.linalg.solve(learned.healthy(plant, settings, at), s))
        for plant in (fresh.plant, wandering)
    )
    assert sure > 25.0
    assert 0.9 < hidden < 1.1
