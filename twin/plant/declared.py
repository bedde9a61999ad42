"""Variables as modelDescription.xml of FMI 2.0 and 3.0 declares them."""

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree.ElementTree import Element

from twin.errors import BadInput, refuse
from twin.plant.variable import FLOATS, WHOLE, FmuVariable
from twin.plant.xml_reader import need, place

_KINDS_3 = {*FLOATS[1:], *list(WHOLE)[1:], "Boolean", "String", "Binary", "Enumeration", "Clock"}
_TEXTS = ("String", "Binary", "Clock")
_LARGEST = 1 << 24
_MOST_ELEMENTS = 4096
"""A longer array has no variables for its elements, or the description would fill the memory."""


def read_variables(path: Path, root: Element, fmi: int) -> dict[str, FmuVariable]:
    """All variables by name, elements of arrays after their array.

    Raises:
        BadInput: names line, variable, value and the rule it breaks.
    """
    found: dict[str, FmuVariable] = {}
    if fmi == 2:
        types2 = {
            t.get("name", ""): child
            for t in root.iterfind("TypeDefinitions/SimpleType")
            for child in t
        }
        for element in root.iterfind("ModelVariables/ScalarVariable"):
            if len(element) == 0 or element[0].tag == "Annotations":
                raise BadInput(f"{place(path, element)}: a variable must have a type")
            _note(path, found, _Declared(path, element, element[0], types2, {}).variable())
        return found
    types3 = {t.get("name", ""): t for t in root.iterfind("TypeDefinitions/*")}
    lengths = {e.get("valueReference", ""): e for e in root.iterfind("ModelVariables/*")}
    for element in root.iterfind("ModelVariables/*"):
        if element.tag not in _KINDS_3:
            raise refuse(place(path, element), element.tag, "is no FMI 3.0 variable type")
        _note(path, found, _Declared(path, element, element, types3, lengths).variable())
    return found


def _note(path: Path, found: dict[str, FmuVariable], one: tuple[str, FmuVariable]) -> None:
    where, variable = one
    if variable.name in found:
        raise BadInput(f"{where}: declared twice")
    found[variable.name] = variable
    if variable.is_array and variable.type not in _TEXTS and variable.size <= _MOST_ELEMENTS:
        for element in variable.elements():
            if element.name in found:
                raise BadInput(f"{where}: {element.name} is declared twice")
            found[element.name] = element


class _Declared:
    """One element of ModelVariables; `typed` carries its type's attributes, `types` defaults."""

    def __init__(
        self,
        path: Path,
        element: Element,
        typed: Element,
        types: Mapping[str, Element],
        by_reference: Mapping[str, Element],
    ) -> None:
        self._path, self._element, self._typed = path, element, typed
        self._by_reference = by_reference
        self._name = need(path, element, "name")
        self._place = f"{place(path, element)} {self._name}"
        declared = typed.get("declaredType")
        if declared is not None and declared not in types:
            raise refuse(f"{self._place}.declaredType", declared, "is not defined")
        self._type = types[declared] if declared is not None else typed

    def variable(self) -> tuple[str, FmuVariable]:
        """Where it stands, and the variable."""
        element, typed = self._element, self._typed
        dimensions = self._dimensions()
        starts = () if typed.tag in _TEXTS else self._starts()
        if len(starts) > 1 and len(starts) != math.prod(dimensions):  # one stands for all
            rule = f"must be {math.prod(dimensions)} values"
            raise refuse(f"{self._place}.start", len(starts), rule)
        default = "continuous" if typed.tag in FLOATS else "discrete"
        return self._place, FmuVariable(
            name=self._name,
            vr=_reference(
                f"{self._place}.valueReference", need(self._path, element, "valueReference")
            ),
            type=typed.tag,
            causality=element.get("causality", "local"),
            variability=element.get("variability", default),
            unit=typed.get("unit", self._type.get("unit")),
            start=starts[0] if starts and not dimensions else None,
            min=self._limit("min"),
            max=self._limit("max"),
            description=element.get("description", ""),
            dimensions=dimensions,
            starts=starts if dimensions else (),
            items=self._items(),
        )

    def _starts(self) -> tuple[float, ...]:
        text = self._typed.get("start", self._type.get("start"))
        if text is None:
            return ()
        words = text.split() or [text]
        if len(words) > 1 and self._typed.find("Dimension") is None:
            raise refuse(f"{self._place}.start", text, "must be a number")
        values = tuple(_number(f"{self._place}.start", word) for word in words)
        if (limits := WHOLE.get(self._typed.tag)) is not None:
            for value in values:
                if not (limits[0] <= value <= limits[1] and value == math.floor(value)):
                    rule = f"must be a whole number from {limits[0]} to {limits[1]}"
                    raise refuse(f"{self._place}.start", value, rule)
        return values

    def _limit(self, key: str) -> float | None:
        text = self._typed.get(key, self._type.get(key))
        if text is None or self._typed.tag in _TEXTS:
            return None
        return _number(f"{self._place}.{key}", text)

    def _items(self) -> Mapping[str, int]:
        if self._typed.tag != "Enumeration":
            return MappingProxyType({})
        # FMI 2.0 may list the items only by the declared type, FMI 3.0 always does
        return MappingProxyType(
            {
                need(self._path, item, "name"): _whole(
                    f"{place(self._path, item)} {item.get('name')}.value",
                    need(self._path, item, "value"),
                )
                for item in self._type.iterfind("Item")
            }
        )

    def _dimensions(self) -> tuple[int, ...]:
        found = tuple(self._length(d) for d in self._typed.iterfind("Dimension"))
        if math.prod(found) > _LARGEST:
            raise refuse(f"{self._place}: elements", math.prod(found), f"at most {_LARGEST}")
        return found

    def _length(self, dimension: Element) -> int:
        """A length that is given, or the start of the structural parameter that decides it."""
        where, text = f"{self._place}.Dimension", dimension.get("start")
        reference = dimension.get("valueReference")
        if reference is not None:
            decides = self._by_reference.get(reference)
            if decides is None:
                raise refuse(f"{where}.valueReference", reference, "is no variable")
            text = decides.get("start")
        if text is None:
            raise BadInput(f"{where}: must have a start or a valueReference with one")
        length = _whole(where, text)
        if not 0 < length < 1 << 31:
            raise refuse(where, length, "must be at least 1")
        return length


def _whole(where: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise refuse(where, text[:40], "must be a whole number") from None


def _number(where: str, text: str) -> float:
    if text in ("true", "false"):
        return float(text == "true")
    try:
        return float(text)
    except ValueError:
        raise refuse(where, text, "must be a number") from None


def _reference(where: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) < 1 << 32):
        raise refuse(where, text, "must be an unsigned 32-bit number")
    return int(text)
