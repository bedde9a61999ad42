"""Ornstein-Uhlenbeck processes, the same on every machine: + - * / and square roots only."""

import math
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hil.bench.direct.loop import Happening
from hil.bench.direct.variant import Disturbance
from twin.clock import NS_PER_S
from twin.compiled import compiled
from twin.plant import Network
from twin.plant.measure import normal


def _walk(x: float, keep: float, push: float, uniform: NDArray[np.float64]) -> float:
    """`uniform` becomes the next values of a process that is at `x`, which gives the last."""
    for i in range(uniform.shape[0]):
        x = keep * x + push * normal(uniform[i])
        uniform[i] = x
    return x


walk = compiled(_walk)


class Process:
    """Mean 0, standard deviation 1, stationary from its first value on.

    `x' = a x + sqrt(1 - a^2) n` with `a = time/(time + step)`: exactly of deviation 1; its
    correlation time is `time` [s] where steps are short against it.
    """

    def __init__(self, seed: int, name: str, time_s: float, step_s: float) -> None:
        words = [seed, zlib.crc32(f"disturbance {name}".encode())]
        self._stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))
        self._keep = time_s / (time_s + step_s)
        self._push = math.sqrt(1.0 - self._keep * self._keep)
        self._x = float(walk(0.0, 0.0, 1.0, self._stream.random(1)))

    def take(self, n: int) -> NDArray[np.float64]:
        """The next `n` values [-]."""
        values = self._stream.random(n)
        if n:
            self._x = float(walk(self._x, self._keep, self._push, values))
        return values


class OnBoundary:
    """Disturbances of boundary inputs, whose `names` are in the order of their columns."""

    def __init__(
        self,
        names: Sequence[str],
        disturbances: Sequence[Disturbance],
        seed: int,
        period_ns: int,
    ) -> None:
        self._pushed = [
            (names.index(d.of), d, Process(seed, d.of, d.time_s, period_ns / NS_PER_S))
            for d in disturbances
        ]

    def __call__(self, values: NDArray[np.float64]) -> None:
        """Push the next rows of `values` [SI], float64[n, inputs], in place."""
        for column, disturbance, process in self._pushed:
            x = process.take(len(values))
            values[:, column] = pushed(disturbance, values[:, column], x)


def pushed(
    disturbance: Disturbance, value: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`value` [unit of what is disturbed] where the process is at `x` [-]."""
    push = disturbance.deviation * x
    moved = value * (1.0 + push) if disturbance.relative else value + push
    held: NDArray[np.float64] = np.minimum(np.maximum(moved, disturbance.low), disturbance.high)
    return held


def of_parameter(
    disturbance: Disturbance,
    nominal: float,
    limits: tuple[float, float],
    network: Network,
    seed: int,
) -> Happening:
    """A tunable parameter pushed about its `nominal` value, within `limits` [variable.unit]."""
    every_ns = round(disturbance.every_s * NS_PER_S)
    process = Process(seed, disturbance.of, disturbance.time_s, disturbance.every_s)
    low, high = limits
    at = np.array([nominal])

    def act(t_ns: int) -> int:
        value = float(pushed(disturbance, at, process.take(1))[0])
        network.set_parameter(disturbance.of, min(max(value, low), high))
        return (t_ns // every_ns + 1) * every_ns

    return Happening(-(1 << 62), act)
