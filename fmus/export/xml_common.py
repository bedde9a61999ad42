"""What modelDescription.xml of FMI 2.0 and of 3.0 have in common."""

from xml.sax.saxutils import quoteattr

from fmus.export.codegen import Code
from fmus.export.layout import Kind, Scalar
from fmus.export.units import BASE, fmi_name, parse_unit

_DISPLAY = {"K": ("degC", -273.15, 1.0), "J": ("kWh", 0.0, 1 / 3.6e6), "W": ("kW", 0.0, 1e-3)}
"""Unit → how people like to see it: name, offset, factor (display = factor * value + offset)."""

Rows = list[tuple[Scalar, set[int]]]
"""Unknowns in the order of their value references, each with what it depends on."""


def tag(indent: str, element: str, /, **attributes: str | None) -> str:
    """One empty element; attributes that are None are left out."""
    pairs = [f"{key}={quoteattr(value)}" for key, value in attributes.items() if value is not None]
    return f"{indent}<{' '.join([element, *pairs])}/>"


def document(head: list[str], code: Code, variables: list[str], structure: list[str]) -> str:
    """The whole file: `head` opens the root element and names the interfaces."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        *head,
        *_units(code),
        "  <LogCategories>",
        tag("    ", "Category", name="logStatusError", description="Refused calls and failures"),
        tag("    ", "Category", name="logStatusWarning", description="Validity ranges left"),
        tag("    ", "Category", name="logEvents", description="Changes of modes and their time"),
        "  </LogCategories>",
        tag("  ", "DefaultExperiment", startTime="0", stopTime="86400", stepSize="1"),
        "  <ModelVariables>",
        *variables,
        "  </ModelVariables>",
        "  <ModelStructure>",
        *structure,
        "  </ModelStructure>",
        "</fmiModelDescription>",
    ]
    return "\n".join(lines) + "\n"


def identity(scalar: Scalar) -> dict[str, str | None]:
    """Name, value reference and meaning."""
    return {
        "name": scalar.name,
        "valueReference": str(scalar.reference),
        "description": scalar.description or None,
    }


def roles(scalar: Scalar) -> dict[str, str | None]:
    """Causality, variability and initial."""
    initial: str | None = "calculated"
    causality, variability = "local", "continuous"
    match scalar.kind:
        case Kind.TIME:
            causality, initial = "independent", None
        case Kind.STATE:
            causality, initial = "output" if scalar.is_output else "local", "exact"
        case Kind.INPUT:
            causality, initial = "input", None
        case Kind.PARAMETER:
            tunable = scalar.variable is not None and scalar.variable.tunable
            causality, variability = "parameter", "tunable" if tunable else "fixed"
            initial = "exact"
        case Kind.OUTPUT:
            causality = "output"
        case Kind.MODE:
            variability = "discrete"
        case Kind.DERIVATIVE | Kind.INDICATOR:
            pass
    return {"causality": causality, "variability": variability, "initial": initial}


def type_attributes(scalar: Scalar) -> dict[str, str | None]:
    """Unit, range, nominal and start value; an integer has none of them."""
    if scalar.kind is Kind.MODE:
        return {}
    unit, variable = fmi_name(scalar.unit), scalar.variable
    shown = unit in _DISPLAY and not scalar.is_difference
    found: dict[str, str | None] = {
        "unit": unit,
        "displayUnit": _DISPLAY[unit][0] if shown else None,
        "relativeQuantity": "true" if scalar.is_difference else None,
    }
    if variable is not None:
        found["min"], found["max"] = _number(variable.min), _number(variable.max)
        found["nominal"] = _number(variable.nominal) if scalar.kind is Kind.STATE else None
        found["start"] = _number(variable.start)
    return found


def outputs(code: Code) -> Rows:
    """Outputs; one that is a state depends on itself."""
    states = [(s, {s.reference}) for s in code.layout.of(Kind.STATE) if s.is_output]
    own = zip(code.layout.of(Kind.OUTPUT), code.dependencies.outputs, strict=True)
    return [*states, *own]


def derivatives(code: Code) -> Rows:
    """Derivatives of the states."""
    return list(zip(code.layout.of(Kind.DERIVATIVE), code.dependencies.derivatives, strict=True))


def indicators(code: Code) -> Rows:
    """Event indicators."""
    return list(zip(code.layout.of(Kind.INDICATOR), code.dependencies.indicators, strict=True))


def initial_unknowns(code: Code) -> Rows:
    """Derivatives and outputs with equations, on everything that is known at the start."""
    found = code.dependencies
    ders = zip(code.layout.of(Kind.DERIVATIVE), found.initial_derivatives, strict=True)
    outs = zip(code.layout.of(Kind.OUTPUT), found.initial_outputs, strict=True)
    return sorted([*ders, *outs], key=lambda row: row[0].reference)


def _number(value: float | None) -> str | None:
    return None if value is None else repr(float(value))


def _units(code: Code) -> list[str]:
    listed = [s for s in code.layout.scalars if s.listed and s.kind is not Kind.MODE]
    lines = ["  <UnitDefinitions>"]
    for unit in sorted({fmi_name(s.unit) for s in listed}):
        meaning = parse_unit(unit)
        base = {name: str(meaning.powers[name]) for name in BASE if name in meaning.powers}
        if meaning.factor != 1.0:
            base["factor"] = repr(meaning.factor)
        if meaning.offset != 0.0:
            base["offset"] = repr(meaning.offset)
        lines += [f"    <Unit name={quoteattr(unit)}>", tag("      ", "BaseUnit", **base)]
        if unit in _DISPLAY:
            name, offset, factor = _DISPLAY[unit]
            scale = {"offset": repr(offset)} if offset else {"factor": repr(factor)}
            lines.append(tag("      ", "DisplayUnit", name=name, **scale))
        lines.append("    </Unit>")
    return [*lines, "  </UnitDefinitions>"]
