"""Behaviour of an FMU, tried out in a process of its own: `python -m fmus.export.probe FMU FOLDER`.

The last line printed is a JSON list of findings, [check, text, is a note]. An exception that nobody
here expects ends the process, and the last line of its traceback is what the caller reports.
"""

import json
import math
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fmpy import read_model_description
from fmpy.fmi1 import FMICallException
from fmpy.model_description import ModelDescription

from fmus.export.finding import Finding
from fmus.export.plant_run import run_in_plant
from fmus.export.session import Session
from twin.confine import Allowed, confine

STEPS = 20
DERIVATIVE_TOLERANCE = 1e-5
"""Largest difference to central differences, relative to the size of the derivative [-]."""


def probe(path: Path, folder: Path) -> list[Finding]:
    """Unpack the FMU at `path` into `folder`, run it, and say what is wrong."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    description: ModelDescription = read_model_description(str(path), validate=False)
    found: list[Finding] = []
    if description.coSimulation is not None:
        found += _guarded("co-simulation", _steps, folder, description)
    if description.modelExchange is not None and description.derivatives:
        found += _guarded("model exchange", _derivatives, folder, description)
    serious = [finding for finding in found if not finding.is_note]
    if serious:
        return found
    return [*found, *run_in_plant(path, folder, STEPS, _step_length(description))]


def is_ours(description: ModelDescription) -> bool:
    """Whether our exporter made it: then it has all that the standard leaves open."""
    return bool(description.generationTool == "hukka")


def _guarded(
    check: str,
    run: Callable[[Session], list[Finding]],
    folder: Path,
    description: ModelDescription,
) -> list[Finding]:
    interface = "CoSimulation" if check == "co-simulation" else "ModelExchange"
    session: Session | None = None
    try:
        session = Session(folder, description, interface)  # type: ignore[arg-type]
        found = run(session)
        session.close()
    except FMICallException as error:
        said = "; ".join(session.messages) if session is not None else ""
        return [Finding(check, f"{error}{': ' if said else ''}{said}")]
    return found


# ---- Co-Simulation -----------------------------------------------------------------------------


def _steps(session: Session) -> list[Finding]:
    """One step gives finite outputs; a restored state repeats the same steps bit for bit."""
    description = session.description
    length = _step_length(description)
    outputs = _reals(description, "output")
    session.step(0.0, length)
    found = [
        Finding("co-simulation", f"{name} = {value} after one step of {length:g} s")
        for (name, _), value in zip(outputs, session.get([r for _, r in outputs]), strict=True)
        if not math.isfinite(value)
    ]
    if not _claims(session, "CoSimulation", "canGetAndSetFMUstate"):
        return [*found, Finding("state", "cannot be saved and restored", not is_ours(description))]
    saved = session.save()
    first = _run(session, length, outputs)
    session.restore(saved)
    if _run(session, length, outputs) != first:
        found.append(Finding("state", f"{STEPS} steps after restoring differ from before"))
    if not _claims(session, "CoSimulation", "canSerializeFMUstate"):
        return [*found, Finding("state", "cannot be serialised", not is_ours(description))]
    return [*found, *_serialised(session, saved, length, outputs, first)]


def _serialised(
    session: Session,
    saved: Any,  # noqa: ANN401
    length: float,
    outputs: list[tuple[str, int]],
    first: list[list[float]],
) -> list[Finding]:
    found = []
    data = session.to_bytes(saved)
    session.restore(session.from_bytes(data))
    if _run(session, length, outputs) != first:
        found.append(Finding("state", f"{STEPS} steps after deserialising differ from before"))
    if session.description.generationTool == "hukka":
        broken = bytearray(data)
        broken[len(data) // 2 + 40] ^= 0x10
        try:
            session.from_bytes(bytes(broken))
            found.append(Finding("state", "a corrupt serialised state is accepted"))
        except FMICallException:
            pass  # refused, as it should be
    return found


def _run(session: Session, length: float, outputs: list[tuple[str, int]]) -> list[list[float]]:
    rows = []
    for k in range(STEPS):
        session.step((k + 1) * length, length)
        rows.append(session.get([reference for _, reference in outputs]))
    return rows


def _step_length(description: ModelDescription) -> float:
    experiment = description.defaultExperiment
    return float((experiment.stepSize if experiment else None) or 1.0)


def _claims(session: Session, interface: str, ability: str) -> bool:
    """Whether the description says so; FMI 3.0 spells some abilities a little differently.

    Read from the file, since fmpy 0.3.32 does not read them all.
    """
    root = ElementTree.parse(session.folder / "modelDescription.xml").getroot()
    element = root.find(interface)
    said = {} if element is None else {k.lower(): v for k, v in element.attrib.items()}
    return any(said.get(word) in ("true", "1") for word in (ability.lower(), f"{ability.lower()}s"))


# ---- derivatives -------------------------------------------------------------------------------


def _derivatives(session: Session) -> list[Finding]:
    """The FMU's own directional derivatives against central differences of what it calculates."""
    description = session.description
    if not _claims(session, "ModelExchange", "providesDirectionalDerivative"):
        return [Finding("derivatives", "no directional derivatives", not is_ours(description))]
    states = [unknown.variable.derivative for unknown in description.derivatives]
    if any(state.dimensions for state in states):
        text = "of states in arrays are not compared with differences"
        return [Finding("derivatives", text, is_note=True)]
    unknowns = [(u.variable.name, u.variable.valueReference) for u in description.derivatives]
    unknowns += [o for o in _reals(description, "output") if o[1] not in _references(states)]
    targets = [reference for _, reference in unknowns]
    base = session.get(_references(states))

    def by_input(reference: int) -> Callable[[float], None]:
        return lambda value: session.set([reference], [value])

    def by_state(index: int) -> Callable[[float], None]:
        return lambda value: session.set_states([*base[:index], value, *base[index + 1 :]])

    columns = [(n, r, by_input(r), 1.0) for n, r in _reals(description, "input")]
    for i, v in enumerate(states):
        columns.append((v.name, v.valueReference, by_state(i), float(v.nominal or 1.0)))
    found = []
    for name, reference, write, nominal in columns:
        exact = session.directional(targets, [reference], [1.0])
        for k, difference in _disagreements(session, targets, reference, write, nominal, exact):
            text = (
                f"{unknowns[k][0]} by {name}: {exact[k]:.9g}, central difference {difference:.9g}"
            )
            found.append(Finding("derivatives", text))
    return found


