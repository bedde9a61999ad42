"""An FMU run for a while as a plant would run it: every interface, every type of variable."""

from pathlib import Path

import numpy as np

from fmus.export.finding import Finding
from twin.errors import HukkaError
from twin.plant import FmuFile, Network, Running, open_fmu
from twin.plant.description import Interface, read_description
from twin.plant.variable import FmuVariable, Scalar

_WORDS: dict[Interface, str] = {
    "co_simulation": "co-simulation",
    "model_exchange": "model exchange",
}


def run_in_plant(path: Path, folder: Path, steps: int, step_s: float) -> list[Finding]:
    """What goes wrong in `steps` steps of `step_s` [s] with all inputs at their start values.

    The FMU at `path` is unpacked in `folder` already.
    """
    found = []
    for interface in read_description(folder / "modelDescription.xml").interfaces:
        try:
            with open_fmu(path, running=Running(interface)) as file:
                _run(file, steps, round(step_s * 1e9))
        except HukkaError as error:
            text = str(error).replace(f"{path}: ", "").replace("fmu.", "")
            found.append(Finding(_WORDS[interface], text))
    return found


def _run(file: FmuFile, steps: int, step_ns: int) -> None:
    """Every output is read after every step, so one that is not finite ends the run."""
    carried = {f"fmu.{name}": v for name, v in file.variables.items() if v.is_number}
    outputs = [name for name, v in carried.items() if v.causality == "output"]
    start = {name: _start(v) for name, v in carried.items() if v.causality == "input"}
    with Network({"fmu": file}, [], [], outputs, start=start, compiled=False) as network:
        network.initialize(np.zeros(0))
        network.run(np.zeros((steps, 0)), step_ns)


def _start(variable: FmuVariable) -> Scalar:
    """What an input is given when nothing feeds it."""
    if variable.start is not None:
        return variable.start
    return next(iter(variable.items), 0.0)
