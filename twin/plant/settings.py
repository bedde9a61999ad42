"""Parameters and start values, checked against what the FMUs declare."""

from twin.errors import BadInput, refuse, unknown
from twin.plant.description import FmuVariable
from twin.plant.wiring import Variables, find


def check_parameter(variables: Variables, name: str, value: float, *, running: bool) -> FmuVariable:
    """The variable behind `part.parameter`, after `value` [its unit] was found fit for it.

    Raises:
        BadInput: unknown (with the nearest one), not a parameter, out of range, or fixed while
            the plant is `running`.
    """
    place = f"parameter {name}"
    variable = find(variables, name, place)
    part = variables[name.partition(".")[0]].values()
    if variable.causality != "parameter":
        known = [v.name for v in part if v.causality == "parameter"]
        raise unknown(place, "parameter", variable.name, known)
    if running and variable.variability != "tunable":
        tunable = [v.name for v in part if v.variability == "tunable"]
        raise BadInput(
            f"{place}: is {variable.variability} and cannot change while the plant runs;"
            f" tunable: {', '.join(tunable) or 'none'}"
        )
    variable.check_range(place, value)
    return variable


def check_start(variables: Variables, name: str, value: float) -> None:
    """Refuse a start value [its unit] for an unknown variable, a computed one or out of range."""
    variable = find(variables, name, "start")
    if variable.causality != "input" and variable.start is None:
        raise refuse(f"start {name}", value, "the FMU computes it, it has no start value to set")
    variable.check_range(f"start {name}", value)
