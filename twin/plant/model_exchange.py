"""A Model Exchange FMU as an instance that steps: the event protocol of FMI 2.0 and 3.0.

The FMU is in continuous-time mode between steps. A change of its inputs or parameters is an event:
they are set in event mode, and the next step first lets the FMU find its new discrete states.
"""

import math
import struct
from collections.abc import Callable, Sequence
from ctypes import POINTER, c_double, cast
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from fmpy import fmi2, fmi3
from numpy.typing import NDArray

from twin.errors import PlantLost
from twin.plant.cvode import Cvode
from twin.plant.failure import TERMINATED
from twin.plant.fixed_step import FixedStep
from twin.plant.instance import Calls, Instance
from twin.plant.variable import FmuVariable, Setting

if TYPE_CHECKING:
    from twin.plant.fmu import FmuFile

_MOST_ITERATIONS = 1000
"""So many times an FMU may want new discrete states at one instant."""
_MOST_EVENTS = 1000
"""So many events may follow each other without time getting on."""
_HEAD = struct.Struct("<d?q")  # next event, in event mode, inputs that follow


class ModelInstance(Instance):
    """One running copy of a Model Exchange FMU, with the solver that steps it."""

    _fronts = (fmi2.FMU2Model, fmi3.FMU3Model)

    def __init__(self, file: "FmuFile", name: str) -> None:
        """Use `FmuFile.instantiate`."""
        super().__init__(file, name)
        self._mode: Literal["init", "event", "continuous"] = "init"
        self._fed: list[float] | None = None
        self._next_event = math.inf
        self._t = 0.0

    @property
    def calls(self) -> Calls | None:
        """None: the compiled exchange cannot step it by itself."""
        return None

    def exit_init(self) -> None:
        """End initialization, find the first discrete states and make the solver."""
        self._do(self._fmu.exitInitializationMode)
        self._stepping = True
        self._mode = "event"
        if self.file.fmi == 2:
            nx, nz = len(self.file.description.derivatives), self.file.description.event_indicators
        else:
            nx = self._do(self._fmu.getNumberOfContinuousStates)
            nz = self._do(self._fmu.getNumberOfEventIndicators)
        self._x, self._dx, self._z, self._nominals = (np.zeros(n) for n in (nx, nx, nz, nx))
        running = self.file.running
        if running.solver == "cvode":
            self._solver: Cvode | FixedStep = Cvode(self, running.tolerance)
        else:
            self._solver = FixedStep(self, running.step_s)
        self._settle()

    def feed(self, values: Sequence[float]) -> None:
        """Set the inputs that `plan` named; a change is an event."""
        if values == self._fed:
            return
        self._enter_events()
        super().feed(values)
        self._fed = list(values)

    def set(self, variable: FmuVariable, value: Setting) -> None:
        """Set a parameter or start value; while the plant runs that is an event."""
        self._enter_events()
        super().set(variable, value)

    def step(self, t_s: float, dt_s: float) -> None:
        """Advance from `t_s` [s] by `dt_s` [s], through all events, with the inputs held."""
        end = t_s + dt_s
        self._t = t_s
        if self._mode == "event":
            self._settle()
        self._solver.restart(t_s)
        events, last = 0, -math.inf
        while not _reached(self._t, end):
            stop = min(end, self._next_event)
            if not _reached(self._t, stop):
                crossed = self._solver.go(self._t, stop)
                wanted = self._step_completed()
            else:  # too little for a solver, and yet the FMU must see the very instant
                crossed = wanted = False
                self.move(max(self._t, stop), self.states())
            if crossed or wanted or _reached(self._t, self._next_event):
                events = events + 1 if _reached(last, self._t) else 0
                last = self._t
                if events > _MOST_EVENTS:
                    raise PlantLost(f"{self.name}: {events} events at {self._t:.9g} s, without end")
                self._enter_events()
                self._settle()
                self._solver.restart(self._t)

    def save(self) -> bytes:
        """The complete state, with what this side knows of it."""
        fed = self._fed or []
        head = _HEAD.pack(self._next_event, self._mode == "event", len(fed))
        return head + np.array([self._t, *fed]).tobytes() + super().save()

    def restore(self, data: bytes) -> None:
        """Go back to a state that `save` of the same FMU gave."""
        self._next_event, in_event, count = _HEAD.unpack_from(data)
        self._mode = "event" if in_event else "continuous"
        at = _HEAD.size + 8 * (count + 1)
        self._t, *fed = np.frombuffer(data[_HEAD.size : at]).tolist()
        self._fed = fed or None
        super().restore(data[at:])

    def settle(
        self,
        t_s: float,
        x: NDArray[np.float64],
        changed: Sequence[tuple[FmuVariable, Setting]] = (),
    ) -> None:
        """Let the FMU find its discrete states at a time [s] and states that the caller chose.

        Parameters that `changed` are set in the same event.
        """
        self.move(t_s, x)
        self._enter_events()
        for variable, value in changed:
            super().set(variable, value)
        self._settle()

    # ---- what a solver asks ------------------------------------------------------------------

    def states(self) -> NDArray[np.float64]:
        """Continuous states, as the FMU has them now."""
        if self._x.size:
            self._do(self._fmu.getContinuousStates, _pointer(self._x), self._x.size)
        return self._x.copy()

    def nominals(self) -> NDArray[np.float64]:
        """Size that each state usually has."""
        if self._nominals.size:
            get = self._fmu.getNominalsOfContinuousStates
            self._do(get, _pointer(self._nominals), self._nominals.size)
        return self._nominals

    def move(self, t_s: float, x: NDArray[np.float64]) -> None:
        """Go to a time [s] and states, inside continuous-time mode."""
        self._t = t_s
        self._do(self._fmu.setTime, t_s)
        if x.size:
            self._x[:] = x
            self._do(self._fmu.setContinuousStates, _pointer(self._x), x.size)

    def derivatives(self) -> NDArray[np.float64]:
        """Derivatives of the states where `move` went; used again by the next call."""
        if self._dx.size:
            fmu = self._fmu
            get = fmu.getDerivatives if self.file.fmi == 2 else fmu.getContinuousStateDerivatives
            self._do(get, _pointer(self._dx), self._dx.size)
        return self._dx

    def indicators(self) -> NDArray[np.float64]:
        """Event indicators where `move` went; used again by the next call."""
        if self._z.size:
            self._do(self._fmu.getEventIndicators, _pointer(self._z), self._z.size)
        return self._z

    def not_finite(self, dx: NDArray[np.float64]) -> PlantLost:
        """The error for derivatives that left the numbers."""
        i = int(np.flatnonzero(~np.isfinite(dx))[0])
        names = self.file.description.derivatives
        name = names[i].name if len(names) == dx.size else f"derivative {i + 1}"
        return PlantLost(f"{self.name}.{name}: answered {dx[i]}, which is not a finite number")

    def pardon(self) -> None:
        """Forget a Discard: the solver tries again with a shorter step."""
        self._failed = 0

    # ---- events ------------------------------------------------------------------------------

    def _enter_events(self) -> None:
        if self._mode == "continuous":
            self._do(self._fmu.enterEventMode)
            self._mode = "event"

    def _settle(self) -> None:
        """Let the FMU find its discrete states, then go back to continuous time."""
        name = "newDiscreteStates" if self.file.fmi == 2 else "updateDiscreteStates"
        update: Callable[[], Any] = getattr(self._fmu, name)
        for _ in range(_MOST_ITERATIONS):
            again, ends, _, _, defined, at = self._do(update)
            if ends:
                raise self.lost(f"fmi{self.file.fmi}{name[0].upper()}{name[1:]}", TERMINATED)
            self._next_event = at if defined else math.inf
            if not again:
                break
        else:
            raise PlantLost(f"{self.name}: its events at {self._t:.9g} s do not come to an end")
        self._do(self._fmu.enterContinuousTimeMode)
        self._mode = "continuous"

    def _step_completed(self) -> bool:
        """Tell the FMU that a step of the solver counts; whether it wants an event."""
        if not self.file.info.tells_steps:
            return False
        event, ends = self._do(self._fmu.completedIntegratorStep, self.never_back)
        if ends:
            raise self.lost(f"fmi{self.file.fmi}CompletedIntegratorStep", TERMINATED)
        return bool(event)


def _reached(t: float, goal: float) -> bool:
    """Whether `t` [s] is at `goal` [s] or past it, but for the last digits."""
    return t >= goal - 1e-12 * max(1.0, abs(t))


def _pointer(values: NDArray[np.float64]) -> Any:  # noqa: ANN401 - a ctypes pointer
    return cast(values.ctypes.data, POINTER(c_double))
