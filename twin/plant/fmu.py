"""FMUs as files and as running instances; the only place that knows fmpy.

An FMU is native code of somebody else: it runs inside this process, and a crash of it is a crash
of this process. Host the plant in a process that does nothing else.
"""

import ctypes
import hashlib
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from weakref import finalize

import fmpy
from fmpy import fmi2, fmi3
from fmpy.fmi1 import FMICallException

from twin.errors import BadInput, PlantLost, refuse
from twin.plant.archive import unpack
from twin.plant.description import FmuVariable, read_description
from twin.plant.failure import (
    DISCARD,
    DO_STEP,
    FATAL,
    FUNCTIONS,
    GET_REALS,
    SET_REALS,
    TERMINATED,
    status_word,
)

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


class FmuFile:
    """An .fmu that was checked, unpacked and whose library loads here.

    Close it (or use `with`) to end its instances and remove the unpacked files.
    """

    def __init__(self, path: Path, scratch: Path | None) -> None:
        """Use `open_fmu`."""
        self.path = path
        self.folder = Path(tempfile.mkdtemp(prefix="hukka-fmu-", dir=scratch))
        self._remove = finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._instances: set[Instance] = set()
        try:
            unpack(path, self.folder)
            self._description = read_description(self.folder / "modelDescription.xml")
            self.library = _find_library(path, self.folder, self._description.identifier, self.fmi)
            self._handle = _load(path, self.library)
        except BadInput as error:
            self._remove()
            # the user knows the .fmu, not the folder it was unpacked to
            raise BadInput(str(error).replace(f"{self.folder}/", f"{path}: ")) from error
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    @property
    def fmi(self) -> int:
        """Major version of FMI, 2 or 3."""
        return self._description.fmi

    @property
    def model_name(self) -> str:
        """Name of the model inside."""
        return self._description.model_name

    @property
    def token(self) -> str:
        """What ties the description to the library (`guid`, `instantiationToken`)."""
        return self._description.token

    @property
    def variables(self) -> Mapping[str, FmuVariable]:
        """All variables by name."""
        return self._description.variables

    def instantiate(self, name: str) -> "Instance":
        """A new instance called `name` in messages; PlantLost when the FMU refuses."""
        if self._description.once_per_process and self._instances:
            raise BadInput(f"{self.path}: can run only once in a process, {name!r} would be twice")
        instance = Instance(self, name)
        self._instances.add(instance)
        return instance

    @property
    def can_save(self) -> bool:
        """Whether instances can save and restore their state."""
        return self._description.can_serialize_state

    def forget(self, instance: "Instance") -> None:
        """Called by an instance that has closed."""
        self._instances.discard(instance)

    def close(self) -> None:
        """End every instance, unload the library and remove the files."""
        for instance in list(self._instances):
            instance.close()
        if self._handle is not None:
            fmpy.freeLibrary(self._handle)
            self._handle = None
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def open_fmu(path: Path | str, scratch: Path | None = None) -> FmuFile:
    """Check, unpack and load an FMI 2.0 or 3.0 Co-Simulation FMU.

    It is unpacked below `scratch`, or the system's temporary folder. Whoever fears a crash of the
    FMU gives a `scratch` of its own and removes it when this process has died.

    Raises:
        BadInput: names the file, what was found in it and the rule it breaks.
    """
    return FmuFile(Path(path), scratch)


def _find_library(path: Path, folder: Path, identifier: str, fmi: int) -> Path:
    """The shared library for this platform."""
    # fmpy says `linux64` on ARM too; FMI 2.0 means x86-64 by it, so only there is it a fallback
    legacy = fmpy.platform if fmi == 2 and fmpy.architecture in ("x86_64", "x86") else None
    for platform in (fmpy.platform_tuple, legacy):
        if platform is not None:
            library: Path = (
                folder / "binaries" / platform / (identifier + fmpy.sharedLibraryExtension)
            )
            if library.is_file():
                return library
    there = sorted(p.name for p in (folder / "binaries").glob("*") if p.is_dir())
    raise BadInput(
        f"{path}: no {identifier}{fmpy.sharedLibraryExtension} for {fmpy.platform_tuple};"
        f" it has binaries for {', '.join(there) or 'no platform'}"
    )


def _load(path: Path, library: Path) -> Any:  # noqa: ANN401 - an opaque handle of the system
    try:
        return ctypes.CDLL(str(library))._handle
    except OSError as error:
        # the loader's own sentence names the library that is missing, or why it does not fit
        raise BadInput(f"{path}: {library.name} cannot be loaded: {error}") from error


