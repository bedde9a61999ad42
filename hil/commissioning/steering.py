"""What a procedure puts in the place of weather, loads and readings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.loop.cycle import Network, Sensors
from twin.signals import Quality


@dataclass(frozen=True)
class Move:
    """From one value [SI] evenly to another; `goal` None is a broken wire."""

    start: float
    goal: float | None
    begin_ns: int = 0
    lasts_ns: int = 0

    def at(self, t_ns: int) -> float | None:
        """Its value at `t_ns` [ns of the run]."""
        if self.goal is None or t_ns >= self.begin_ns + self.lasts_ns:
            return self.goal
        if t_ns <= self.begin_ns:
            return self.start
        share = (t_ns - self.begin_ns) / self.lasts_ns
        return self.start + (self.goal - self.start) * share


class SteeredPlant:
    """The plant, some of whose inputs from outside are given by hand."""

    def __init__(self, network: Network, first_ns: int) -> None:
        self.moves: dict[int, Move] = {}
        """By column of the inputs."""
        self.inputs: NDArray[np.float64] = np.zeros(0)
        """As they were in the last step [SI]."""
        self._network = network
        self._now_ns = first_ns

    def step(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """Outputs after `dt_ns` [ns]."""
        for column, move in self.moves.items():
            value = move.at(self._now_ns)
            if value is not None:
                inputs[column] = value
        self.inputs = inputs
        self._now_ns += dt_ns
        return self._network.step(inputs, dt_ns)


class ForcedSensors:
    """The sensors, some of whose readings are given by hand, as a calibrator at the terminals."""

    def __init__(self, sensors: Sensors, first_ns: int, period_ns: int) -> None:
        self.moves: dict[int, Move] = {}
        """By column of the signals."""
        self.shifts: dict[int, float] = {}
        """What is added to a reading [SI], by column of the signals."""
        self._sensors, self._period_ns = sensors, period_ns
        self._now_ns = first_ns

    def read(self, true: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Readings and qualities."""
        values, quality = self._sensors.read(true)
        self._now_ns += self._period_ns
        for column, by in self.shifts.items():
            values[column] += by
        for column, move in self.moves.items():
            value = move.at(self._now_ns)
            values[column] = np.nan if value is None else value
            quality[column] = int(Quality.NO_VALUE if value is None else Quality.GOOD)
        return values, quality
