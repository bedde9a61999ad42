"""One running instance of an FMU, opened with fmpy; the same calls for FMI 2.0 and 3.0."""

from collections.abc import Sequence
from ctypes import c_double
from pathlib import Path
from typing import Any, Literal

import fmpy
from fmpy import fmi2, fmi3
from fmpy.model_description import ModelDescription

Interface = Literal["CoSimulation", "ModelExchange"]


class Session:
    """An instance that has been initialised; `messages` holds what its logger said.

    Errors of the FMU are fmpy's: FMICallException, or Exception where the library does not load.
    """

    def __init__(
        self,
        folder: Path,
        description: ModelDescription,
        interface: Interface,
        *,
        parameters: dict[int, float] | None = None,
        start_time: float = 0.0,
        log: bool = False,
    ) -> None:
        self.messages: list[str] = []
        self.folder = folder
        self.description = description
        self.is_fmi3 = description.fmiVersion.startswith("3")
        self._co_simulation = interface == "CoSimulation"
        self.fmu: Any = self._load(folder, interface)
        self._instantiate(log)
        if parameters:
            self.set(list(parameters), list(parameters.values()))
        self._initialise(start_time)

    def _load(self, folder: Path, interface: Interface) -> Any:  # noqa: ANN401 - fmpy has no types
        description = self.description
        about = description.coSimulation if self._co_simulation else description.modelExchange
        if about is None:
            raise ValueError(f"{description.modelName} has no interface {interface}")
        classes = {
            (False, True): fmi2.FMU2Slave,
            (False, False): fmi2.FMU2Model,
            (True, True): fmi3.FMU3Slave,
            (True, False): fmi3.FMU3Model,
        }
        kind = classes[self.is_fmi3, self._co_simulation]
        return kind(
            guid=description.guid,
            unzipDirectory=str(folder),
            modelIdentifier=about.modelIdentifier,
            instanceName="check",
        )

    def _instantiate(self, log: bool) -> None:
        if self.is_fmi3:

            def listen(_env: object, _status: int, _category: bytes, message: bytes) -> None:
                self.messages.append(message.decode("utf-8", "replace"))

            self.fmu.instantiate(loggingOn=log, logMessage=listen)
            return

        def listen_2(
            _env: object, _name: bytes, _status: int, _category: bytes, message: bytes
        ) -> None:
            self.messages.append(message.decode("utf-8", "replace"))

        callbacks = fmi2.fmi2CallbackFunctions()
        callbacks.logger = fmi2.fmi2CallbackLoggerTYPE(listen_2)
        callbacks.allocateMemory = fmi2.fmi2CallbackAllocateMemoryTYPE(fmpy.calloc)
        callbacks.freeMemory = fmi2.fmi2CallbackFreeMemoryTYPE(fmpy.free)
        self.fmu.instantiate(callbacks=callbacks, loggingOn=log)

    def _initialise(self, start_time: float) -> None:
        if self.is_fmi3:
            self.fmu.enterInitializationMode(startTime=start_time)
        else:
            self.fmu.setupExperiment(startTime=start_time)
            self.fmu.enterInitializationMode()
        self.fmu.exitInitializationMode()
        if not self._co_simulation:
            self.settle()
            self.fmu.enterContinuousTimeMode()

    def settle(self) -> None:
        """Event iteration of Model Exchange, in event mode."""
        update = self.fmu.updateDiscreteStates if self.is_fmi3 else self.fmu.newDiscreteStates
        while update()[0]:
            pass

    def get(self, references: Sequence[int]) -> list[float]:
        """Values of real variables."""
        read = self.fmu.getFloat64 if self.is_fmi3 else self.fmu.getReal
        return [float(v) for v in read(list(references))]

    def set(self, references: Sequence[int], values: Sequence[float]) -> None:
        """Set real variables."""
        write = self.fmu.setFloat64 if self.is_fmi3 else self.fmu.setReal
        write(list(references), [float(v) for v in values])

    def set_states(self, x: Sequence[float]) -> None:
        """Set all continuous states (Model Exchange)."""
        vector = (c_double * len(x))(*x)
        self.fmu.setContinuousStates(vector, len(x))

    def step(self, t: float, length: float) -> None:
        """One Co-Simulation step from `t` [s] of `length` [s]."""
        self.fmu.doStep(currentCommunicationPoint=t, communicationStepSize=length)

    def save(self) -> Any:  # noqa: ANN401 - an opaque pointer
        """The state of the instance, to restore."""
        return self.fmu.getFMUState()

    def restore(self, state: Any) -> None:  # noqa: ANN401
        """Back to a saved state."""
        self.fmu.setFMUState(state)

    def to_bytes(self, state: Any) -> bytes:  # noqa: ANN401
        """A saved state for other processes."""
        return bytes(self.fmu.serializeFMUState(state))

    def from_bytes(self, data: bytes) -> Any:  # noqa: ANN401
        """A saved state from another process."""
        return self.fmu.deserializeFMUState(data)

    def directional(
        self, unknowns: Sequence[int], knowns: Sequence[int], seed: Sequence[float]
    ) -> list[float]:
        """What a change `seed` of `knowns` does to `unknowns`, by the FMU's own derivative."""
        found = self.fmu.getDirectionalDerivative(list(unknowns), list(knowns), list(seed))
        return [float(v) for v in found]

    def close(self) -> None:
        """End of the instance; the library stays loaded until the process ends."""
        self.fmu.terminate()
        self.fmu.freeInstance()
