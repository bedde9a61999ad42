"""FMUs as files: checked, unpacked, loaded, and ready to be run by one of their interfaces.

An FMU is native code of somebody else: it runs inside this process, and a crash of it is a crash
of this process. Host the plant in a process that does nothing else.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from weakref import finalize

import fmpy

from twin.closing import Closing
from twin.errors import BadInput, refuse
from twin.plant.archive import unpack
from twin.plant.cvode import has_cvode
from twin.plant.description import Description, Interface, InterfaceInfo, read_description
from twin.plant.instance import Instance
from twin.plant.library import find_library, load_library
from twin.plant.model_exchange import ModelInstance
from twin.plant.variable import FmuVariable

Solver = Literal["cvode", "fixed"]


@dataclass(frozen=True, slots=True)
class Running:
    """How an FMU is to be run; what is None is chosen from what the FMU and the machine offer."""

    interface: Interface | None = None
    """None: `prefer`, or the other one where an FMU has nothing else."""
    solver: Solver | None = None
    """Of Model Exchange. None: CVODE, or the fixed step where fmpy brings none."""
    step_s: float = 0.1
    """Longest step of the fixed-step solver [s]."""
    tolerance: float = 1e-10
    """Relative tolerance of CVODE [-]; the absolute one is this times a state's nominal value."""
    prefer: Interface = "co_simulation"
    """Which of two interfaces, where `interface` does not say."""


class FmuFile(Closing):
    """An .fmu that was checked, unpacked and whose library loads here.

    Close it (or use `with`) to end its instances and remove the unpacked files.
    """

    def __init__(self, path: Path, scratch: Path | None, running: Running) -> None:
        """Use `open_fmu`."""
        self.path = path
        self.folder = Path(tempfile.mkdtemp(prefix="hukka-fmu-", dir=scratch))
        self._remove = finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._instances: set[Instance] = set()
        try:
            unpack(path, self.folder)
            self.description = read_description(self.folder / "modelDescription.xml")
            self.interface = _interface(path, self.description, running)
            self.running = _running(path, self.interface, running)
            self.library = find_library(path, self.folder, self.info.identifier, self.fmi)
            self._handle: int | None = load_library(path, self.library)
        except BadInput as error:
            self._remove()
            # the user knows the .fmu, not the folder it was unpacked to
            raise BadInput(
                str(error).replace(f"{self.folder}/", f"{path}: ") + self.tool_note()
            ) from error
        # both versions of FMI want a folder that is there, also for an FMU that brings none
        self.resources.mkdir(exist_ok=True)
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    @property
    def fmi(self) -> int:
        """Major version of FMI, 2 or 3."""
        return self.description.fmi

    @property
    def info(self) -> InterfaceInfo:
        """What the FMU says about the interface that it is run by."""
        return self.description.interfaces[self.interface]

    @property
    def model_name(self) -> str:
        """Name of the model inside."""
        return self.description.model_name

    @property
    def token(self) -> str:
        """What ties the description to the library (`guid`, `instantiationToken`)."""
        return self.description.token

    @property
    def variables(self) -> Mapping[str, FmuVariable]:
        """All variables by name."""
        return self.description.variables

    @property
    def resources(self) -> Path:
        """The folder of files that the FMU reads at run time."""
        return self.folder / "resources"

    @property
    def can_save(self) -> bool:
        """Whether instances can save and restore their state."""
        return self.info.can_serialize_state

    def tool_note(self) -> str:
        """Ending of a message when the FMU is only the door to a tool; empty when it is not."""
        description: Description | None = getattr(self, "description", None)
        if description is None or not any(i.needs_tool for i in description.interfaces.values()):
            return ""
        tool = description.made_by or "the tool that made it"
        return f"; it says that it cannot run without {tool} (needsExecutionTool)"

    def instantiate(self, name: str) -> Instance:
        """A new instance called `name` in messages; PlantLost when the FMU refuses."""
        if self.info.once_per_process and self._instances:
            raise BadInput(f"{self.path}: can run only once in a process, {name!r} would be twice")
        kind = Instance if self.interface == "co_simulation" else ModelInstance
        instance = kind(self, name)
        self._instances.add(instance)
        return instance

    def forget(self, instance: Instance) -> None:
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


def open_fmu(
    path: Path | str, scratch: Path | None = None, running: Running | None = None
) -> FmuFile:
    """Check, unpack and load an FMU of FMI 2.0 or 3.0, Co-Simulation or Model Exchange.

    It is unpacked below `scratch`, or the system's temporary folder. Whoever fears a crash of the
    FMU gives a `scratch` of its own and removes it when this process has died.

    Raises:
        BadInput: names the file, what was found in it and the rule it breaks.
    """
    return FmuFile(Path(path), scratch, running or Running())


def described(path: Path) -> Description:
    """What the FMU at `path` says of itself; none of its code is loaded.

    Raises:
        BadInput: names the file, what was found in it and the rule it breaks.
    """
    with tempfile.TemporaryDirectory(prefix="hukka-fmu-") as folder:
        try:
            unpack(path, Path(folder))
            return read_description(Path(folder) / "modelDescription.xml")
        except BadInput as error:
            raise BadInput(str(error).replace(f"{folder}/", f"{path}: ")) from error


def _interface(path: Path, description: Description, running: Running) -> Interface:
    offered, wanted = description.interfaces, running.interface
    if wanted is None:
        return running.prefer if running.prefer in offered else next(iter(offered))
    if wanted not in offered:
        raise refuse(f"{path}: interface", wanted, f"the FMU has only {' and '.join(offered)}")
    return wanted


def _running(path: Path, interface: Interface, wanted: Running) -> Running:
    if interface == "co_simulation":
        if wanted.solver is not None:
            rule = "belongs to model_exchange; an FMU of co_simulation brings its own"
            raise refuse(f"{path}: solver", wanted.solver, rule)
        return wanted
    if wanted.solver == "cvode" and not has_cvode():
        raise refuse(f"{path}: solver", "cvode", "fmpy has none for this platform, use fixed")
    solver = wanted.solver or ("cvode" if has_cvode() else "fixed")
    return Running(interface, solver, wanted.step_s, wanted.tolerance)
