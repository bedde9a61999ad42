"""Elements of SSP files and their bytes: the same ones for the same content."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from twin.ssp.structure import SSC, SSD, SSV

for _prefix, _uri in (("ssd", SSD), ("ssc", SSC), ("ssv", SSV)):
    register_namespace(_prefix, _uri)


def add(parent: Element, space: str, tag: str, **attributes: str | None) -> Element:
    """A new child of `parent`; attributes that are None are left out."""
    given = {key: value for key, value in attributes.items() if value is not None}
    return SubElement(parent, f"{{{space}}}{tag}", given)


def root(space: str, tag: str, name: str, **attributes: str) -> Element:
    """The first element of an SSP 1.0 file."""
    more = {"version": "1.0", "name": name, "generationTool": "hukka"}
    return Element(f"{{{space}}}{tag}", {**more, **attributes})


def add_units(parent: Element, space: str, units: Mapping[str, Mapping[str, str]]) -> None:
    """Definitions of units by their base units, where there are any."""
    if not units:
        return
    group = add(parent, space, "Units")
    for name, base in sorted(units.items()):
        add(add(group, SSC, "Unit", name=name), SSC, "BaseUnit", **base)


def to_bytes(element: Element) -> bytes:
    """The file."""
    indent(element)
    data: bytes = tostring(element, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"
