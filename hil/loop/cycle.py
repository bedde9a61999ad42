"""One cycle of the plant: act on the commands of the cycle before, measure, publish, append a row.

The same function runs on the virtual and on the wall clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hil.loop.ring import Ring
from twin.signals import Quality


class Exchange(Protocol):
    """The controllers as the plant sees them: readings out, commands in."""

    def publish(self, t_ns: int, measured: Sequence[float], quality: Sequence[int]) -> None:
        """Offer the readings of `t_ns` [ns] (SI units) to all controllers."""
        ...

    def commands(self, t_ns: int) -> tuple[Sequence[float], Sequence[int]]:
        """Commands (SI units) known at `t_ns` [ns]; a value that is not GOOD says nothing."""
        ...


class Network(Protocol):
    """The true plant."""

    def step(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """Outputs after `dt_ns` [ns] under constant inputs."""
        ...


class Sensors(Protocol):
    """What the true values look like to a controller."""

    def read(self, true: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Readings and qualities."""
        ...


class Boundary(Protocol):
    """Weather and loads."""

    def block(self, k0: int, n: int) -> NDArray[np.float64]:
        """Values of the instants k0·period to (k0+n-1)·period, float64[n, inputs]."""
        ...


@dataclass(frozen=True)
class Injection:
    """A fault that begins in the first cycle at or after `at_ns` [ns] and grows until `full_ns`."""

    at_ns: int
    full_ns: int
    apply: Callable[[int], None]
    """Makes the fault as large as it is at an instant [ns]."""


_BOUNDARY_BLOCK = 3600


class PlantCycle:
    """`cycle(k, late_ns)` brings the plant from (k-1)·period to k·period.

    Cycles up to 0 are the warm-up: weather and load stand still at their first value.
    """

    def __init__(
        self,
        network: Network,
        sensors: Sensors,
        boundary: Boundary,
        injections: Sequence[Injection],
        start_commands: Sequence[float],
        n_signals: int,
        period_ns: int,
        ring: Ring,
        wait_for_room: Callable[[], None],
        offsets: NDArray[np.float64] | None = None,
    ) -> None:
        """`offsets` [-] say, cycle by cycle, how much further actuators stand than commanded."""
        self.exchange: Exchange | None = None
        self._network = network
        self._sensors = sensors
        self._boundary = boundary
        self._pending = sorted(injections, key=lambda i: i.at_ns)
        self._growing: list[Injection] = []
        self._n_signals = n_signals
        self._period_ns = period_ns
        self._ring = ring
        self._wait_for_room: Callable[[], None] | None = wait_for_room
        self._outside = boundary.block(0, _BOUNDARY_BLOCK)
        self._outside_from = 0
        self._n_outside = self._outside.shape[1]
        self._inputs = np.empty(self._n_outside + len(start_commands))
        self._actuators = self._inputs[self._n_outside :]  # a view
        self._commands = np.array(start_commands, np.float64)
        self._offsets = np.zeros(len(start_commands)) if offsets is None else offsets

    def __call__(self, k: int, late_ns: int) -> None:
        """Run cycle `k`, which began `late_ns` after its deadline [ns]."""
        assert self.exchange is not None
        ordered, quality = self.exchange.commands((k - 1) * self._period_ns)
        if any(quality):  # GOOD is 0
            for i, (value, q) in enumerate(zip(ordered, quality, strict=True)):
                if q == Quality.GOOD:
                    self._commands[i] = value  # an actuator that hears nothing stays where it is
        else:
            self._commands[:] = ordered
        if self._pending or self._growing:
            self._break((k - 1) * self._period_ns)
        self._inputs[: self._n_outside] = self._outside_at(max(k - 1, 0))
        self._actuators[:] = self._commands
        if self._offsets.any():
            np.clip(self._commands + self._offsets, 0.0, 1.0, out=self._actuators)
        outputs = self._network.step(self._inputs, self._period_ns)
        measured, measured_quality = self._sensors.read(outputs[: self._n_signals])
        self.exchange.publish(k * self._period_ns, measured.tolist(), measured_quality.tolist())
        self._append(k, late_ns, measured, measured_quality, quality, outputs)

    def drop_when_full(self) -> None:
        """From here on a row that finds no room is dropped: real time waits for nobody."""
        self._wait_for_room = None

    def _break(self, t_ns: int) -> None:
        while self._pending and self._pending[0].at_ns <= t_ns:
            self._growing.append(self._pending.pop(0))
        for injection in self._growing:
            injection.apply(t_ns)
        self._growing = [i for i in self._growing if i.full_ns > t_ns]

    def _outside_at(self, k: int) -> NDArray[np.float64]:
        at = k - self._outside_from
        if at >= len(self._outside):
            self._outside = self._boundary.block(k, _BOUNDARY_BLOCK)
            self._outside_from, at = k, 0
        row: NDArray[np.float64] = self._outside[at]
        return row

    def _append(
        self,
        k: int,
        late_ns: int,
        measured: NDArray[np.float64],
        measured_quality: NDArray[np.uint8],
        command_quality: Sequence[int],
        outputs: NDArray[np.float64],
    ) -> None:
        t_ns, truth = k * self._period_ns, outputs[self._n_signals :]
        row = (t_ns, late_ns, measured, self._commands, truth, measured_quality, command_quality)
        while not self._ring.put(row):
            if self._wait_for_room is None:
                self._ring.drop()
                return
            self._wait_for_room()
