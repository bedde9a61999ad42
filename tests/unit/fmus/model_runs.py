"""Runs a model without exporting it: ROS2 on its own equations, scipy for the linear algebra."""

from dataclasses import dataclass, field

import casadi as ca
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

from fmus.equations import Model, column

_GAMMA = 1.0 - 0.5 * 2.0**0.5


@dataclass
class Runner:
    """A model at an instant; `set` inputs and parameters by name, `run`, read outputs by name."""

    model: Model
    t: float = 0.0
    values: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        m = self.model
        args = [m.time, column(m.states), column(m.inputs), column(m.parameters), column(m.modes)]
        rate = m.derivatives()
        y = ca.vertcat(*[o.expression for o in m.outputs])
        self._rate = ca.Function("rate", args, [rate], {"cse": True})
        slope = ca.jacobian(rate, args[1])
        self._slope = ca.Function("slope", args, [rate, slope], {"cse": True})
        self._pattern = (slope.sparsity().row(), slope.sparsity().colind())
        self._out = ca.Function("out", args, [y], {"cse": True})
        self._event = ca.Function("event", args, list(m.after_event()))
        self.x = np.array([v.start for v in m.states])
        self.modes = np.array([v.start for v in m.modes])
        self.u = np.array([v.start for v in m.inputs])
        self.p = np.array([v.start for v in m.parameters])
        self._where = {v.name: (self.u, i) for i, v in enumerate(m.inputs)}
        self._where |= {v.name: (self.p, i) for i, v in enumerate(m.parameters)}
        self._where |= {v.name: (self.x, i) for i, v in enumerate(m.states)}
        self._y = {o.name: i for i, o in enumerate(m.outputs)}

    def set(self, **values: float) -> None:
        for name, value in values.items():
            array, i = self._where[name]
            array[i] = value

    def state(self, name: str) -> float:
        return float(self.x[[v.name for v in self.model.states].index(name)])

    def outputs(self) -> dict[str, float]:
        y = np.asarray(self._out(self.t, self.x, self.u, self.p, self.modes)).ravel()
        return dict(zip(self._y, y.tolist(), strict=True))

    def get(self, name: str) -> float:
        return self.outputs()[name]

    def rates(self, x: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        at = self.x if x is None else x
        return np.asarray(self._rate(self.t, at, self.u, self.p, self.modes)).ravel()

    def slope(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], csc_array]:
        """Rates and their derivative with respect to the states."""
        rate, slope = self._slope(self.t, x, self.u, self.p, self.modes)
        n = self.x.size
        matrix = csc_array((np.array(slope.nonzeros()), *self._pattern), shape=(n, n))
        return np.asarray(rate).ravel(), matrix

    def step(self, h: float) -> None:
        """Events, then one ROS2 step of `h` [s]."""
        if self.modes.size:
            for _ in range(3):
                x, modes = self._event(self.t, self.x, self.u, self.p, self.modes)
                self.x[:], self.modes = np.asarray(x).ravel(), np.asarray(modes).ravel()
        rate, slope = self.slope(self.x)
        lu = splu(eye_array(self.x.size, format="csc") - _GAMMA * h * slope)
        k1 = lu.solve(rate)
        middle = self.rates(self.x + h * k1)
        k2 = lu.solve(middle - 2.0 * k1)
        self.x[:] = self.x + 1.5 * h * k1 + 0.5 * h * k2
        self.t += h

    def run(self, seconds: float, h: float = 5.0) -> "Runner":
        for _ in range(round(seconds / h)):
            self.step(h)
        return self
