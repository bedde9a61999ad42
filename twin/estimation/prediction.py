"""A model run along rows of inputs, seen through the lag of the sensors."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.estimation.sensor_lag import lag


class Predictor(Protocol):
    """Models of all parts, unconnected: inputs in, outputs one period later."""

    def initialize(self, inputs: NDArray[np.float64]) -> object:
        """Start every model with these inputs, float64[n_in]."""
        ...

    def run(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """One step of `dt_ns` [ns] a row: float64[rows, n_in] to float64[rows, n_out]."""
        ...


class Prediction:
    """What a predictor says, block after block; blocks may be cut anywhere.

    `tau_s` float64[n_out] are the time constants of the sensors [s].
    """

    def __init__(self, predictor: Predictor, tau_s: NDArray[np.float64], period_ns: int) -> None:
        self._predictor = predictor
        self._tau_s = tau_s
        self._period_ns = period_ns
        self._lagged: NDArray[np.float64] | None = None

    def over(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictions float64[rows, n_out] from inputs float64[rows, n_in].

        NaN until every input has been there once; later the caller holds them.
        """
        predicted = np.full((len(inputs), len(self._tau_s)), np.nan)
        first = 0
        if self._lagged is None:
            complete: NDArray[np.bool_] = np.all(np.isfinite(inputs), axis=1)
            first = int(np.argmax(complete))
            if not complete[first]:
                return predicted
            self._predictor.initialize(inputs[first])
        outputs = self._predictor.run(inputs[first:], self._period_ns)
        before = outputs[0] if self._lagged is None else self._lagged
        predicted[first:] = lag(before, outputs, self._tau_s, self._period_ns / 1e9)
        self._lagged = predicted[-1].copy()
        return predicted
