"""Channels that hardly do anything in the head: a step of them is seen, their flicker is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.diagnosis.table import detect, hardly_changing, unfit

HEAD, ROWS = 400, 700


def rounded(flickers: int, seed: int, step: float = 0.1) -> np.ndarray:
    """A reading rounded to `step` that leaves its value for single rows, and one of plain noise."""
    rng = np.random.default_rng([flickers, seed])
    y = np.column_stack([np.full(ROWS, 21.5), rng.standard_normal(ROWS)])
    for begin, end in ((0, HEAD), (HEAD, ROWS)):
        rows = rng.choice(np.arange(begin + 4, end - 4, 4), flickers, replace=False)
        y[rows, 0] += step * rng.choice([-1.0, 1.0], flickers)
    return y


@pytest.mark.parametrize("flickers", [1, 2, 5, 12, 16, 20])
def test_flicker_is_no_alarm_and_a_step_of_one_resolution_is(flickers: int) -> None:
    y = rounded(flickers, 1)
    assert detect(y, HEAD).events == ()
    y[550:, 0] += 0.1
    event = detect(y, HEAD).events[0]
    assert 550 <= event.first <= 560
    assert event.suspects[0] == 0


def test_a_head_that_is_constant_but_for_some_rows_says_what_can_be_judged() -> None:
    y = rounded(3, 2)[:HEAD]
    assert hardly_changing(y[:, 0]) == (3, 21.5, pytest.approx(0.1))
    assert hardly_changing(y[:, 1]) is None
    assert hardly_changing(np.full(HEAD, 21.5)) is None


ODD = st.sampled_from([1e-310, 1e-200, 1e-49, 1e-9, 1.0, 977.0, 1e49, 1e120, 1e200, 1.7e308])


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.integers(0, 119), min_size=1, max_size=8),
    off=st.lists(ODD, min_size=8, max_size=8),
    wild=ODD,
    noise=st.sampled_from([0.0, 1e-310, 1e-200, 1e-40, 1.0, 1e49, 1e200]),
)
def test_any_head_is_judged_or_refused_by_name(
    rows: list[int], off: list[float], wild: float, noise: float
) -> None:
    rng = np.random.default_rng(7)
    y = np.column_stack([noise * np.sin(np.arange(200.0)), rng.standard_normal(200)])
    for row, size in zip(rows, off, strict=False):
        y[row, 0] = size
    y[150:153, 0] = y[160, 0] = wild
    fit = [i for i, reason in enumerate(unfit(y[:120])) if reason is None]
    assert 1 in fit
    flags = detect(y[:, fit], 120)
    assert np.isfinite(flags.score).all()
    assert np.isfinite(flags.share).all()


@pytest.mark.parametrize(
    ("factor", "said"), [(1e200, "which no sensor reads"), (1e-200, "which no sensor tells")]
)
def test_numbers_that_no_sensor_has_are_refused(factor: float, said: str) -> None:
    head = np.random.default_rng(3).standard_normal((100, 2)) * [1.0, factor]
    plain, odd = unfit(head)
    assert plain is None
    assert odd is not None
    assert said in odd
