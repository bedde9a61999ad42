"""modelDescription.xml and buildDescription.xml of FMI 3.0."""

from xml.sax.saxutils import quoteattr

from fmus.export import xml_common as common
from fmus.export.codegen import Code
from fmus.export.layout import Kind

_ABILITIES = (
    'canGetAndSetFMUState="true" canSerializeFMUState="true" '
    'providesDirectionalDerivatives="true" providesAdjointDerivatives="true"'
)


def description(code: Code) -> str:
    """modelDescription.xml."""
    return common.document(_head(code), code, _variables(code), _structure(code))


def build_description(code: Code, sources: list[str]) -> str:
    """buildDescription.xml: how an importer compiles the C files `sources` itself."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<fmiBuildDescription fmiVersion="3.0">',
        f"  <BuildConfiguration modelIdentifier={quoteattr(code.model.name)}>",
        '    <SourceFileSet language="C99" compilerOptions="-ffp-contract=off -fno-math-errno">',
        *(common.tag("      ", "SourceFile", name=name) for name in sources),
        "    </SourceFileSet>",
        "  </BuildConfiguration>",
        "</fmiBuildDescription>",
    ]
    return "\n".join(lines) + "\n"


def _head(code: Code) -> list[str]:
    model = code.model
    identifier = f"modelIdentifier={quoteattr(model.name)}"
    return [
        f'<fmiModelDescription fmiVersion="3.0" modelName={quoteattr(model.name)} '
        f"instantiationToken={quoteattr(code.token)} description={quoteattr(model.description)} "
        f'generationTool="hukka" variableNamingConvention="structured">',
        *([] if model.co_simulation_only else [f"  <ModelExchange {identifier} {_ABILITIES}/>"]),
        f"  <CoSimulation {identifier} {_ABILITIES} "
        'canHandleVariableCommunicationStepSize="true"/>',
    ]


def _variables(code: Code) -> list[str]:
    lines = []
    for scalar in code.layout.scalars:
        if not scalar.listed:
            continue
        kind = "Int32" if scalar.kind is Kind.MODE else "Float64"
        attributes = common.type_attributes(scalar)
        if scalar.kind is Kind.DERIVATIVE:
            attributes["derivative"] = str(code.layout.of(Kind.STATE)[scalar.index].reference)
        attributes = {**common.identity(scalar), **common.roles(scalar), **attributes}
        lines.append(common.tag("    ", kind, **attributes))
    return lines


def _structure(code: Code) -> list[str]:
    lines = []
    for name, rows in [
        ("Output", common.outputs(code)),
        ("ContinuousStateDerivative", common.derivatives(code)),
        ("InitialUnknown", common.initial_unknowns(code)),
        ("EventIndicator", common.indicators(code)),
    ]:
        for scalar, depends in rows:
            on = " ".join(str(reference) for reference in sorted(depends))
            reference = str(scalar.reference)
            lines.append(common.tag("    ", name, valueReference=reference, dependencies=on))
    return lines
