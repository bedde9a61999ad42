"""Parameters and start values, checked against what the FMUs declare."""

from twin.errors import BadInput, refuse, unknown
from twin.plant.variable import FmuVariable, Setting
from twin.plant.wiring import Variables, find


def check_parameter(
    variables: Variables, name: str, value: Setting, *, running: bool
) -> FmuVariable:
    """The variable behind `part.parameter`, after `value` [its unit] was found fit for it.

    Raises:
        BadInput: unknown (with the nearest one), not a parameter, out of range, or fixed while
            the plant is `running`.
    """
    place = f"parameter {name}"
    variable = find(variables, name, place)
    part = variables[name.partition(".")[0]].values()
    if variable.causality == "structuralParameter":
        raise refuse(place, value, "a structural parameter keeps its start value here")
    if variable.causality != "parameter":
        known = [v.name for v in part if v.causality == "parameter"]
        raise unknown(place, "parameter", variable.name, known)
    if running and variable.variability != "tunable":
        tunable = [v.name for v in part if v.variability == "tunable"]
        raise BadInput(
            f"{place}: is {variable.variability} and cannot change while the plant runs;"
            f" tunable: {', '.join(tunable) or 'none'}"
        )
    _check(place, variable, value)
    return variable


def check_start(variables: Variables, name: str, value: Setting) -> None:
    """Refuse a start value [its unit] for an unknown variable, a computed one or out of range."""
    variable = find(variables, name, "start")
    if variable.causality != "input" and variable.start is None and not variable.starts:
        raise refuse(f"start {name}", value, "the FMU computes it, it has no start value to set")
    _check(f"start {name}", variable, value)


def _check(place: str, variable: FmuVariable, value: Setting) -> None:
    if (rule := variable.refusal(value)) is not None:
        raise refuse(place, value, rule)
