"""Sticky valves are told from tight tuning and from loads that swing, and never the wrong way."""

from collections import Counter
from collections.abc import Callable
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from sticky_loops import Floats, Run, he, kano, loop

from twin.response.shape import shape
from twin.response.stem import stem
from twin.response.stiction import Stiction, stiction


def judged(run: Run) -> Stiction:
    """Without the first fifth, in which the loop comes up."""
    n = len(run.t) // 5
    return stiction(run.t[n:], run.output[n:], run.value[n:])


def swinging(period_s: float) -> Callable[[Floats], Floats]:
    return lambda t: 0.1 * np.sin(2.0 * np.pi * t / period_s)


@pytest.mark.parametrize("gain", [1.0, -2.0])
@pytest.mark.parametrize("valve", [kano, he])
@pytest.mark.parametrize(("s", "j"), [(0.1, 0.1), (0.1, 0.07)])
def test_a_sticky_valve_is_seen(
    gain: float, valve: Callable[[float, float], Callable[[float], float]], s: float, j: float
) -> None:
    run = loop(gain=gain, kc=1.5 / gain, valve=valve(s, j), noise=0.001, duration_s=2000.0)
    found = judged(run)
    assert found.verdict == "stiction", found.why
    assert found.shape is not None
    assert found.shape > 0.8
    assert "triangles" in found.why
    assert found.oscillation is not None
    assert found.oscillation.oscillates


def test_the_same_loop_tuned_too_tight_does_not_stick() -> None:
    run = loop(kc=9.0, ti_s=20.0, limits=(-0.1, 0.2), noise=0.0005, duration_s=400.0)
    found = judged(run)
    assert found.verdict == "none", found.why
    assert found.asymmetry is not None
    assert found.asymmetry < 0.2
    assert "even" in found.why


@pytest.mark.parametrize("period_s", [15.0, 40.0, 120.0])
def test_a_load_that_swings_does_not_stick(period_s: float) -> None:
    run = loop(kc=1.5, load=swinging(period_s), noise=0.001, duration_s=25.0 * period_s)
    found = judged(run)
    assert found.verdict == "none", found.why
    assert found.oscillation is not None
    assert found.oscillation.period_s == pytest.approx(period_s, rel=0.03)


def test_a_slow_load_is_odd_as_well_and_still_does_not_stick() -> None:
    found = judged(loop(kc=1.5, load=swinging(150.0), noise=0.001, duration_s=3000.0))
    assert found.asymmetry is not None
    assert found.asymmetry > 2.0 / 3.0
    assert found.verdict == "none"


def test_a_loop_that_is_quiet_is_undecided() -> None:
    for seed in range(10):
        found = judged(loop(kc=2.0, slow=0.005, noise=0.002, seed=seed))
        assert found.verdict == "undecided"
        assert "no regular oscillation" in found.why


def _drawn(kind: str, rng: np.random.Generator) -> Run:
    """A loop with SIMC's tuning or smoother, its dead time 0.1 to 2 time constants."""
    tau_s, theta_s = 10.0, 10.0 * 10.0 ** rng.uniform(-1.0, 0.3)
    gain = rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-0.5, 0.5)
    total_s = theta_s * (1.0 + 10.0 ** rng.uniform(0.0, 0.6))
    ti_s, j = min(tau_s, 4.0 * total_s), 0.1 * rng.uniform(0.4, 1.0)
    period_s = total_s * 10.0 ** rng.uniform(0.3, 1.2)
    load: Callable[[Floats], Floats] = np.zeros_like
    if kind == "sine":
        load = swinging(period_s)
    elif kind == "square":
        load = lambda t: 0.1 * signal.square(2.0 * np.pi * t / period_s)  # noqa: E731
    sticks = {"kano": kano, "he": he}
    return loop(
        gain=gain,
        tau_s=tau_s,
        theta_s=theta_s,
        kc=tau_s / (gain * total_s),
        ti_s=ti_s,
        valve=sticks[kind](0.1, j) if kind in sticks else None,
        load=load,
        noise=0.1 * abs(gain) * rng.uniform(0.0, 0.03),
        dt_s=theta_s / 8.0,
        duration_s=min(25.0 * period_s if kind in ("sine", "square") else 1500.0, 700.0 * theta_s),
        limits=(-5.0, 5.0),
        seed=int(rng.integers(1 << 30)),
    )


