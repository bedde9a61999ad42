"""A part that is followed: models that fail, events, and what is not heard."""

from collections.abc import Mapping

import numpy as np
import pytest
from linear_part import DT_S, MODEL, SAMPLES, Linear, M, Matrix, N

from twin.errors import PlantLost
from twin.estimation.observer import PartObserver

INPUTS, READINGS, HEARD = np.zeros((SAMPLES, 2)), np.zeros((SAMPLES, M)), np.ones(M, bool)


class NoNumber(Linear):
    """A model whose slopes are no numbers: no step of it is within any limit."""

    def follow(self, t_s, dt_s, x, inputs, *rest, **more) -> tuple[Matrix, Matrix]:
        return x, np.zeros((0, M))


def test_a_model_whose_slopes_are_no_numbers_is_lost() -> None:
    observer = PartObserver(NoNumber(1), MODEL, DT_S, SAMPLES)
    with pytest.raises(PlantLost, match="t = 0 s: a slope is no finite number"):
        observer.window(INPUTS, READINGS, HEARD)


class Jumping(Linear):
    """A model whose states go to one in any event."""

    def go_to(self, t_s: float, x: Matrix, changed: Mapping[str, float]) -> Matrix:
        return np.ones(N)


def test_what_an_event_makes_of_the_states_is_believed() -> None:
    observer = PartObserver(Jumping(1), MODEL, DT_S, SAMPLES)
    observer.window(INPUTS, READINGS, HEARD)
    before = observer.belief
    assert before is not None
    assert np.abs(before.x).max() < 0.1
    observer.change({})
    after = observer.belief
    assert after is not None
    assert after.x.tolist() == [1.0] * N
