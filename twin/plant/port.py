"""Values of one FMU instance that cross together: numbers outside, typed arrays inside."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twin.errors import PlantLost
from twin.plant.failure import not_finite
from twin.plant.variable import FLOATS, WHOLE, FmuVariable

Access = Callable[[str, str], Callable[..., Any]]
"""(`get` or `set`, type) -> the instance's function for that type, failures named."""


class _Group:
    """The variables of one type: each array is there once, whole."""

    def __init__(self, kind: str, arrays: Mapping[int, Sequence[Any]]) -> None:
        self.kind = kind
        self._arrays = arrays
        self.vr: list[int] = []
        self.values: list[Any] = []
        self._first: dict[int, int] = {}

    def place(self, variable: FmuVariable) -> int:
        """Index in `values` where the variable stands."""
        whole = variable.array or variable
        if whole.vr not in self._first:
            self._first[whole.vr] = len(self.values)
            self.vr.append(whole.vr)
            known = self._arrays.get(whole.vr) or whole.values_at_start or [0.0] * whole.size
            self.values += [as_type(self.kind, float(value)) for value in known]
        return self._first[whole.vr] + variable.element


class Port:
    """Variables of an instance that are read together, or set together, in a fixed order."""

    def __init__(
        self,
        name: str,
        variables: Sequence[FmuVariable],
        access: Access,
        arrays: Mapping[int, Sequence[Any]],
    ) -> None:
        """`name` of the instance goes before the variables' names in errors.

        `arrays` are those that were set, by value reference: what is not written keeps its value.
        """
        self._name, self._access = name, access
        self._variables = tuple(variables)
        self._groups: dict[str, _Group] = {}
        self._spots: list[tuple[_Group, int]] = []
        for variable in variables:
            group = self._groups.setdefault(variable.type, _Group(variable.type, arrays))
            self._spots.append((group, group.place(variable)))

    def read(self) -> list[float]:
        """Their values as the board has them: truth is 0 or 1, an item its number."""
        for group in self._groups.values():
            group.values = self._access("get", group.kind)(group.vr, len(group.values))
        return [float(group.values[i]) for group, i in self._spots]

    def write(self, values: Sequence[float]) -> None:
        """Set all; truth is above 0.5, whole numbers and items are the nearest one.

        Raises:
            PlantLost: a value is not finite, or too large for its type.
        """
        for variable, (group, i), value in zip(self._variables, self._spots, values, strict=True):
            if not math.isfinite(value):
                raise not_finite(f"{self._name}.{variable.name}", value, "was given")
            try:
                group.values[i] = as_type(group.kind, value)
            except ValueError as error:
                where = f"{self._name}.{variable.name}"
                raise PlantLost(f"{where}: was given {value:g}, {error}") from None
        for group in self._groups.values():
            self._access("set", group.kind)(group.vr, group.values)


def as_type(kind: str, value: float) -> Any:  # noqa: ANN401 - what ctypes takes for the type
    """A number of the board as an FMU variable of type `kind` has it; ValueError if it cannot."""
    if kind in FLOATS:
        return value
    if kind == "Boolean":
        return value > 0.5
    nearest = math.floor(value + 0.5) if math.isfinite(value) else 1 << 64
    low, high = WHOLE.get(kind, WHOLE["Int32"])
    if not low <= nearest <= high:
        raise ValueError(f"which does not fit {kind}")
    return nearest
