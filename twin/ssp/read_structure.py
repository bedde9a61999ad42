"""SystemStructure.ssd of SSP 1.0 and 2.0 as a tree of systems and components."""

from xml.etree.ElementTree import Element

from twin.errors import BadInput, refuse
from twin.plant.xml_reader import line_of, read_xml
from twin.ssp.archive import Archive
from twin.ssp.read_values import bound_values, linear
from twin.ssp.structure import (
    FMU_TYPE,
    SSC,
    SSD,
    STRUCTURE_FILE,
    Component,
    Connection,
    Connector,
    End,
    Structure,
    System,
)
from twin.ssp.words import is_true, need

_DEEPEST = 50
_TYPES = ("Real", "Integer", "Boolean", "String", "Enumeration", "Binary")
# SSP 2.0 names the types of FMI 3.0
_NUMBERS = {"Float64": "Real", "Float32": "Real"} | {
    f"{sign}Int{bits}": "Integer" for sign in ("", "U") for bits in (8, 16, 32, 64)
}
_KINDS = ("input", "output", "parameter", "calculatedParameter", "inout")


def read_structure(archive: Archive) -> Structure:
    """The archive's default structure.

    Raises:
        BadInput: not XML, another version, something that is declared twice or is not read here;
            with file and line.
    """
    shown = archive.place(STRUCTURE_FILE)
    root = read_xml(archive.file(STRUCTURE_FILE), shown, namespaces=True)
    place = f"{shown}:{line_of(root)}"
    if root.tag != f"{{{SSD}}}SystemStructureDescription":
        raise refuse(place, root.tag, f"must be SystemStructureDescription of {SSD}")
    version = need(place, root, "version")
    if not version.startswith(("1.", "2.")):
        raise refuse(f"{place} version", version, "must be 1.x or 2.x")
    system = root.find(f"{{{SSD}}}System")
    if system is None:
        raise BadInput(f"{place}: has no System")
    name = need(place, root, "name")
    return Structure(name, root.get("description", ""), _Reader(archive).system(system, 0))


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._shown = archive.place(STRUCTURE_FILE)

    def system(self, element: Element, depth: int) -> System:
        place = self._place(element)
        name = need(place, element, "name")
        if depth > _DEEPEST:
            raise BadInput(f"{place} {name}: systems in systems, more than {_DEEPEST} deep")
        return System(
            name,
            self._connectors(element),
            self._elements(element, depth),
            tuple(
                self._connection(c)
                for c in element.iterfind(f"{{{SSD}}}Connections/{{{SSD}}}Connection")
            ),
            bound_values(self._archive, STRUCTURE_FILE, element),
            f"{place} {name}",
        )

    def _elements(self, element: Element, depth: int) -> dict[str, Component | System]:
        found: dict[str, Component | System] = {}
        for child in element.iterfind(f"{{{SSD}}}Elements/*"):
            match child.tag.removeprefix(f"{{{SSD}}}"):
                case "Component":
                    inner: Component | System = self._component(child)
                case "System":
                    inner = self.system(child, depth + 1)
                case other:
                    raise BadInput(f"{self._place(child)}: {other} is not read here")
            if inner.name in found:
                first = found[inner.name].place
                raise BadInput(f"{inner.place}: declared twice, first at {first}")
            found[inner.name] = inner
        return found

    def _component(self, element: Element) -> Component:
        place = self._place(element)
        name = need(place, element, "name")
        place = f"{place} {name}"
        if (kind := element.get("type", FMU_TYPE)) != FMU_TYPE:
            raise refuse(f"{place} type", kind, f"must be {FMU_TYPE}, others are not read here")
        source = need(place, element, "source")
        if element.get("implementation", "any") == "ScheduledExecution":
            raise refuse(f"{place} implementation", "ScheduledExecution", "is not run here")
        return Component(
            name,
            self._archive.resolve(f"{place} source", source),
            self._connectors(element),
            bound_values(self._archive, STRUCTURE_FILE, element),
            place,
        )

    def _connectors(self, element: Element) -> dict[str, Connector]:
        found: dict[str, Connector] = {}
        for child in element.iterfind(f"{{{SSD}}}Connectors/{{{SSD}}}Connector"):
            place = self._place(child)
            name = need(place, child, "name")
            place = f"{place} {name}"
            if name in found:
                raise BadInput(f"{place}: declared twice, first at {found[name].place}")
            kind = need(place, child, "kind")
            if kind not in _KINDS:
                raise refuse(f"{place} kind", kind, f"must be one of {', '.join(_KINDS)}")
            if child.find(f"{{{SSC}}}Dimension") is not None:
                raise BadInput(f"{place}: is an array, which is not read here")
            type_, unit = _type(child)
            found[name] = Connector(name, kind, type_, unit, place)
        return found

    def _connection(self, element: Element) -> Connection:
        place = self._place(element)
        first = End(element.get("startElement"), need(place, element, "startConnector"))
        second = End(element.get("endElement"), need(place, element, "endConnector"))
        names = " - ".join(
            ".".join(filter(None, (e.element, e.connector))) for e in (first, second)
        )
        place = f"{place} {names}"
        return Connection(
            (first, second),
            linear(place, element),
            not is_true(element.get("suppressUnitConversion")),
            place,
        )

    def _place(self, element: Element) -> str:
        return f"{self._shown}:{line_of(element)}"


def _type(element: Element) -> tuple[str | None, str | None]:
    """Type and unit that a connector declares, if it does."""
    for child in element:
        name = child.tag.removeprefix(f"{{{SSC}}}")
        name = _NUMBERS.get(name, name)
        if name in _TYPES:
            return name, child.get("unit")
    return None, None