class Instance:
    """One running copy of an FMU. Times are s, values are in the variable's own unit."""

    def __init__(self, file: FmuFile, name: str) -> None:
        """Use `FmuFile.instantiate`."""
        self.name = name
        self.file = file
        self.messages: deque[str] = deque(maxlen=_KEPT_MESSAGES)
        self._failed = 0
        self._open = self._stepping = False
        front = fmi2.FMU2Slave if file.fmi == 2 else fmi3.FMU3Slave
        try:
            self._fmu = front(
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
            raise PlantLost(f"{name}: fmi{file.fmi}Instantiate gave nothing{self._last_message()}")
        self._open = True
        wanted = sorted(_TROUBLE & set(file._description.log_categories))
        if wanted:
            self._do(self._fmu.setDebugLogging, True, wanted)

    @property
    def calls(self) -> Calls:
        """Addresses for the compiled exchange, valid until `close`."""
        library = self._fmu.dll
        names = [FUNCTIONS[self.file.fmi][f] for f in (SET_REALS, GET_REALS, DO_STEP)]
        addresses = [ctypes.cast(getattr(library, n), ctypes.c_void_p).value or 0 for n in names]
        return Calls(self.file.fmi, int(self._fmu.component), *addresses)

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
        flags = self._do(self._fmu.doStep, t_s, dt_s)
        if flags is not None and flags[1]:  # FMI 3.0: event, terminate, early return, last time
            raise self.lost("fmi3DoStep", TERMINATED)

    def set_reals(self, vr: Sequence[int], values: Sequence[float]) -> None:
        """Set 64-bit numbers by value reference."""
        if len(vr) > 0:
            self._do(self._fmu.setReal if self.file.fmi == 2 else self._fmu.setFloat64, vr, values)

    def get_reals(self, vr: Sequence[int]) -> list[float]:
        """64-bit numbers by value reference."""
        if len(vr) == 0:
            return []
        get = self._fmu.getReal if self.file.fmi == 2 else self._fmu.getFloat64
        values: list[float] = self._do(get, vr)
        return values

    def set(self, variable: FmuVariable, value: float) -> None:
        """Set one scalar of any numeric type, or a Boolean; BadInput for text and arrays."""
        kind = "Integer" if self.file.fmi == 2 else "Int64"
        kind = kind if variable.type == "Enumeration" else variable.type
        if variable.is_array or kind in ("String", "Binary", "Clock"):
            raise refuse(f"{self.name}.{variable.name}", variable.type, "must be a single number")
        number = value if kind in ("Real", "Float32", "Float64") else int(value)
        self._do(getattr(self._fmu, f"set{kind}"), [variable.vr], [number])

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
        return PlantLost(f"{self.name}: {function} answered {word}{self._last_message()}")

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
        _listeners.pop(id(self), None)

    def _do(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        try:
            return function(*arguments)
        except FMICallException as error:
            raise self.lost(error.function, error.status) from None

    def _last_message(self) -> str:
        return f"; its last message: {self.messages[-1].strip()}" if self.messages else ""

    def _instantiate2(self) -> int | None:
        _listeners[id(self)] = self.messages
        self._callbacks = fmi2.fmi2CallbackFunctions(
            logger=_CALLBACKS2.logger,
            allocateMemory=_CALLBACKS2.allocateMemory,
            freeMemory=_CALLBACKS2.freeMemory,
            componentEnvironment=id(self),
        )
        component: int | None = self._fmu.fmi2Instantiate(
            self.name.encode(),
            fmi2.fmi2CoSimulation,
            self.file.token.encode(),
            (self.file.folder / "resources").as_uri().encode(),
            ctypes.byref(self._callbacks),
            fmi2.fmi2False,  # visible
            fmi2.fmi2False,  # loggingOn
        )
        return component

    def _instantiate3(self) -> int | None:
        messages = self.messages

        def note(_env: int, _status: int, _category: bytes, message: bytes) -> None:
            messages.append(message.decode(errors="replace"))

        self._note = fmi3.fmi3LogMessageCallback(note)
        component: int | None = self._fmu.fmi3InstantiateCoSimulation(
            self.name.encode(),
            self.file.token.encode(),
            f"{self.file.folder / 'resources'}/".encode(),
            *(False, False, False, False),  # visible, loggingOn, eventModeUsed, earlyReturnAllowed
            *(None, 0),  # no intermediate variables
            None,
            self._note,
            fmi3.fmi3IntermediateUpdateCallback(),
        )
        return component


_listeners: dict[int, deque[str]] = {}


def _note2(env: int, _name: bytes, _status: int, _category: bytes, message: bytes) -> None:
    if env in _listeners:
        _listeners[env].append(message.decode(errors="replace"))


def _callbacks2() -> Any:  # noqa: ANN401 - a ctypes structure
    """Callbacks whose logger has its printf arguments filled in, where fmpy brings the C for it."""
    callbacks = fmi2.fmi2CallbackFunctions(
        logger=_NOTE2,
        allocateMemory=ctypes.cast(fmpy.calloc, fmi2.fmi2CallbackAllocateMemoryTYPE),
        freeMemory=ctypes.cast(fmpy.free, fmi2.fmi2CallbackFreeMemoryTYPE),
    )
    with suppress(OSError):  # fmpy has no such library for Linux on ARM: messages stay unformatted
        from fmpy.logging import addLoggerProxy

        addLoggerProxy(ctypes.byref(callbacks))
    return callbacks


# one for all instances: fmpy's formatter keeps a single logger
_NOTE2 = fmi2.fmi2CallbackLoggerTYPE(_note2)
_CALLBACKS2 = _callbacks2()
