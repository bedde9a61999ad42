"""modelDescription.xml of FMI 2.0 and 3.0: what an FMU says about itself, read without trust."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from twin.errors import BadInput, refuse
from twin.plant.xml_reader import line_of, read_xml
from twin.signals import outside

_KINDS_3 = {
    *("Float32", "Float64", "Boolean", "String", "Binary", "Enumeration", "Clock"),
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
}


@dataclass(frozen=True, slots=True)
class FmuVariable:
    """One variable as the FMU declares it; `start`, `min` and `max` are in `unit`."""

    name: str
    vr: int
    """Value reference: the number by which the FMU knows the variable."""
    type: str
    """`Real`, `Integer`, `Boolean`... (FMI 2.0) or `Float64`, `Int32`, `Boolean`... (3.0)."""
    causality: str
    variability: str
    unit: str | None = None
    start: float | None = None
    min: float | None = None
    max: float | None = None
    description: str = ""
    is_array: bool = False

    @property
    def is_real(self) -> bool:
        """Whether the exchange can carry it: one 64-bit number."""
        return self.type in ("Real", "Float64") and not self.is_array

    def check_range(self, place: str, value: float) -> None:
        """Refuse a `value` [unit] that is not finite or outside `min` to `max`."""
        if not math.isfinite(value):
            raise refuse(place, value, "must be a finite number")
        if (rule := outside(value, self.min, self.max, self.unit)) is not None:
            raise refuse(place, value, rule)


@dataclass(frozen=True, slots=True)
class Description:
    """The part of modelDescription.xml that Co-Simulation needs."""

    fmi: int
    """Major version, 2 or 3."""
    model_name: str
    identifier: str
    """Name of the shared library without its ending."""
    token: str
    """`guid` (FMI 2.0) or `instantiationToken` (3.0)."""
    variables: Mapping[str, FmuVariable]
    log_categories: tuple[str, ...]
    once_per_process: bool
    can_serialize_state: bool


def read_description(path: Path) -> Description:
    """Read modelDescription.xml.

    Raises:
        BadInput: it is missing, broken, declares a document type (where entity bombs live), is of
            another FMI version, or the FMU has no Co-Simulation.
    """
    root = read_xml(path)
    version = root.get("fmiVersion", "")
    if root.tag != "fmiModelDescription":
        raise refuse(str(path), root.tag, "the first element must be fmiModelDescription")
    if version != "2.0" and not version.startswith("3."):
        raise refuse(f"{path}: fmiVersion", version, "must be 2.0 or 3.x")
    fmi = int(version[0])
    interface = root.find("CoSimulation")
    if interface is None:
        kinds = [k for k in ("ModelExchange", "ScheduledExecution") if root.find(k) is not None]
        raise BadInput(f"{path}: has no Co-Simulation, only {' and '.join(kinds) or 'nothing'}")
    serializes = "canSerializeFMUstate" if fmi == 2 else "canSerializeFMUState"
    variables = _variables2(path, root) if fmi == 2 else _variables3(path, root)
    return Description(
        fmi=fmi,
        model_name=_need(path, root, "modelName"),
        identifier=_identifier(path, interface),
        token=_need(path, root, "guid" if fmi == 2 else "instantiationToken"),
        variables=variables,
        log_categories=tuple(c.get("name", "") for c in root.iterfind("LogCategories/Category")),
        once_per_process=_is_true(interface.get("canBeInstantiatedOnlyOncePerProcess")),
        can_serialize_state=_is_true(interface.get(serializes)),
    )


def _variables2(path: Path, root: Element) -> dict[str, FmuVariable]:
    types = {
        t.get("name", ""): child for t in root.iterfind("TypeDefinitions/SimpleType") for child in t
    }
    found: dict[str, FmuVariable] = {}
    for element in root.iterfind("ModelVariables/ScalarVariable"):
        if len(element) == 0 or element[0].tag == "Annotations":
            raise BadInput(f"{path}:{line_of(element)}: a variable must have a type")
        _add(path, found, element, element[0], types)
    return found


def _variables3(path: Path, root: Element) -> dict[str, FmuVariable]:
    types = {t.get("name", ""): t for t in root.iterfind("TypeDefinitions/*")}
    found: dict[str, FmuVariable] = {}
    for element in root.iterfind("ModelVariables/*"):
        if element.tag not in _KINDS_3:
            raise refuse(f"{path}:{line_of(element)}", element.tag, "is no FMI 3.0 variable type")
        _add(path, found, element, element, types)
    return found


def _add(
    path: Path,
    found: dict[str, FmuVariable],
    element: Element,
    typed: Element,
    types: Mapping[str, Element],
) -> None:
    """Note one variable; `typed` carries its type's attributes, `types` their defaults."""
    name = _need(path, element, "name")
    place = f"{path}:{line_of(element)} {name}"
    if name in found:
        raise BadInput(f"{place}: declared twice")
    declared = typed.get("declaredType")
    if declared is not None and declared not in types:
        raise refuse(f"{place}.declaredType", declared, "is not defined")
    defaults = types[declared] if declared is not None else typed

    def number(key: str) -> float | None:
        text = typed.get(key, defaults.get(key))
        return None if text is None else _number(f"{place}.{key}", text)

    is_array = typed.find("Dimension") is not None
    has_number = typed.tag not in ("String", "Binary", "Clock") and not is_array
    is_float = typed.tag in ("Real", "Float64", "Float32")
    found[name] = FmuVariable(
        name=name,
        vr=_reference(f"{place}.valueReference", _need(path, element, "valueReference")),
        type=typed.tag,
        causality=element.get("causality", "local"),
        variability=element.get("variability", "continuous" if is_float else "discrete"),
        unit=typed.get("unit", defaults.get("unit")),
        start=number("start") if has_number else None,
        min=number("min") if has_number else None,
        max=number("max") if has_number else None,
        description=element.get("description", ""),
        is_array=is_array,
    )


def _need(path: Path, element: Element, attribute: str) -> str:
    value = element.get(attribute)
    if value is None:
        raise BadInput(f"{path}:{line_of(element)}: {element.tag} must have {attribute!r}")
    return value


def _identifier(path: Path, interface: Element) -> str:
    name = _need(path, interface, "modelIdentifier")
    if not name.isidentifier():  # it becomes part of a path
        raise refuse(f"{path}:{line_of(interface)} modelIdentifier", name, "must be a C name")
    return name


def _number(place: str, text: str) -> float:
    if text in ("true", "false"):
        return float(text == "true")
    try:
        return float(text)
    except ValueError:
        raise refuse(place, text, "must be a number") from None


def _reference(place: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) < 1 << 32):
        raise refuse(place, text, "must be an unsigned 32-bit number")
    return int(text)


def _is_true(text: str | None) -> bool:
    return text in ("true", "1")
