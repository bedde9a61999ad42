"""What one comparison of a model with measurements found: figures, a rival's figure, curves.

Every kind of rig (`pipe.py`, ...) gives a list of these; the table, the pictures and the JSON
are made from them and know nothing of the rig.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rival:
    """The best other tool on the same data, with its figure in the unit of the case's own."""

    name: str
    figure: float


@dataclass(frozen=True, eq=False)
class Curves:
    """One picture: measured and predicted over `x`, with what other tools or signals did.

    All arrays have the length of `x`. `joined` says whether neighbouring points belong to each
    other (a run over time) or not (points of a map).
    """

    x: Array
    x_label: str
    y_label: str
    measured: Array
    predicted: Array
    others: Mapping[str, Array]
    joined: bool = True


@dataclass(frozen=True, eq=False)
class Case:
    """One case: `metrics` by name with its unit as ending (`rmse_K`, `max_K`, `mape_percent`).

    `figure` names the metric that the table shows and that `rival` is compared by. `notes` are
    sentences for the user: what was assumed, what was left out.
    """

    name: str
    figure: str
    metrics: Mapping[str, float]
    curves: Curves
    rival: Rival | None = None
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The metric that the table shows, in the unit its name ends with."""
        return self.metrics[self.figure]

    @property
    def ratio(self) -> float | None:
        """Own figure over the rival's [-], below 1 is better; None without a rival."""
        return None if self.rival is None else self.value / self.rival.figure


def errors(measured: Array, predicted: Array, unit: str = "K") -> dict[str, float]:
    """RMSE, largest, mean absolute error and bias of a prediction, all in `unit`."""
    error = predicted - measured
    return {
        f"rmse_{unit}": float(np.sqrt(np.mean(error**2))),
        f"max_{unit}": float(np.max(np.abs(error))),
        f"mae_{unit}": float(np.mean(np.abs(error))),
        f"bias_{unit}": float(np.mean(error)),
    }


def mape(measured: Array, predicted: Array) -> float:
    """Mean absolute error relative to the measured value [%]; no measured value may be 0."""
    return float(100.0 * np.mean(np.abs((predicted - measured) / measured)))