def _disagreements(
    session: Session,
    targets: list[int],
    reference: int,
    write: Callable[[float], None],
    nominal: float,
    exact: list[float],
) -> list[tuple[int, float]]:
    """Rows where no step of three gives a difference quotient that fits the derivative.

    The point may lie on a kink: then one side fits, or what central differences tend to.
    """
    centre = session.get([reference])[0]
    here = session.get(targets)
    open_rows: dict[int, float] = dict.fromkeys(range(len(targets)), math.nan)
    for relative in (1e-5, 1e-6, 1e-7):
        step = relative * max(abs(centre), nominal, 1e-3)
        write(centre + step)
        above, top = session.get(targets), session.get([reference])[0]
        write(centre - step)
        below, bottom = session.get(targets), session.get([reference])[0]
        write(centre)
        for k, longer in list(open_rows.items()):
            central = (above[k] - below[k]) / (top - bottom)
            forward = (above[k] - here[k]) / (top - centre)
            backward = (here[k] - below[k]) / (centre - bottom)
            extrapolated = (10.0 * central - longer) / 9.0
            noise = 1e-13 * max(abs(above[k]), abs(below[k])) / step
            allowed = DERIVATIVE_TOLERANCE * abs(exact[k]) + noise + 1e-12
            estimates = (central, forward, backward, extrapolated)
            if any(abs(estimate - exact[k]) <= allowed for estimate in estimates):
                del open_rows[k]
            else:
                open_rows[k] = central
    return list(open_rows.items())


def _references(variables: list[Any]) -> list[int]:
    return [v.valueReference for v in variables]


def _reals(description: ModelDescription, causality: str) -> list[tuple[str, int]]:
    """Names and value references of the single real variables of one causality."""
    return [
        (v.name, v.valueReference)
        for v in description.modelVariables
        if v.causality == causality and v.type in ("Real", "Float64") and not v.dimensions
    ]


if __name__ == "__main__":
    fmu, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    if "--unconfined" not in sys.argv:
        confine(Allowed(read=(fmu,), write=(scratch,)))
    results = probe(fmu, scratch)
    sys.stdout.write(json.dumps([[f.check, f.text, f.is_note] for f in results]) + "\n")
