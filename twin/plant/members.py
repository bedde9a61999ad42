"""Copies of one Co-Simulation FMU that differ in their inputs and parameters, stepped side by side.

They are as many instances, or, of an FMU that runs only once in a process, states of one instance
that are saved and restored in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.errors import BadInput, refuse
from twin.plant.fmu import FmuFile
from twin.plant.network import Network, NetworkState
from twin.plant.variable import Setting
from twin.signals import OUT_OF_RANGE

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """Running members, as bytes and numbers."""

    members: int
    running: tuple[Matrix, NetworkState]
    states: tuple[NetworkState, ...]
    """Of each, where one instance is all of them in turn."""
    left: float


class Members(Closing):
    """Of one part; inputs and outputs are in the FMU's own units, times in s."""

    def __init__(
        self,
        file: FmuFile,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        settings: Mapping[str, Setting],
        differing: Sequence[Mapping[str, float]],
    ) -> None:
        """Nothing is instantiated before `start`.

        Args:
            file: opened for Co-Simulation; it stays the caller's.
            name: of the part, in messages.
            inputs: fed to each member, in this order.
            outputs: given by each member, in this order.
            settings: parameter -> value before initialization.
            differing: of each member, by how much parameters differ from that as long as it lives.

        Raises:
            BadInput: one process cannot have several, neither at once nor in turn; or the FMU has
                no such variable.
        """
        if file.info.once_per_process and not file.can_save:
            rule = "gives no derivatives, runs only once in a process and cannot save its state"
            raise BadInput(f"{file.path}: {rule}")
        self.name, self._file, self._settings = name, file, dict(settings)
        self._inputs = tuple(inputs)
        self._own = [{n: self.value(n) + by for n, by in member.items()} for member in differing]
        counts = file.variables.get(OUT_OF_RANGE)
        self._told = counts is not None and counts.is_real
        self._outputs = (*outputs, *([OUT_OF_RANGE] if self._told else []))
        self._in_turn = file.info.once_per_process
        self._limits = [(file.variables[n].min, file.variables[n].max) for n in inputs]
        self._network: Network | None = None
        self._kept: list[NetworkState] = []
        self._left = 0.0
        self._count = 0

    def value(self, parameter: str) -> float:
        """What a parameter is set to, or starts with."""
        told = self._settings.get(parameter)
        if isinstance(told, int | float):
            return float(told)
        variable = self._file.variables.get(parameter)
        if variable is None:
            raise refuse(f"{self.name}.{parameter}", parameter, "the FMU has no such variable")
        return variable.start or 0.0

    def start(self, inputs: Matrix) -> Matrix:
        """The first `len(inputs)` members, initialized with `inputs[k, n_in]`; outputs[k, m]."""
        self.close()
        inputs = self._within(inputs)
        self._count = len(inputs)
        parts = [f"{self.name}_{i}" for i in range(len(inputs))]
        if not self._in_turn:
            self._network = self._of(parts, self._own)
            return self._read(self._network.initialize(inputs.ravel()), len(inputs))
        outputs = []
        for row, own in zip(inputs, self._own, strict=False):
            self.close()
            self._network = self._of([self.name], [own])
            outputs.append(self._network.initialize(row).copy())
            self._kept.append(self._network.save())
        return self._read(np.array(outputs), len(inputs))

    def run(self, inputs: Matrix, dt_s: float) -> Matrix:
        """One step of `dt_s` [s] a row: `inputs[rows, k, n_in]` to outputs[rows, k, m].

        What lies beyond the limits that the FMU declares of an input is put on them.

        Raises:
            PlantLost: an FMU failed.
        """
        network, dt_ns = self._running(), round(dt_s * 1e9)
        inputs = self._within(inputs)
        rows, k = inputs.shape[:2]
        if not self._in_turn:
            return self._read(network.run(inputs.reshape(rows, -1), dt_ns), rows, k)
        outputs = []
        for i in range(k):
            network.restore(self._kept[i])
            outputs.append(network.run(inputs[:, i], dt_ns))
            self._kept[i] = network.save()
        return self._read(np.stack(outputs, axis=1), rows, k)

    def set(self, member: int, parameters: Mapping[str, float]) -> None:
        """Change tunable parameters of one member between steps."""
        network = self._running()
        if self._in_turn:
            network.restore(self._kept[member])
        part = self.name if self._in_turn else f"{self.name}_{member}"
        for parameter, value in parameters.items():
            network.set_parameter(f"{part}.{parameter}", value)
        if self._in_turn:
            self._kept[member] = network.save()

    def saved(self) -> NetworkState | None:
        """The state of the first member; None of an FMU that cannot save it."""
        if not self._file.can_save:
            return None
        if self._in_turn:
            return self._kept[0]
        whole = self._running().save()
        return NetworkState(whole.time_ns, b"", {"": whole.parts[f"{self.name}_0"]})

    def alone(self, state: NetworkState, inputs: Matrix) -> None:
        """Start the first member alone, and go on from what `saved` gave."""
        self.start(inputs[None])
        network = self._running()
        mine = network.save()
        (part,) = mine.parts
        (data,) = state.parts.values()
        there = NetworkState(state.time_ns, mine.board, {part: data})
        network.restore(there)
        self._kept = [there]

    def kept(self) -> Kept | None:
        """What `take_up` of other members needs; None before `start`.

        Raises:
            BadInput: the FMU cannot save its state.
        """
        if self._network is None:
            return None
        running = self._network.kept()
        assert running is not None
        return Kept(len(self._kept) or self._count, running, tuple(self._kept), self._left)

    def take_up(self, kept: Kept | None) -> None:
        """Go on from what other members have `kept`."""
        if kept is None:
            return
        self.close()
        parts = [f"{self.name}_{i}" for i in range(kept.members)]
        own = self._own[: kept.members]
        self._network = self._of(*(([self.name], own[:1]) if self._in_turn else (parts, own)))
        self._network.take_up(kept.running)
        self._kept, self._left, self._count = list(kept.states), kept.left, kept.members

    def ranges_left(self) -> int:
        """How many ranges of validity the first member had left at most in its last steps [-]."""
        return round(self._left)

    def close(self) -> None:
        """End all members; the file stays open."""
        if self._network is not None:
            self._network.close()
        if not self._in_turn:
            self._kept = []
        self._network = None

    def _of(self, parts: Sequence[str], own: Sequence[Mapping[str, float]]) -> Network:
        settings = {
            f"{part}.{name}": value
            for part, several in zip(parts, own, strict=False)
            for name, value in {**self._settings, **several}.items()
        }
        return Network(
            dict.fromkeys(parts, self._file),
            [],
            [f"{part}.{n}" for part in parts for n in self._inputs],
            [f"{part}.{n}" for part in parts for n in self._outputs],
            parameters=settings,
        )

    def _running(self) -> Network:
        assert self._network is not None, "start it first"
        return self._network

    def _within(self, inputs: Matrix) -> Matrix:
        low = [-np.inf if low is None else low for low, _ in self._limits]
        high = [np.inf if high is None else high for _, high in self._limits]
        return np.clip(inputs, low, high)

    def _read(self, outputs: Matrix, *shape: int) -> Matrix:
        """Apart by member, and what the first says of its validity taken off."""
        apart = outputs.reshape(*shape, len(self._outputs))
        if not self._told:
            return apart
        self._left = float(apart[..., 0, -1].max())
        return np.ascontiguousarray(apart[..., :-1])
