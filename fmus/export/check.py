"""Is this .fmu sound? Its archive, its description, its binaries, and how it behaves."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmus.export.compile import PLATFORMS, native_platform
from fmus.export.finding import Finding
from fmus.export.probe import is_ours
from fmus.export.stamp import ROOT, read_stamp
from fmus.export.units import parse_unit
from twin.errors import BadInput
from twin.plant.archive import unpack
from twin.plant.description import read_description
from twin.plant.variable import FmuVariable

PROBE_SECONDS = 120.0
"""How long the behaviour of an FMU may take to probe before it counts as hanging [s]."""


def check_fmu(path: Path, *, unconfined: bool = False) -> list[Finding]:
    """Everything that is wrong with the FMU at `path`; an empty list is a sound one.

    The FMU's own code runs in a process of its own, so a crash is a finding too; that process is
    shut in, unless `unconfined`.
    """
    if found := _refused(path):
        return found
    from fmus.export.valid import problems_of

    if problems := problems_of(path):
        return [Finding("description", problem) for problem in problems]
    description = _read(path)
    found = [*_check_units(description), *_check_dependencies(description), *_foreign(path)]
    if missing := _check_binary(path, description):
        return [*found, *missing]
    return [*found, *_probe(path, unconfined)]


def info(path: Path) -> dict[str, Any]:
    """What `hukka fmu info` shows: name, version, interfaces, platforms and variables.

    Raises:
        BadInput: the file is not an FMU that can be read.
    """
    if found := _refused(path):
        raise BadInput(f"{path}: {found[0].text}")
    from fmus.export.valid import problems_of

    if problems := problems_of(path):
        raise BadInput(f"{path}: {problems[0]}")
    description = _read(path)
    interfaces = ("coSimulation", "modelExchange", "scheduledExecution")
    return {
        "name": description.modelName,
        "description": description.description or "",
        "fmi": description.fmiVersion,
        "token": description.guid,
        "made_by": description.generationTool or "",
        "needs_tool": any(
            getattr(getattr(description, name, None), "needsExecutionTool", None) is True
            for name in interfaces
        ),
        "stamp": read_stamp(path),
        "interfaces": [name for name in interfaces if getattr(description, name, None)],
        "platforms": _platforms(path),
        "states": len(description.derivatives),
        "event_indicators": int(description.numberOfEventIndicators or 0)
        or len(description.eventIndicators),
        "inputs": _variables(description, "input"),
        "outputs": _variables(description, "output"),
        "parameters": _variables(description, "parameter"),
        "size_bytes": path.stat().st_size,
    }


# ---- the gate ----------------------------------------------------------------------------------


def _refused(path: Path) -> list[Finding]:
    """Why the plant would not open the file; nobody else reads it before this finds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(path, Path(folder))
        except BadInput as error:
            return [Finding("archive", str(error).removeprefix(f"{path}: "))]
        try:
            read_description(Path(folder) / "modelDescription.xml")
        except BadInput as error:
            return [Finding("description", str(error).removeprefix(f"{folder}{os.sep}"))]
    return []


def _platforms(path: Path) -> list[str]:
    """FMI 3.0 names of the platforms that the archive holds libraries for."""
    with zipfile.ZipFile(path) as archive:
        folders = {
            name.split("/")[1] for name in archive.namelist() if name.startswith("binaries/")
        }
    return [
        name
        for name, target in PLATFORMS.items()
        if name in folders or target.fmi2_folder in folders
    ]


def _check_binary(path: Path, description: Any) -> list[Finding]:  # noqa: ANN401
    here = native_platform()
    if here in _platforms(path):
        return []
    known = ", ".join(_platforms(path)) or "no platform"
    return [Finding("binary", f"no library for {here}; it has {known}")]


# ---- the description ---------------------------------------------------------------------------


def _read(path: Path) -> Any:  # noqa: ANN401 - fmpy has no types
    from fmpy import read_model_description

    return read_model_description(str(path), validate=False)


def _variables(description: Any, causality: str) -> list[dict[str, Any]]:  # noqa: ANN401
    return [
        {
            "name": v.name,
            "type": v.type,
            "unit": v.unit or "",
            "start": v.start,
            "min": v.min,
            "max": v.max,
            "tunable": v.variability == "tunable",
            "description": v.description or "",
        }
        for v in description.modelVariables
        if v.causality == causality
    ]


def _check_units(description: Any) -> list[Finding]:  # noqa: ANN401
    found = []
    for v in description.modelVariables:
        if v.type not in ("Real", "Float64") or v.causality not in ("input", "output"):
            continue
        unit = v.unit or (v.declaredType.unit if v.declaredType else None)
        if unit is None:
            text = f"{v.name}: {v.causality} without a unit"
            found.append(Finding("units", text, not is_ours(description)))
            continue
        try:
            parse_unit(unit)
        except BadInput as error:
            found.append(Finding("units", f"{v.name}: {error}"))
    return found


def _check_dependencies(description: Any) -> list[Finding]:  # noqa: ANN401
    unknowns = [*description.outputs, *description.derivatives]
    return [
        Finding(
            "dependencies",
            f"{unknown.variable.name}: not said what it depends on",
            not is_ours(description),
        )
        for unknown in unknowns
        if unknown.dependencies is None
    ]


def _foreign(path: Path) -> list[Finding]:
    """What the plant leaves out of an FMU, and what the FMU wants beside itself."""
    with tempfile.TemporaryDirectory() as folder:
        unpack(path, Path(folder))
        description = read_description(Path(folder) / "modelDescription.xml")
    found = []
    if any(about.needs_tool for about in description.interfaces.values()):
        tool = description.made_by or "the tool that made it"
        found.append(Finding("tool", f"says that it cannot run without {tool}", is_note=True))
    known = description.variables
    found += [
        Finding("types", f"{name}: {text}", is_note=True)
        for name, variable in known.items()
        if (text := _left_out(variable, known)) is not None
    ]
    return found


def _left_out(variable: FmuVariable, known: Mapping[str, FmuVariable]) -> str | None:
    """What the plant cannot do with a variable; None when it can do all."""
    if variable.causality == "structuralParameter":
        return "a structural parameter keeps its start value"
    if variable.causality not in ("input", "output") or variable.is_number:
        return None
    if not variable.is_array or variable.type in ("String", "Binary"):
        return f"{variable.type} {variable.causality} cannot be connected"
    if next(variable.elements()).name not in known:
        return f"{variable.size} elements, too many to be connected"
    return None


# ---- behaviour ---------------------------------------------------------------------------------


def _probe(path: Path, unconfined: bool) -> list[Finding]:
    """Findings of fmus/export/probe.py, run in a process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fmus.export.probe", str(path.resolve()), folder]
        command += ["--unconfined"] if unconfined else []
        roots = [str(ROOT.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(roots),
            "TMPDIR": folder,
            "OPENBLAS_NUM_THREADS": "1",
        }
        try:
            done = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PROBE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [Finding("behaviour", f"no answer within {PROBE_SECONDS:g} s")]
    if done.returncode < 0:
        return [Finding("behaviour", f"crashed with signal {-done.returncode}")]
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return [Finding("behaviour", last)]
    return [Finding(*found) for found in json.loads(lines[-1])]
