"""Rows and columns of an FMU's Jacobian: slopes and outputs by states, inputs and parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, refuse
from twin.plant.colours import Colours, colours
from twin.plant.dependencies import Told, reaching
from twin.plant.differences import Differences
from twin.plant.fmu import FmuFile
from twin.plant.variable import FmuVariable


@dataclass(frozen=True)
class Frame:
    """The FMU's variables that they are of."""

    slopes: tuple[FmuVariable, ...]
    states: tuple[FmuVariable, ...]
    """In the order of their slopes."""
    inputs: tuple[FmuVariable, ...]
    outputs: tuple[FmuVariable, ...]
    parameters: tuple[FmuVariable, ...]

    @property
    def rows(self) -> tuple[FmuVariable, ...]:
        """Slopes, then outputs."""
        return (*self.slopes, *self.outputs)

    @property
    def columns(self) -> tuple[FmuVariable, ...]:
        """States, then inputs, then parameters."""
        return (*self.states, *self.inputs, *self.parameters)

    def colours(self, told: Told) -> Colours:
        """Columns that are found together; rows of meters, on which no output depends, are 0."""
        slope_of = {x.name: f.name for x, f in zip(self.states, self.slopes, strict=True)}
        felt = reaching([y.name for y in self.outputs], slope_of, told)
        idle = {slope for state, slope in slope_of.items() if state not in felt}
        return colours([v.name for v in self.rows], [v.name for v in self.columns], told, idle)

    def differences(self, nominal: NDArray[np.float64], by: Colours) -> Differences:
        """Instead of derivatives; `nominal[n_x]` is the size that each state usually has."""
        sizes = [max(_size(v), 1.0) for v in self.inputs] + [_size(v) for v in self.parameters]
        return Differences(self.columns, np.concatenate([nominal, sizes]), by)


def frame_of(
    file: FmuFile,
    part: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    parameters: Sequence[str],
) -> Frame:
    """The frame of an FMU, which messages call `part`.

    Raises:
        BadInput: it has no such variable, or one is of another type than 64-bit floats, or it does
            not say which variables are its states.
    """

    def real(name: str) -> FmuVariable:
        found = variable_of(file, part, name)
        if not found.is_real:
            rule = "is no 64-bit float; with `interface: co_simulation` an observer takes others"
            raise refuse(f"{part}.{name}", found.type, rule)
        return found

    derivatives = file.description.derivatives
    for derivative in derivatives:
        if derivative.state is None:
            rule = "its FMU names no single variable that this is the derivative of"
            raise BadInput(f"{part}.{derivative.name}: {rule}; {file.path} cannot be observed")
    slopes = tuple(real(derivative.name) for derivative in derivatives)
    states = tuple(real(derivative.state or "") for derivative in derivatives)
    return Frame(slopes, states, *(tuple(map(real, n)) for n in (inputs, outputs, parameters)))


def variable_of(file: FmuFile, part: str, name: str) -> FmuVariable:
    """The variable of that name; BadInput where there is none."""
    found = file.variables.get(name)
    if found is None:
        raise refuse(f"{part}.{name}", name, f"{file.path} has no such variable")
    return found


def _size(variable: FmuVariable) -> float:
    """Of a variable, by its start, or else its range."""
    ends = [e for e in (variable.min, variable.max) if e is not None]
    return abs(variable.start or 0.0) or (ends[1] - ends[0] if len(ends) == 2 else 1.0)
