"""Dead band and jump of valves that have known ones, by their position."""

from collections.abc import Callable
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sticky_loops import Floats, free, he, kano, loop

from twin.errors import BadInput
from twin.response.stem import Stem, stem

T = np.arange(4000.0)
WAVE = 0.5 + 0.2 * np.sin(T / 100.0)


def followed(command: Floats, valve: Callable[[float], float], sigma: float = 0.0) -> Floats:
    read = np.array([valve(float(u)) for u in command])
    return read + sigma * np.random.default_rng(0).normal(size=len(read))


def judged(valve: Callable[[float], float], sigma: float = 0.0, command: Floats = WAVE) -> Stem:
    return stem(T, command, followed(command, valve, sigma))


@pytest.mark.parametrize("sigma", [0.0, 0.001])
@pytest.mark.parametrize(("s", "j"), [(0.05, 0.05), (0.05, 0.02), (0.1, 0.06), (0.08, 0.03)])
def test_a_jump_is_stiction(s: float, j: float, sigma: float) -> None:
    found = judged(kano(s, j, 0.5), sigma)
    assert found.verdict == "stiction"
    assert found.slip_jump == pytest.approx(j, abs=0.003)
    assert found.dead_band == pytest.approx(s - j, abs=0.003)
    assert found.stays_for == pytest.approx(s, abs=0.004)
    assert found.turns in (12, 13)  # of 4000 / (100 pi) half waves


def test_a_valve_that_sticks_again_after_each_jump_is_sticky_too() -> None:
    found = judged(he(0.06, 0.03, 0.5), 0.0005)
    assert found.verdict == "stiction"
    assert found.slip_jump == pytest.approx(0.03, abs=0.006)
    assert found.stays_for is not None
    assert 0.06 - 0.003 < found.stays_for < 0.06 + 0.03  # where in a jump it turned round


@pytest.mark.parametrize("sigma", [0.0, 0.001])
@pytest.mark.parametrize("band", [0.02, 0.08])
def test_play_is_a_dead_band_without_a_jump(band: float, sigma: float) -> None:
    found = judged(kano(band, 0.0, 0.5), sigma)
    assert found.verdict == "dead band"
    assert found.dead_band == pytest.approx(band, abs=0.003)
    assert found.slip_jump == pytest.approx(0.0, abs=0.003)


@pytest.mark.parametrize("sigma", [0.0, 0.0005, 0.001])
def test_a_free_valve_is_quiet(sigma: float) -> None:
    found = judged(free(), sigma)
    assert found.verdict == "none"
    assert found.dead_band == pytest.approx(0.0, abs=0.003)
    assert found.slip_jump == pytest.approx(0.0, abs=0.003)


def test_a_scale_that_is_off_is_no_fault_of_the_stem() -> None:
    found = stem(T, WAVE, 0.1 + 0.97 * WAVE)
    assert found.verdict == "none"


def test_noise_of_the_reading_may_hide_it() -> None:
    found = judged(free(), 0.01)
    assert found.verdict == "undecided"
    assert "can be seen" in found.why


def test_a_coarse_reading_hides_no_more_than_its_step() -> None:
    position = np.round(followed(WAVE, kano(0.06, 0.04, 0.5)) / 0.005) * 0.005
    found = stem(T, WAVE, position, resolution=0.005)
    assert found.verdict == "stiction"
    assert found.slip_jump == pytest.approx(0.04, abs=0.006)
    still = stem(T, WAVE, np.round(WAVE / 0.005) * 0.005, resolution=0.005)
    assert still.verdict == "none"


def test_a_staircase_shows_what_is_larger_than_its_steps() -> None:
    stairs = np.round(WAVE / 0.01) * 0.01
    found = judged(kano(0.08, 0.05, 0.5), command=stairs)
    assert found.verdict == "stiction"
    assert found.slip_jump == pytest.approx(0.05, abs=0.011)
    large = np.round(WAVE / 0.04) * 0.04
    assert judged(free(), command=large).verdict == "undecided"


def test_a_valve_that_never_moves_is_left_open_with_what_was_seen() -> None:
    found = stem(T, WAVE, np.full(len(T), 0.5))
    assert found.verdict == "undecided"
    assert found.dead_band is found.slip_jump is None
    assert "turned 0 times" in found.why
    assert "over 0.4" in found.why


def test_in_a_loop_the_sticky_valve_is_seen_and_the_free_one_is_not() -> None:
    sticky = loop(kc=1.5, valve=kano(0.1, 0.06), noise=0.0005, duration_s=1500.0)
    found = stem(sticky.t, sticky.output, sticky.stem)
    assert found.verdict == "stiction"
    assert found.slip_jump == pytest.approx(0.06, abs=0.01)
    healthy = loop(kc=1.5, load=lambda t: 0.1 * np.sin(t / 20.0), noise=0.0005, duration_s=1500.0)
    assert stem(healthy.t, healthy.output, healthy.stem).verdict == "none"


def test_missing_samples_are_skipped() -> None:
    position = followed(WAVE, kano(0.08, 0.04, 0.5))
    position[np.random.default_rng(2).uniform(size=len(T)) < 0.3] = nan
    found = stem(T, WAVE, position)
    assert found.missing == np.isnan(position).sum()
    assert found.slip_jump == pytest.approx(0.04, abs=0.004)
    assert stem(T, WAVE, np.full(len(T), nan)).why == "only 0 samples"


def test_a_resolution_is_a_size() -> None:
    with pytest.raises(BadInput, match="resolution"):
        stem(T, WAVE, WAVE, resolution=-0.01)
    with pytest.raises(BadInput, match="least"):
        stem(T, WAVE, WAVE, least=nan)


powers = st.integers(-6, 6).map(lambda k: 2.0**k)


@given(st.integers(0, 8), st.integers(0, 8), powers, powers, st.booleans())
def test_units_and_sense_do_not_matter(
    band: int, jump: int, size: float, slowness: float, mirrored: bool
) -> None:
    t, command = T[::4], WAVE[::4]
    j = 0.01 * jump
    position = followed(command, kano(0.01 * band + j, j, 0.5), 0.0005)
    factor = -size if mirrored else size
    found = stem(t, command, position)
    other = stem(t * slowness, factor * command, factor * position, least=0.01 * size)
    assert (found.verdict, found.turns) == (other.verdict, other.turns)
    for name in ("dead_band", "slip_jump", "stays_for", "resolution"):
        assert getattr(other, name) == pytest.approx(size * getattr(found, name), abs=1e-9 * size)
