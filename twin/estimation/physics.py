"""What an observer asks of a model, and what it is told of the part that it watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.factors import Factors
from twin.sparse import Entries

Matrix = NDArray[np.float64]


class Physics(Protocol):
    """A model as slopes and outputs with their Jacobian (`twin.plant.equations`)."""

    @property
    def states(self) -> Sequence[str]:
        """Names of the continuous states."""
        ...

    def start(self, inputs: Matrix) -> tuple[Matrix, Matrix]:
        """Initialize; states float64[n_x] and outputs float64[n_out] at time 0."""
        ...

    def go_to(self, t_s: float, x: Matrix, changed: Mapping[str, float]) -> Matrix:
        """States after an event at `t_s` [s] and `x[n_x]` in which parameters were `changed`."""
        ...

    def follow(
        self,
        t_s: float,
        dt_s: float,
        x: Matrix,
        inputs: Matrix,
        step: Factors,
        drive: Matrix,
        limit: Matrix,
    ) -> tuple[Matrix, Matrix]:
        """States after, and outputs float64[made, n_out], of one step a row of `inputs`.

        `step` has the factors of I - gamma dt df/dx (`rosenbrock`). Before a step whose error is
        more than about `limit[n_x]` it stops.
        """
        ...

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        """Jacobian: d (slopes, outputs) / d (states, inputs, parameters)."""
        ...

    def along(self, t_s: float, x: Matrix, inputs: Matrix, direction: Matrix) -> Matrix:
        """That Jacobian times `direction[n_x + n_in + n_par]`, at a fraction of its cost."""
        ...

    def kept(self) -> Any:  # noqa: ANN401 - each has its own
        """What `take_up` of another copy needs, discrete states and all.

        Raises:
            BadInput: it cannot save its state.
        """
        ...

    def take_up(self, kept: Any) -> None:  # noqa: ANN401
        """Go on from what another copy has `kept`; for one that has not begun."""
        ...


@dataclass(frozen=True)
class Disturbance:
    """What nobody measures: an Ornstein-Uhlenbeck process added to an input or a parameter."""

    column: int
    """Which input, or inputs and then parameters, counted from 0."""
    sigma: float
    """Its standard deviation in the long run [unit of the input or parameter]."""
    tau_s: float
    """Time in which it forgets [s]."""


@dataclass(frozen=True)
class Cause:
    """How a hypothesis of size one enters the model of a part; any of these may be missing.

    `column` is an input or parameter that the true plant has more of by `gain`; an input whose
    *reading* is too high has a gain of -1, because the plant then has less than is read. `output`
    is a watched signal that reads too high by one.
    """

    column: int | None = None
    gain: float = 1.0
    output: int | None = None


@dataclass(frozen=True)
class PartModel:
    """What an observer is told of its part; units are those of the signals, SI."""

    lag_s: Matrix
    """float64[m], first-order lag of each watched sensor [s]."""
    noise: Matrix
    """float64[m], standard deviation of one reading, resolution included."""
    error: Matrix
    """float64[m], standard deviation of what the model itself is wrong by, slowly changing; 0 for a
    perfect model. It is not white: the filter leans on a reading by so much less
    (`linearised.ERROR_S`)."""
    input_noise: Matrix
    """float64[n_in], that of each boundary reading; 0 for commands."""
    walk: Matrix
    """float64[n_x], what each state may stray by itself [unit/sqrt(s)]."""
    spread: Matrix
    """float64[n_x], how uncertain each state is at the beginning; 0 of meters and clocks."""
    disturbances: tuple[Disturbance, ...] = ()
    causes: tuple[tuple[Cause, ...], ...] = ()
    """For each hypothesis of the site, how it enters here; empty where it does not."""
    sizes: tuple[float, ...] = ()
    """Of each hypothesis, one that is tried where its effect is told by trying (`ensemble.py`)."""
