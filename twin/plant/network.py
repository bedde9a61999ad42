"""The plant: FMUs that step together, each fed with the others' outputs of the last point."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.errors import BadInput, PlantLost
from twin.plant.binding import Compiled, Exchange, bind_plain
from twin.plant.failure import at_time
from twin.plant.fmu import FmuFile
from twin.plant.instance import Instance
from twin.plant.plain import feed_part, given_values, read_part
from twin.plant.settings import check_parameter, check_start
from twin.plant.variable import FmuVariable, Setting
from twin.plant.wiring import find, wire

Driver = Callable[[tuple[Any, ...], int], tuple[int, int, int, int]]
"""(plan of `exchange`, time [ns]) -> what `exchange` answers, of all the steps that were taken."""

_NOT_RUNNING = "the plant is not running: initialize it first"


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Everything that `Network.restore` needs to go on from here to the same bits."""

    time_ns: int
    board: bytes
    parts: Mapping[str, bytes]


class Network(Closing):
    """Connected FMUs with one vector in and one vector out.

    All values are in the FMU variables' own units (`input_units`, `output_units`); connections
    between different units of one quantity are converted on the way. Time is ns since the start.
    """

    def __init__(
        self,
        parts: Mapping[str, FmuFile],
        connections: Sequence[tuple[str, str]],
        inputs: Sequence[str],
        outputs: Sequence[str],
        *,
        parameters: Mapping[str, Setting] | None = None,
        start: Mapping[str, Setting] | None = None,
        compiled: bool = True,
        progress: NDArray[np.int64] | None = None,
    ) -> None:
        """Check and wire; nothing of the FMUs runs before `initialize`.

        Args:
            parts: name -> FMU; the files stay the caller's and must stay open.
            connections: (`part.output`, `part.input`).
            inputs: `part.input` fed from outside, in the order of the input vector.
            outputs: `part.output` given to outside, in the order of the output vector.
            parameters: `part.parameter` -> value [its unit], truth value, text, item of an
                enumeration, or lists of them for an array.
            start: `part.variable` -> value before initialization, likewise.
            compiled: False steps in plain Python, some fifty times slower, with the same results;
                so does an FMU that needs its tool, whatever is said here.
            progress: two int64, perhaps in shared memory: index of the part whose code is running
                (-1: none) and its communication point [ns], to be read when this process died.

        Raises:
            BadInput: as `wiring.wire`, or a parameter or start value that is unknown, not settable
                or out of range.
        """
        self._files = dict(parts)
        self._variables = {name: file.variables for name, file in parts.items()}
        self._settings: dict[str, Setting] = {**(start or {}), **(parameters or {})}
        for name, value in (parameters or {}).items():
            check_parameter(self._variables, name, value, running=False)
        for name, value in (start or {}).items():
            check_start(self._variables, name, value)
        self._wiring = wire(self._variables, connections, inputs, outputs, start or {})
        self.input_names, self.output_names = tuple(inputs), tuple(outputs)
        self.input_units = tuple(v.unit for v in self._wiring.inputs)
        self.output_units = tuple(v.unit for v in self._wiring.outputs)
        self.progress = np.full(2, -1, np.int64) if progress is None else progress
        self.time_ns = 0
        self._instances: list[Instance] = []
        self._board = np.zeros(self._wiring.board_size)
        self._row_in = np.zeros((1, len(inputs)))
        self._row_out = np.zeros((1, len(outputs)))
        self._outputs: NDArray[np.float64] = self._row_out[0]
        # An FMU that brings an interpreter or talks to a tool stays out of compiled code: those of
        # PythonFMU3 0.3.4 left the heap corrupt when they were called from there several times.
        self._compiled = compiled and not any(file.info.needs_tool for file in parts.values())
        self._lost = _NOT_RUNNING
        self._began_with = np.zeros(len(inputs))

    def initialize(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Start (again) at time 0 with `inputs[n_in]`; gives the outputs[n_out] at time 0.

        Inside initialization the connections are followed until nothing changes, at most once
        more than there are parts, so that direct feed-through is settled at time 0.
        """
        self.close()
        self.time_ns = 0
        self._began_with = inputs.copy()
        try:
            self._begin(inputs)
        except PlantLost as error:
            self.close()
            raise at_time(error, 0) from None
        bind = Compiled if self._compiled else bind_plain
        self._exchange: Exchange = bind(self._wiring, self._instances, self._board, self.progress)
        self._lost = ""
        outputs: NDArray[np.float64] = self._board[self._wiring.taps]
        return outputs

    def step(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """Advance all parts by `dt_ns` [ns] with `inputs[n_in]` held; outputs[n_out] after it.

        The returned array is used again by the next step: copy what must stay.

        Raises:
            PlantLost: names the part, the function, its answer, the time and the last message.
        """
        if inputs.shape != (self._row_in.shape[1],):
            raise ValueError(f"{inputs.shape} inputs, the network has {self._row_in.shape[1:]}")
        self._row_in[0] = inputs
        self._advance(self._row_in, self._row_out, dt_ns)
        return self._outputs

    def run(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """N steps of `dt_ns` [ns] with `inputs[N, n_in]` in one call; outputs[N, n_out]."""
        if inputs.ndim != 2 or inputs.shape[1] != self._row_in.shape[1]:
            raise ValueError(f"{inputs.shape} inputs, the network has (N, {self._row_in.shape[1]})")
        outputs = np.zeros((len(inputs), self._row_out.shape[1]))
        self._advance(np.array(inputs, np.float64, order="C"), outputs, dt_ns)
        return outputs

    def drive(self, driver: Driver, dt_ns: int) -> None:
        """Let compiled code step the parts by itself, `dt_ns` [ns] each time.

        Raises:
            BadInput: an FMU here cannot be called from compiled code.
            PlantLost: as `step`.
        """
        if self._lost:
            raise PlantLost(self._lost)
        exchange = self._exchange
        if not isinstance(exchange, Compiled):
            raise BadInput("the plant has an FMU that needs its tool: compiled code cannot step it")
        ended = driver(exchange.plan, self.time_ns)
        try:
            exchange.check(ended, self.time_ns, dt_ns)
        except PlantLost as error:
            self._lost = str(error)
            raise
        self.time_ns += ended[3] * dt_ns

    def set_parameter(self, name: str, value: Setting) -> None:
        """Set `part.parameter` [its unit]; between steps only tunable ones can change.

        Raises:
            BadInput: unknown (with the nearest one), not a parameter, fixed, or out of range.
        """
        variable = check_parameter(self._variables, name, value, running=bool(self._instances))
        self._settings[name] = value
        if self._instances:
            self._instance_of(name).set(variable, value)

    def messages(self, part: str) -> tuple[str, ...]:
        """What the FMU of `part` has said lately, the newest last."""
        return tuple(self._instance_of(part).messages) if self._instances else ()

    def save(self) -> NetworkState:
        """The complete state; BadInput when an FMU cannot save its own."""
        parts = {i.name: i.save() for i in self._instances}
        return NetworkState(self.time_ns, self._board.tobytes(), parts)

    def restore(self, state: NetworkState) -> None:
        """Go back (or on) to `state`; the network must have been initialized."""
        for instance in self._instances:
            instance.restore(state.parts[instance.name])
        self._board[:] = np.frombuffer(state.board)
        self.time_ns = state.time_ns

    def kept(self) -> tuple[NDArray[np.float64], NetworkState] | None:
        """What `take_up` of another such network needs; None of one that does not run."""
        return (self._began_with, self.save()) if self._instances else None

    def take_up(self, kept: tuple[NDArray[np.float64], NetworkState] | None) -> None:
        """Go on from what another network of the same FMUs has `kept`, perhaps in a past life."""
        if kept is None:
            self.close()
            return
        inputs, state = kept
        self.initialize(inputs)
        self.restore(state)

    def close(self) -> None:
        """End all FMU instances; the files stay open."""
        for instance in self._instances:
            instance.close()
        self._instances = []
        self._lost = _NOT_RUNNING

    def _begin(self, inputs: NDArray[np.float64]) -> None:
        """Instantiate, set, initialize and read all parts."""
        wiring, board = self._wiring, self._board
        for name, file in self._files.items():
            self._instances.append(file.instantiate(name))
        for name, value in self._settings.items():
            self._instance_of(name).set(find(self._variables, name, ""), value)
        for part, instance in enumerate(self._instances):
            instance.plan(
                self._of(wiring.wire_names, wiring.wire_ends, part),
                self._of(wiring.read_names, wiring.read_ends, part),
            )
            instance.enter_init(0.0)
        board[:] = 0.0
        board[: len(wiring.inputs)] = inputs
        for _ in range(len(self._instances) + 1):
            before = board.tobytes()
            for part, instance in enumerate(self._instances):
                read_part(wiring, part, instance, board)
            given = given_values(wiring, board)
            for part, instance in enumerate(self._instances):
                feed_part(wiring, part, instance, given)
            if board.tobytes() == before:
                break
        for instance in self._instances:
            instance.exit_init()
        for part, instance in enumerate(self._instances):
            read_part(wiring, part, instance, board)

    def _of(self, names: Sequence[str], ends: NDArray[np.int64], part: int) -> list[FmuVariable]:
        """Variables behind those of `names` that belong to a part."""
        return [find(self._variables, n, "") for n in names[ends[part] : ends[part + 1]]]

    def _advance(
        self, inputs: NDArray[np.float64], outputs: NDArray[np.float64], dt_ns: int
    ) -> None:
        if self._lost:
            raise PlantLost(self._lost)
        try:
            self._exchange(inputs, outputs, self.time_ns, dt_ns)
        except PlantLost as error:
            self._lost = str(error)  # an FMU that failed must not be stepped again
            raise
        self.time_ns += len(inputs) * dt_ns

    def _instance_of(self, name: str) -> Instance:
        return self._instances[self._wiring.parts.index(name.partition(".")[0])]
