"""Parameter sets and mappings of SSP: values by name, with their units."""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from twin.errors import BadInput, did_you_mean, refuse
from twin.plant.xml_reader import line_of, read_xml
from twin.ssp.archive import Archive
from twin.ssp.structure import SSC, SSD, SSM, SSV, Linear, Value
from twin.ssp.words import is_true, need, number

_SET = "application/x-ssp-parameter-set"
_MAPPING = "application/x-ssp-parameter-mapping"
_TYPES = ("Real", "Integer", "Boolean", "String", "Enumeration", "Binary")


def bound_values(archive: Archive, file: str, element: Element) -> tuple[Value, ...]:
    """All values bound to a component or system, those that prevail last.

    Raises:
        BadInput: a source that is not in the archive or of another kind, or that is broken.
    """
    found: list[Value] = []
    for binding in element.iterfind(f"{{{SSD}}}ParameterBindings/{{{SSD}}}ParameterBinding"):
        place = f"{archive.place(file)}:{line_of(binding)} ParameterBinding"
        set_file, root = _content(archive, file, binding, "ParameterValues", SSV, "ParameterSet")
        if root is None:
            raise BadInput(f"{place}: has neither a source nor values of its own")
        prefix = binding.get("prefix", "")
        values = [replace(v, name=prefix + v.name) for v in _values(archive, set_file, root)]
        mapping = binding.find(f"{{{SSD}}}ParameterMapping")
        found += values if mapping is None else _mapped(archive, file, mapping, values)
    return tuple(found)


def linear(place: str, element: Element) -> Linear | None:
    """The transformation inside `element`; BadInput for one that is not linear."""
    for child in element:
        name = child.tag.removeprefix(f"{{{SSC}}}")
        if name == "LinearTransformation":
            factor = number(f"{place} factor", child.get("factor", "1"))
            return Linear(factor, number(f"{place} offset", child.get("offset", "0")))
        if name.endswith("Transformation"):
            raise BadInput(f"{place}: {name} is not read here")
    return None


def _content(
    archive: Archive, file: str, element: Element, inline: str, space: str, root_name: str
) -> tuple[str, Element | None]:
    """File and root of a parameter set or mapping, referenced or inline."""
    place = f"{archive.place(file)}:{line_of(element)} {element.tag.partition('}')[2]}"
    wanted = _SET if space == SSV else _MAPPING
    if (kind := element.get("type", wanted)) != wanted:
        raise refuse(f"{place} type", kind, f"must be {wanted}")
    if element.get("sourceBase", "SSD") != "SSD":
        raise refuse(f"{place} sourceBase", element.get("sourceBase"), "only SSD is read here")
    tag, source = f"{{{space}}}{root_name}", element.get("source")
    if not source:
        wrapper = element.find(f"{{{SSD}}}{inline}") if space == SSV else element
        return file, None if wrapper is None else wrapper.find(tag)
    name = archive.resolve(f"{place} source", source)
    root = read_xml(archive.file(name), archive.place(name), namespaces=True)
    if root.tag != tag:
        raise refuse(f"{archive.place(name)}:{line_of(root)}", root.tag, f"must be {root_name}")
    return name, root


def _values(archive: Archive, file: str, root: Element) -> Iterator[Value]:
    for parameter in root.iterfind(f"{{{SSV}}}Parameters/{{{SSV}}}Parameter"):
        place = f"{archive.place(file)}:{line_of(parameter)}"
        name = need(place, parameter, "name")
        place = f"{place} {name}"
        typed = next((c for t in _TYPES for c in parameter.iterfind(f"{{{SSV}}}{t}")), None)
        if typed is None:
            raise BadInput(f"{place}: must have a value of type {', '.join(_TYPES)}")
        kind = typed.tag.partition("}")[2]
        yield Value(name, kind, need(place, typed, "value"), typed.get("unit"), None, True, place)


def _mapped(archive: Archive, file: str, element: Element, values: list[Value]) -> list[Value]:
    """`values` under the names that a mapping gives them; what it does not name falls away."""
    file, root = _content(archive, file, element, "", SSM, "ParameterMapping")
    known = {value.name: value for value in values}
    found = []
    for entry in () if root is None else root.iterfind(f"{{{SSM}}}MappingEntry"):
        place = f"{archive.place(file)}:{line_of(entry)} MappingEntry"
        source = need(place, entry, "source")
        if source not in known:
            raise BadInput(f"{place}: unknown parameter {source!r}{did_you_mean(source, known)}")
        found.append(
            replace(
                known[source],
                name=need(place, entry, "target"),
                change=linear(place, entry),
                converts_units=not is_true(entry.get("suppressUnitConversion")),
                place=place,
            )
        )
    return found
