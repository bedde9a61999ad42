"""Runs a model without exporting it: ROS2 on its own equations, scipy for the linear algebra.

Algebraic unknowns are solved for by Newton wherever the equations are evaluated; in the step's
matrix they stand beside the states, so that it stays sparse.
"""

from dataclasses import dataclass, field

import casadi as ca
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csc_array, eye_array
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
        x, a = column(m.states), column(m.algebraics)
        args = [m.time, x, column(m.inputs), column(m.parameters), column(m.modes), a]
        rate, rest = m.derivatives(), m.residuals()
        y = ca.vertcat(*[o.expression for o in m.outputs])
        cse = {"cse": True}
        self._rate = ca.Function("rate", args, [rate], cse)
        slopes = [ca.jacobian(f, z) for f in (rate, rest) for z in (x, a)]
        parts = [ca.vertcat(*part.nonzeros()) for part in slopes]
        self._slopes = ca.Function("slopes", args, [rate, *parts], cse)
        self._patterns = [
            (np.array(p.row()), np.array(p.colind()), p.shape)
            for p in (part.sparsity() for part in slopes)
        ]
        self._dense = slopes[3].sparsity().get_triplet()
        self._rest = ca.Function("rest", args, [rest, parts[3]], cse)
        self._out = ca.Function("out", args, [y], cse)
        args = args[:-1]
        self._event = ca.Function("event", args, list(m.after_event()))
        self.x = np.array([v.start for v in m.states])
        self.a = np.array([v.start for v in m.algebraics])
        self._usual = np.array([v.nominal for v in m.algebraics])
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
        y = np.asarray(self._out(*self._point(self.x), self.solve(self.x))).ravel()
        return dict(zip(self._y, y.tolist(), strict=True))

    def get(self, name: str) -> float:
        return self.outputs()[name]

    def algebraic(self, name: str) -> float:
        self.solve(self.x)
        return float(self.a[[v.name for v in self.model.algebraics].index(name)])

    def rates(self, x: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        at = self.x if x is None else x
        return np.asarray(self._rate(*self._point(at), self.solve(at))).ravel()

    def slope(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], csc_array]:
        """Rates and their derivative with respect to the states, unknowns eliminated."""
        rate, f_x, f_a, g_x, g_a = self.slopes(x)
        if self.a.size:
            f_x = f_x - f_a @ csc_array(splu(g_a).solve(g_x.toarray()))
        return rate, csc_array(f_x)

    def slopes(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], *tuple[csc_array, ...]]:
        """Rates; rates and residuals by states and by unknowns."""
        rate, *parts = self._slopes(*self._point(x), self.solve(x))
        matrices = [
            csc_array((np.asarray(part).ravel(), row, colind), shape=shape)
            for part, (row, colind, shape) in zip(parts, self._patterns, strict=True)
        ]
        return np.asarray(rate).ravel(), *matrices

    def solve(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The unknowns at states `x`, kept as the next search's beginning."""
        if not self.a.size:
            return self.a
        a = self.a.copy()
        g, step = self._newton(x, a)
        for _ in range(100):
            if np.all(np.abs(step) <= 1e-8 * (self._usual + np.abs(a))):
                self.a = a - step
                return self.a
            share, before = 1.0, np.linalg.norm(g / self._usual)
            g, full = self._newton(x, a - step)
            while np.linalg.norm(g / self._usual) > before and share > 1e-4:
                share *= 0.5
                g, full = self._newton(x, a - share * step)
            a, step = a - share * step, full
        raise ArithmeticError(f"no solution, residuals up to {np.abs(g).max():g}")

    def _newton(
        self, x: NDArray[np.float64], a: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        g, g_a = self._rest(*self._point(x), a)
        g = np.asarray(g).ravel()
        matrix = np.zeros((g.size, g.size))
        matrix[self._dense] = np.asarray(g_a).ravel()
        return g, np.linalg.solve(matrix, g)

    def _point(self, x: NDArray[np.float64]) -> tuple[object, ...]:
        return self.t, x, self.u, self.p, self.modes

    def step(self, h: float) -> None:
        """Events, then one ROS2 step of `h` [s]."""
        if self.modes.size:
            for _ in range(3):
                x, modes = self._event(self.t, self.x, self.u, self.p, self.modes)
                self.x[:], self.modes = np.asarray(x).ravel(), np.asarray(modes).ravel()
        n, gh = self.x.size, _GAMMA * h
        rate, f_x, f_a, g_x, g_a = self.slopes(self.x)
        matrix = eye_array(n, format="csc") - gh * f_x
        if self.a.size:
            matrix = block_array([[matrix, -gh * f_a], [g_x, g_a]], format="csc")
        lu, still = splu(matrix), np.zeros(self.a.size)
        k1 = lu.solve(np.concatenate([rate, still]))[:n]
        middle = self.rates(self.x + h * k1)
        k2 = lu.solve(np.concatenate([middle - 2.0 * k1, still]))[:n]
        self.x[:] = self.x + 1.5 * h * k1 + 0.5 * h * k2
        self.t += h

    def run(self, seconds: float, h: float = 5.0) -> "Runner":
        for _ in range(round(seconds / h)):
            self.step(h)
        return self
