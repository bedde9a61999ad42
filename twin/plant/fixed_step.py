"""Integration of a Model Exchange FMU with fixed steps: classical Runge-Kutta of order four."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.errors import PlantLost


class Model(Protocol):
    """What a solver asks of an FMU in continuous-time mode."""

    name: str

    def states(self) -> NDArray[np.float64]:
        """Continuous states."""
        ...

    def nominals(self) -> NDArray[np.float64]:
        """Size that each state usually has."""
        ...

    def move(self, t_s: float, x: NDArray[np.float64]) -> None:
        """Go to a time [s] and states."""
        ...

    def derivatives(self) -> NDArray[np.float64]:
        """Derivatives of the states there; used again by the next call."""
        ...

    def indicators(self) -> NDArray[np.float64]:
        """Event indicators there; used again by the next call."""
        ...

    def not_finite(self, dx: NDArray[np.float64]) -> PlantLost:
        """The error for derivatives that left the numbers."""
        ...

    def pardon(self) -> None:
        """Forget that it discarded a trial."""
        ...


class FixedStep:
    """Steps of equal length; an event inside one is found by bisection of the step."""

    def __init__(self, model: Model, step_s: float) -> None:
        """Steps of at most `step_s` [s]."""
        self._model, self._step_s = model, step_s

    def restart(self, t_s: float) -> None:
        """Nothing is remembered between steps."""

    def go(self, t_s: float, stop_s: float) -> bool:
        """One step from `t_s` [s] towards `stop_s` [s]; True when it ended at an event.

        The model is left behind the event: its indicators already have their new signs.
        """
        model = self._model
        # 1e-9: a span that is a whole number of steps but for its last digits
        count = max(1, math.ceil((stop_s - t_s) / self._step_s - 1e-9))
        h = (stop_s - t_s) / count
        x0 = model.states()
        model.move(t_s, x0)
        before = model.indicators() > 0.0
        end = stop_s if count == 1 else t_s + h
        model.move(end, self._runge_kutta(t_s, x0, h))
        if bool(np.array_equal(model.indicators() > 0.0, before)):
            return False
        low, high = 0.0, h
        close = max(1e-9 * h, 4.0 * math.ulp(t_s))
        while high - low > close:
            middle = 0.5 * (low + high)
            model.move(t_s + middle, self._runge_kutta(t_s, x0, middle))
            if bool(np.array_equal(model.indicators() > 0.0, before)):
                low = middle
            else:
                high = middle
        model.move(end if high == h else t_s + high, self._runge_kutta(t_s, x0, high))
        return True

    def _runge_kutta(self, t: float, x: NDArray[np.float64], h: float) -> NDArray[np.float64]:
        # elementwise operations only: the same bits on every machine
        k1 = self._slope(t, x)
        k2 = self._slope(t + 0.5 * h, x + 0.5 * h * k1)
        k3 = self._slope(t + 0.5 * h, x + 0.5 * h * k2)
        k4 = self._slope(t + h, x + h * k3)
        return x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    def _slope(self, t: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
        self._model.move(t, x)
        dx = self._model.derivatives().copy()
        if not np.isfinite(dx).all():
            raise self._model.not_finite(dx)
        return dx
