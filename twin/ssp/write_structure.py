"""SystemStructure.ssd of a site."""

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from twin.plant.variable import FmuVariable
from twin.site.model import Site
from twin.ssp.outline import Outside, Wire
from twin.ssp.structure import FMU_TYPE, SSC, SSD
from twin.ssp.units import ssp_kind, ssp_type
from twin.ssp.write_xml import add, add_units, root, to_bytes

_STOP_S = "86400"

Units = Mapping[str, Mapping[str, str]]


def structure_file(
    site: Site,
    sources: Mapping[str, str],
    connectors: Mapping[str, Sequence[FmuVariable]],
    outside: Sequence[Outside],
    drawn: Iterable[Wire],
    bindings: Mapping[str | None, str],
    units: Units,
) -> bytes:
    """The file: parts with their FMUs (`sources`) and `connectors`, and the wires between them.

    `bindings` are parameter sets in the archive by part; None is the system itself.
    """
    element = root(SSD, "SystemStructureDescription", site.site, description=site.title)
    system = add(element, SSD, "System", name=site.site, description=site.title)
    _add_connectors(system, [(o.name, o.kind, o.variable) for o in outside], units)
    _bind(system, bindings.get(None))
    elements = add(system, SSD, "Elements")
    for part, source in sources.items():
        component = add(
            elements,
            SSD,
            "Component",
            name=part,
            type=FMU_TYPE,
            source=source.replace("%", "%25").replace(" ", "%20").replace("#", "%23"),
        )
        _add_connectors(component, [(v.name, ssp_kind(v), v) for v in connectors[part]], units)
        _bind(component, bindings.get(part))
    _connect(system, drawn)
    variables = [v for vs in connectors.values() for v in vs]
    used = {v.unit for v in variables}
    add_units(element, SSD, {unit: base for unit, base in units.items() if unit in used})
    add(element, SSD, "DefaultExperiment", startTime="0", stopTime=_STOP_S)
    return to_bytes(element)


def _add_connectors(
    parent: Element, rows: Sequence[tuple[str, str, FmuVariable]], units: Units
) -> None:
    if not rows:
        return
    group = add(parent, SSD, "Connectors")
    for name, kind, variable in rows:
        connector = add(
            group,
            SSD,
            "Connector",
            name=name,
            kind=kind,
            description=variable.description or None,
        )
        type_ = ssp_type(variable)
        if type_ in ("Real", "Integer", "Boolean", "String"):
            unit = variable.unit if type_ == "Real" and variable.unit in units else None
            add(connector, SSC, type_, unit=unit)


def _bind(parent: Element, source: str | None) -> None:
    if source is not None:
        add(add(parent, SSD, "ParameterBindings"), SSD, "ParameterBinding", source=source)


def _connect(system: Element, drawn: Iterable[Wire]) -> None:
    group: Element | None = None
    for wire in drawn:
        group = add(system, SSD, "Connections") if group is None else group
        connection = add(
            group,
            SSD,
            "Connection",
            startElement=wire.source[0],
            startConnector=wire.source[1],
            endElement=wire.target[0],
            endConnector=wire.target[1],
            suppressUnitConversion=None if wire.change is None else "true",
        )
        if wire.change is not None:
            factor, offset = repr(wire.change.factor), repr(wire.change.offset)
            add(connection, SSC, "LinearTransformation", factor=factor, offset=offset)
