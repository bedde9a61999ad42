"""modelDescription.xml of FMI 2.0."""

from xml.sax.saxutils import quoteattr

from fmus.export import xml_common as common
from fmus.export.codegen import Code
from fmus.export.layout import Kind

_ABILITIES = (
    'canNotUseMemoryManagementFunctions="true" canGetAndSetFMUstate="true" '
    'canSerializeFMUstate="true" providesDirectionalDerivative="true"'
)


def description(code: Code, sources: list[str]) -> str:
    """The file; `sources` are the C files that an importer may compile itself."""
    return common.document(_head(code, sources), code, _variables(code), _structure(code))


def _head(code: Code, sources: list[str]) -> list[str]:
    model = code.model
    identifier = f"modelIdentifier={quoteattr(model.name)}"
    files = [
        "    <SourceFiles>",
        *(common.tag("      ", "File", name=name) for name in sources),
        "    </SourceFiles>",
    ]
    exchange = [f"  <ModelExchange {identifier} {_ABILITIES}>", *files, "  </ModelExchange>"]
    return [
        f'<fmiModelDescription fmiVersion="2.0" modelName={quoteattr(model.name)} '
        f"guid={quoteattr(code.token)} description={quoteattr(model.description)} "
        f'generationTool="hukka" variableNamingConvention="structured" '
        f'numberOfEventIndicators="{len(model.indicators)}">',
        *([] if model.co_simulation_only else exchange),
        f'  <CoSimulation {identifier} {_ABILITIES} canHandleVariableCommunicationStepSize="true">',
        *files,
        "  </CoSimulation>",
    ]


def _variables(code: Code) -> list[str]:
    lines = []
    for scalar in code.layout.scalars:
        if not scalar.listed or scalar.kind is Kind.INDICATOR:
            continue
        kind = "Integer" if scalar.kind is Kind.MODE else "Real"
        attributes = common.type_attributes(scalar)
        if scalar.kind is Kind.DERIVATIVE:
            attributes["derivative"] = _index(code.layout.of(Kind.STATE)[scalar.index].reference)
        opening = common.tag(
            "    ", "ScalarVariable", **common.identity(scalar), **common.roles(scalar)
        )
        lines.append(f"{opening[:-2]}>{common.tag('', kind, **attributes)}</ScalarVariable>")
    return lines


def _structure(code: Code) -> list[str]:
    lines = []
    for name, rows in [
        ("Outputs", common.outputs(code)),
        ("Derivatives", common.derivatives(code)),
        ("InitialUnknowns", common.initial_unknowns(code)),
    ]:
        if not rows:
            continue
        lines.append(f"    <{name}>")
        for scalar, depends in rows:
            on = " ".join(_index(reference) for reference in sorted(depends))
            index = _index(scalar.reference)
            lines.append(common.tag("      ", "Unknown", index=index, dependencies=on))
        lines.append(f"    </{name}>")
    return lines


def _index(reference: int) -> str:
    """FMI 2.0 counts the listed variables from 1; ours are listed by value reference from 0."""
    return str(reference + 1)
