"""Which scalar of a model has which value reference: what C code, XML and checks agree on.

Value references count through the kinds in the order of `Kind`; the C shell's hk_kind does the
same. An output that is a state under its own name (an energy meter) is the state's variable.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import casadi as ca

from fmus.equations import Model, Output, Variable
from fmus.export.ranges import range_outputs
from fmus.export.units import parse_unit, rate_name
from twin.errors import BadInput, refuse


class Kind(Enum):
    """What a scalar is; the order is that of the value references."""

    TIME = "time"
    STATE = "state"
    DERIVATIVE = "derivative"
    INPUT = "input"
    PARAMETER = "parameter"
    OUTPUT = "output"
    MODE = "mode"
    INDICATOR = "indicator"


@dataclass(frozen=True)
class Scalar:
    """One variable of the FMU. `index` counts within its kind, `reference` over all."""

    name: str
    kind: Kind
    index: int
    reference: int
    unit: str
    description: str
    variable: Variable | None = None
    is_output: bool = False
    listed: bool = True

    @property
    def is_difference(self) -> bool:
        """Whether it is in K and no temperature, which would be called T, or T_ and more.

        Such a difference (superheat, the band of a controller) has no 0 in degC.
        """
        return self.unit == "K" and _TEMPERATURE.fullmatch(self.name) is None


@dataclass(frozen=True)
class Layout:
    """All scalars of a model in the order of their value references."""

    scalars: tuple[Scalar, ...]
    outputs: tuple[Output, ...]
    """Outputs that have an equation of their own."""

    def of(self, kind: Kind) -> list[Scalar]:
        """Scalars of one kind, by index."""
        return [s for s in self.scalars if s.kind is kind]


_TEMPERATURE = re.compile(r"(.*\.)?T(?!\w*_band)(_\w+)?(\[\d+\])?")
_NAME = re.compile(r"[A-Za-z_]\w*(\[\d+\])?(\.[A-Za-z_]\w*(\[\d+\])?)*")


def layout_of(model: Model) -> Layout:
    """Value references of `model`.

    Raises:
        BadInput: a name FMI does not allow or two variables of one name, a start value outside
            its range, a unit that is not one.
    """
    _check(model)
    states = {v.name: v.symbol for v in model.states}
    own: list[Output] = []
    state_outputs: set[str] = set()
    for output in [*model.outputs, *range_outputs(model)]:
        symbol = states.get(output.name)
        if symbol is not None and ca.is_equal(symbol, output.expression):
            state_outputs.add(output.name)
        else:
            own.append(output)
    scalars = _scalars(model, own, state_outputs)
    _refuse_duplicates(model, scalars)
    return Layout(tuple(scalars), tuple(own))


def _scalars(model: Model, own: Sequence[Output], state_outputs: set[str]) -> list[Scalar]:
    rows: list[Scalar] = []

    def add(kind: Kind, index: int, name: str, unit: str, text: str, **more: object) -> None:
        rows.append(Scalar(name, kind, index, len(rows), unit, text, **more))  # type: ignore[arg-type]

    own_names = {output.name for output in own}
    add(Kind.TIME, 0, "time", "s", "Simulation time")
    for i, v in enumerate(model.states):
        is_output = v.name in state_outputs
        add(Kind.STATE, i, v.name, v.unit, v.description, variable=v, is_output=is_output)
    for i, v in enumerate(model.states):
        add(Kind.DERIVATIVE, i, f"der({v.name})", rate_name(v.unit), "")
    for i, v in enumerate(model.inputs):
        add(Kind.INPUT, i, v.name, v.unit, v.description, variable=v)
    for i, v in enumerate(model.parameters):
        add(Kind.PARAMETER, i, v.name, v.unit, v.description, variable=v)
    for i, o in enumerate(own):
        add(Kind.OUTPUT, i, o.name, o.unit, o.description, is_output=True)
    for i, v in enumerate(model.modes):  # hidden where an output shows it as a real number
        listed = v.name not in own_names
        add(Kind.MODE, i, v.name, "-", v.description, variable=v, listed=listed)
    for i in range(len(model.indicators)):
        add(Kind.INDICATOR, i, f"event_indicator[{i + 1}]", "-", "Changes sign at an event")
    return rows


def _check(model: Model) -> None:
    if not re.fullmatch(r"[A-Za-z_]\w*", model.name):
        raise refuse("model name", model.name, "must be a C identifier")
    if not model.h_max_s > 0:
        raise refuse(f"{model.name}.h_max_s", model.h_max_s, "must be > 0 s")
    for v in (*model.states, *model.inputs, *model.parameters, *model.modes):
        place = f"{model.name}.{v.name}"
        low, high = v.min if v.min is not None else v.start, v.max if v.max is not None else v.start
        if not low <= v.start <= high:
            raise refuse(f"{place} start", v.start, f"must lie in {v.min} ... {v.max}")
        if not v.nominal > 0:
            raise refuse(f"{place} nominal", v.nominal, "must be > 0")
    declared = (*model.states, *model.inputs, *model.parameters, *model.modes)
    everything: list[Variable | Output] = [*declared, *model.outputs]
    for named in everything:
        if not _NAME.fullmatch(named.name):
            raise refuse(f"{model.name} variable", named.name, "letters, digits, _ . and [n] only")
        try:
            parse_unit(named.unit)
        except BadInput as error:
            raise BadInput(f"{model.name}.{named.name}: {error}") from error


def _refuse_duplicates(model: Model, scalars: Sequence[Scalar]) -> None:
    seen: dict[str, Scalar] = {}
    for scalar in scalars:
        if not scalar.listed:
            continue
        if scalar.name in seen:
            raise BadInput(
                f"{model.name}.{scalar.name}: declared twice, as {seen[scalar.name].kind.value} "
                f"and as {scalar.kind.value}"
            )
        seen[scalar.name] = scalar
