"""What every observer of a part is to those who run it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Trail:
    """How a window was corrected, so that another run over it can be corrected alike."""

    K: Matrix
    """float64[n_z, m], the gain."""
    renewed: bool
    """Whether the linear model behind it was made for this window."""


@dataclass(frozen=True)
class Window:
    """What a window of samples said of a part."""

    innovation: Matrix
    """float64[m], mean reading minus mean prediction; NaN where there was no reading."""
    variance: Matrix
    """float64[m], as the filter expects it of a perfect model."""
    signature: Matrix
    """float64[m, k], how the innovation moves with the size of each hypothesis."""
    predicted: Matrix
    """float64[samples, m], what the sensors ought to have read."""
    trail: Trail | None = None
    """None of an observer that corrects no states."""


class Observer(Protocol):
    """Follows one part window by window."""

    def window(self, inputs: Matrix, readings: Matrix, heard: Flags) -> Window:
        """One window on.

        Args:
            inputs: float64[samples, n_in], finite.
            readings: float64[samples, m], NaN where there is no good one.
            heard: bool[m], whether each signal may correct what is believed.
        """
        ...

    def beside(self, inputs: Matrix, readings: Matrix, heard: Flags, trail: Trail | None) -> Matrix:
        """Innovation float64[m] of one window on, corrected as another run over it was.

        Nothing is learned of gains and signatures, so that it costs a part of `window`.
        """
        ...

    @property
    def belief(self) -> Any:  # noqa: ANN401 - each observer has its own
        """A copy of what is held to be true; None before the first window, or if it cannot be."""
        ...

    def resume(self, belief: Any, inputs: Matrix) -> None:  # noqa: ANN401
        """Go on from there with a model that has not begun; `inputs[n_in]` are those of then."""
        ...

    def change(self, parameters: Mapping[str, float]) -> None:
        """Go on with other values of tunable parameters."""
        ...
