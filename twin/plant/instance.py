"""A running copy of an FMU: what both interfaces have, and the steps of Co-Simulation."""

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fmpy import fmi2, fmi3
from fmpy.fmi1 import FMICallException

from twin.errors import BadInput, PlantLost, refuse
from twin.plant.callbacks import callbacks2, forget, log_callback3
from twin.plant.failure import (
    DISCARD,
    DO_STEP,
    FATAL,
    FUNCTIONS,
    GET_REALS,
    SET_REALS,
    TERMINATED,
    Discarded,
    status_word,
)
from twin.plant.port import Port, as_type
from twin.plant.variable import FmuVariable, Setting

if TYPE_CHECKING:
    from twin.plant.fmu import FmuFile

_KEPT_MESSAGES = 50
# categories of the standard that tell why something failed, and stay silent otherwise
_TROUBLE = {"logStatusWarning", "logStatusDiscard", "logStatusError", "logStatusFatal"}


@dataclass(frozen=True, slots=True)
class Calls:
    """Addresses of an instance's own functions, for the compiled exchange."""

    fmi: int
    component: int
    set_reals: int
    get_reals: int
    do_step: int


class Instance:
    """One running copy of an FMU. Times are s, values are in the variable's own unit."""

    _fronts: tuple[Any, Any] = (fmi2.FMU2Slave, fmi3.FMU3Slave)

    def __init__(self, file: "FmuFile", name: str) -> None:
        """Use `FmuFile.instantiate`."""
        self.name = name
        self.file = file
        self.messages: deque[str] = deque(maxlen=_KEPT_MESSAGES)
        self._failed = 0
        self._open = self._stepping = False
        self._arrays: dict[int, list[Any]] = {}
        self.plan([], [])
        try:
            self._fmu = self._fronts[file.fmi - 2](
                guid=file.token,
                modelIdentifier=file.library.stem,
                unzipDirectory=str(file.folder),
                instanceName=name,
                **({"libraryPath": str(file.library)} if file.fmi == 2 else {}),
            )
        except AttributeError as error:  # ctypes: a function that FMI demands is not there
            raise BadInput(f"{file.path}: {error}") from error
        self._fmu.component = self._instantiate2() if file.fmi == 2 else self._instantiate3()
        if not self._fmu.component:
            raise PlantLost(
                f"{name}: fmi{file.fmi}Instantiate gave nothing"
                f"{self._last_message()}{file.tool_note()}"
            )
        self._open = True
        wanted = sorted(_TROUBLE & set(file.description.log_categories))
        if wanted:
            self._do(self._fmu.setDebugLogging, True, wanted)

    def plan(self, fed: Sequence[FmuVariable], read: Sequence[FmuVariable]) -> None:
        """Which variables `feed` sets and `read` gives, in these orders; after `set`."""
        self._inlet = Port(self.name, fed, self._access, self._arrays)
        self._outlet = Port(self.name, read, self._access, {})
        self._all_real = all(v.is_real for v in (*fed, *read))

    @property
    def calls(self) -> Calls | None:
        """Addresses for the compiled exchange, valid until `close`; None: go through Python.

        Only Co-Simulation with nothing but 64-bit numbers has functions of the shape it calls.
        """
        if not self._all_real:
            return None
        names = [FUNCTIONS[self.file.fmi][f] for f in (SET_REALS, GET_REALS, DO_STEP)]
        return Calls(self.file.fmi, self.component, *(self.address(n) for n in names))

    @property
    def never_back(self) -> bool:
        """Whether no earlier state is restored, so that it need not be ready for one."""
        return not self.file.can_save

    @property
    def component(self) -> int:
        """The instance as its own functions know it."""
        return int(self._fmu.component)

    def address(self, function: str) -> int:
        """Address of one of its functions; BadInput when the library has none of that name."""
        try:
            found = getattr(self._fmu.dll, function)
        except AttributeError:
            raise BadInput(f"{self.file.path}: its library has no {function}") from None
        return ctypes.cast(found, ctypes.c_void_p).value or 0

    def enter_init(self, t_s: float) -> None:
        """Begin initialization at `t_s` [s]; parameters and start values were set before."""
        if self.file.fmi == 2:
            self._do(self._fmu.setupExperiment, None, t_s)
            self._do(self._fmu.enterInitializationMode)
        else:
            self._do(self._fmu.enterInitializationMode, None, t_s)

    def exit_init(self) -> None:
        """End initialization; the instance can step now."""
        self._do(self._fmu.exitInitializationMode)
        self._stepping = True

    def step(self, t_s: float, dt_s: float) -> None:
        """Advance from `t_s` [s] by `dt_s` [s] with the inputs held."""
        flags = self._do(self._fmu.doStep, t_s, dt_s, self.never_back)
        if flags is not None and flags[1]:  # FMI 3.0: event, terminate, early return, last time
            raise self.lost("fmi3DoStep", TERMINATED)

    def feed(self, values: Sequence[float]) -> None:
        """Set the inputs that `plan` named."""
        self._inlet.write(values)

    def read(self) -> list[float]:
        """The outputs that `plan` named."""
        return self._outlet.read()

    def set(self, variable: FmuVariable, value: Setting) -> None:
        """Set a parameter or start value of any type; an element keeps the rest of its array.

        Raises:
            BadInput: the variable does not take the value.
        """
        place = f"{self.name}.{variable.name}"
        try:
            values: list[Any] = list(variable.values_of(value))
        except ValueError as error:
            raise refuse(place, value, str(error)) from None
        whole = variable.array
        if whole is not None:
            if whole.vr not in self._arrays and not whole.starts:
                raise refuse(place, value, f"{whole.name} has no start values, give it as a whole")
            array = self._arrays.get(whole.vr)
            array = array or [as_type(whole.type, v) for v in whole.values_at_start]
            array[variable.element] = values[0]
            values = array
        if variable.is_array or whole is not None:
            self._arrays[variable.vr] = values
        self._access("set", variable.type)([variable.vr], values)

    def set_reals(self, vr: Sequence[int], values: Sequence[float]) -> None:
        """Set single 64-bit numbers by value reference."""
        if len(vr) > 0:
            self._access("set", self._real)(vr, values)

    def get_reals(self, vr: Sequence[int]) -> list[float]:
        """Single 64-bit numbers by value reference."""
        if len(vr) == 0:
            return []
        values: list[float] = self._access("get", self._real)(vr, len(vr))
        return values

    def save(self) -> bytes:
        """The complete state; BadInput when the FMU cannot serialize it."""
        if not self.file.can_save:
            raise BadInput(f"{self.name}: {self.file.path} cannot save its state")
        state = self._do(self._fmu.getFMUState)
        data: bytes = self._do(self._fmu.serializeFMUState, state)
        self._do(self._fmu.freeFMUState, state)
        return data

    def restore(self, data: bytes) -> None:
        """Go back to a state that `save` of the same FMU gave."""
        state = self._do(self._fmu.deserializeFMUState, data)
        self._do(self._fmu.setFMUState, state)
        self._do(self._fmu.freeFMUState, state)

    def lost(self, function: str, status: int) -> PlantLost:
        """The error for `function` having answered `status`; the instance is not used again."""
        self._failed = max(self._failed, status)
        word = status_word(self.file.fmi, status)
        kind = Discarded if status == DISCARD else PlantLost
        return kind(f"{self.name}: {function} answered {word}{self._last_message()}")

    def close(self) -> None:
        """Terminate and free, as far as the standard allows after a failure; twice is fine."""
        if not self._open:
            return
        self._open = False
        self.file.forget(self)
        if self._failed < DISCARD and self._stepping:
            with suppress(FMICallException):  # how it takes the end changes nothing any more
                self._fmu.terminate()
        if self._failed != FATAL:  # after Fatal no call at all is allowed
            self._fmu.freeInstance()
        forget(id(self))

    @property
    def _real(self) -> str:
        return "Real" if self.file.fmi == 2 else "Float64"

    def _access(self, direction: str, kind: str) -> Callable[..., Any]:
        """The FMU's function that gets or sets variables of a type."""
        if kind == "Enumeration":
            kind = "Integer" if self.file.fmi == 2 else "Int64"
        function = getattr(self._fmu, f"{direction}{kind}")
        if direction == "get" and self.file.fmi == 2:
            return lambda vr, _count: self._do(function, vr)  # FMI 2.0 knows no arrays
        return lambda *arguments: self._do(function, *arguments)

    def _do(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        try:
            return function(*arguments)
        except FMICallException as error:
            raise self.lost(error.function, error.status) from None

    def _last_message(self) -> str:
        return f"; its last message: {self.messages[-1].strip()}" if self.messages else ""

    def _instantiate2(self) -> int | None:
        kind = fmi2.fmi2CoSimulation if self._is_slave else fmi2.fmi2ModelExchange
        self._callbacks = callbacks2(id(self), self.messages)
        component: int | None = self._fmu.fmi2Instantiate(
            self.name.encode(),
            kind,
            self.file.token.encode(),
            self.file.resources.as_uri().encode(),
            ctypes.byref(self._callbacks),
            fmi2.fmi2False,  # visible
            fmi2.fmi2False,  # loggingOn
        )
        return component

    def _instantiate3(self) -> int | None:
        self._note = log_callback3(self.messages)
        first = (self.name.encode(), self.file.token.encode(), f"{self.file.resources}/".encode())
        quiet = (False, False)  # visible, loggingOn
        component: int | None
        if self._is_slave:
            component = self._fmu.fmi3InstantiateCoSimulation(
                *first,
                *quiet,
                *(False, False),  # eventModeUsed, earlyReturnAllowed
                *(None, 0),  # no intermediate variables
                None,
                self._note,
                fmi3.fmi3IntermediateUpdateCallback(),
            )
        else:
            component = self._fmu.fmi3InstantiateModelExchange(*first, *quiet, None, self._note)
        return component

    @property
    def _is_slave(self) -> bool:
        return self.file.interface == "co_simulation"
