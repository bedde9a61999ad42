"""modelDescription.xml of FMI 2.0 and 3.0: what an FMU says about itself, read without trust."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

from twin.errors import BadInput, refuse
from twin.plant.declared import read_variables
from twin.plant.dependencies import read_dependencies
from twin.plant.states import Derivative, read_derivatives
from twin.plant.variable import FmuVariable
from twin.plant.xml_reader import is_true, need, place, read_xml

Interface = Literal["co_simulation", "model_exchange"]
_TAGS: Mapping[str, Interface] = {
    "CoSimulation": "co_simulation",
    "ModelExchange": "model_exchange",
}


@dataclass(frozen=True, slots=True)
class InterfaceInfo:
    """What an FMU says about one of its interfaces."""

    identifier: str
    """Name of the shared library without its ending."""
    once_per_process: bool
    can_serialize_state: bool
    needs_tool: bool
    """Whether it talks to the tool that made it, which must be installed."""
    tells_steps: bool
    """Whether a solver must say when it has completed a step (Model Exchange)."""
    differentiates: bool
    """Whether it gives directional derivatives."""


@dataclass(frozen=True, slots=True)
class Description:
    """The part of modelDescription.xml that running an FMU needs."""

    fmi: int
    """Major version, 2 or 3."""
    model_name: str
    token: str
    """`guid` (FMI 2.0) or `instantiationToken` (3.0)."""
    made_by: str
    """The tool that made the FMU; empty where it does not say."""
    interfaces: Mapping[Interface, InterfaceInfo]
    """Co-Simulation first, where the FMU has it."""
    variables: Mapping[str, FmuVariable]
    log_categories: tuple[str, ...]
    derivatives: tuple[Derivative, ...]
    """Of the continuous states, in the order of the states."""
    dependencies: Mapping[str, tuple[str, ...]]
    """Derivative or output -> the states and inputs it depends on, where the FMU says so."""
    event_indicators: int
    """How many there are (FMI 2.0; an FMU of 3.0 is asked)."""


def read_description(path: Path) -> Description:
    """Read modelDescription.xml.

    Raises:
        BadInput: it is missing, broken, declares a document type (where entity bombs live), is of
            another FMI version, or the FMU has neither Co-Simulation nor Model Exchange.
    """
    root = read_xml(path)
    version = root.get("fmiVersion", "")
    if root.tag != "fmiModelDescription":
        raise refuse(str(path), root.tag, "the first element must be fmiModelDescription")
    if version != "2.0" and not version.startswith("3."):
        raise refuse(f"{path}: fmiVersion", version, "must be 2.0 or 3.x")
    fmi = int(version[0])
    interfaces = {
        name: _interface(path, element, fmi)
        for tag, name in _TAGS.items()
        if (element := root.find(tag)) is not None
    }
    if not interfaces:
        kind = "ScheduledExecution" if root.find("ScheduledExecution") is not None else "nothing"
        raise BadInput(f"{path}: has neither Co-Simulation nor Model Exchange, only {kind}")
    variables = read_variables(path, root, fmi)
    return Description(
        fmi=fmi,
        model_name=need(path, root, "modelName"),
        token=need(path, root, "guid" if fmi == 2 else "instantiationToken"),
        made_by=root.get("generationTool", ""),
        interfaces=interfaces,
        variables=variables,
        log_categories=tuple(c.get("name", "") for c in root.iterfind("LogCategories/Category")),
        derivatives=read_derivatives(root, fmi, variables),
        dependencies=read_dependencies(root, fmi, variables),
        event_indicators=_count(path, root, "numberOfEventIndicators"),
    )


def _interface(path: Path, element: Element, fmi: int) -> InterfaceInfo:
    name = need(path, element, "modelIdentifier")
    if not name.isidentifier():  # it becomes part of a path
        raise refuse(f"{place(path, element)} modelIdentifier", name, "must be a C name")
    serializes = "canSerializeFMUstate" if fmi == 2 else "canSerializeFMUState"
    if fmi == 2:
        tells = not is_true(element.get("completedIntegratorStepNotNeeded"))
    else:
        tells = is_true(element.get("needsCompletedIntegratorStep"))
    derivatives = "providesDirectionalDerivative" if fmi == 2 else "providesDirectionalDerivatives"
    return InterfaceInfo(
        identifier=name,
        once_per_process=is_true(element.get("canBeInstantiatedOnlyOncePerProcess")),
        can_serialize_state=is_true(element.get(serializes)),
        needs_tool=is_true(element.get("needsExecutionTool")),
        tells_steps=tells,
        differentiates=is_true(element.get(derivatives)),
    )


def _count(path: Path, element: Element, attribute: str) -> int:
    text = element.get(attribute, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise refuse(f"{place(path, element)} {attribute}", text, "must be a whole number")
    return int(text)