@pytest.mark.parametrize("kind", ["kano", "he", "sine", "square"])
def test_over_many_loops_no_verdict_is_wrong(kind: str) -> None:
    rng = np.random.default_rng(7)
    verdicts = Counter(judged(_drawn(kind, rng)).verdict for _ in range(30))
    right, wrong = ("stiction", "none") if kind in ("kano", "he") else ("none", "stiction")
    assert verdicts[wrong] == 0
    assert verdicts[right] >= 12, verdicts


def test_a_load_of_ramps_cannot_be_told_from_a_sticky_valve() -> None:
    """Written down as it is: whoever makes it better changes this."""
    load = lambda t: 0.1 * signal.sawtooth(2.0 * np.pi * t / 200.0, 0.5)  # noqa: E731
    run = loop(kc=1.5, load=load, duration_s=4000.0)
    assert judged(run).verdict == "stiction"
    assert stem(run.t, run.output, run.stem).verdict == "none"


def test_noise_that_hides_the_shape_leaves_it_open() -> None:
    t = np.arange(2000.0)
    rng = np.random.default_rng(0)
    u = signal.sawtooth(2.0 * np.pi * t / 60.0, 0.5) + 1.5 * rng.normal(size=2000)
    found = stiction(t, u, signal.square(2.0 * np.pi * t / 60.0))
    assert found.verdict == "undecided"
    assert found.shape is None
    assert "noise hides" in found.why


def test_an_output_that_stands_still_leaves_it_open() -> None:
    t = np.arange(1000.0)
    found = stiction(t, np.full(1000, 0.4), np.sin(t / 10.0))
    assert (found.verdict, found.why) == ("undecided", "the output does not move")


@pytest.mark.parametrize("missing", [0.1, 0.4])
def test_missing_samples_change_nothing(missing: float) -> None:
    run = loop(kc=1.5, valve=kano(0.1, 0.1), noise=0.001, duration_s=2000.0)
    value = run.value.copy()
    value[np.random.default_rng(1).uniform(size=len(value)) < missing] = nan
    n = len(run.t) // 5
    found = stiction(run.t[n:], run.output[n:], value[n:])
    assert found.verdict == "stiction"
    assert found.oscillation is not None
    assert found.oscillation.missing == np.isnan(value[n:]).sum()


@pytest.mark.parametrize("lean", [0.2, 0.5, 0.8])
def test_shapes_are_told_whatever_way_they_lean(lean: float) -> None:
    t = np.arange(3000.0)
    way = (t / 60.0) % 1.0
    half = np.where(way < 0.5, 2.0 * way, 2.0 * way - 1.0)
    up = np.minimum(half / lean, (1.0 - half) / (1.0 - lean))
    side = np.where(way < 0.5, 1.0, -1.0)
    noise = 0.02 * np.random.default_rng(0).normal(size=3000)
    triangle = shape(t, side * up + noise, 60.0).triangular
    sine = shape(t, side * np.sin(0.5 * np.pi * up) + noise, 60.0).triangular
    assert triangle is not None
    assert triangle > 0.9
    assert sine is not None
    assert sine < 0.1


powers = st.integers(-6, 6).map(lambda k: 2.0**k)


@settings(max_examples=25)
@given(st.integers(0, 1000), powers, powers, powers, st.booleans())
def test_units_and_the_sense_of_either_do_not_matter(
    seed: int, of_time: float, of_output: float, of_value: float, mirrored: bool
) -> None:
    run = _drawn("kano" if seed % 2 else "sine", np.random.default_rng(seed))
    sign = -1.0 if mirrored else 1.0
    t, u, y = run.t[-1500:], run.output[-1500:], run.value[-1500:]
    found = stiction(t, u, y)
    other = stiction(t * of_time, u * of_output, sign * of_value * y)
    assert other.verdict == found.verdict
    for one, two in ((found.shape, other.shape), (found.asymmetry, other.asymmetry)):
        assert (one is None) == (two is None)
        if one is not None:
            assert two == pytest.approx(one, rel=1e-6, abs=1e-9)
