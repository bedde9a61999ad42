"""A variable of an FMU: what it is, and which values it takes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from twin.errors import did_you_mean, refuse
from twin.signals import outside

Scalar = bool | int | float | str
Setting = Scalar | Sequence["Setting"]
"""What a site may give a parameter: a number, true or false, text, or lists of them."""

WHOLE = {
    "Integer": (-(2**31), 2**31 - 1),
    **{f"Int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
"""Types of whole numbers, FMI 2.0 and 3.0 -> lowest and highest value."""
FLOATS = ("Real", "Float64", "Float32")
_LARGEST_FLOAT32 = (2.0 - 2.0**-23) * 2.0**127


@dataclass(frozen=True, slots=True)
class FmuVariable:
    """One variable as the FMU declares it; `start`, `min` and `max` are in `unit`.

    An element of an array is a variable too, called `name[2,1]`: it has the array's value
    reference and its own place in it.
    """

    name: str
    vr: int
    """Value reference: the number by which the FMU knows the variable."""
    type: str
    """`Real`, `Integer`, `Boolean`... (FMI 2.0) or `Float64`, `Int32`, `Boolean`... (3.0)."""
    causality: str
    variability: str
    unit: str | None = None
    start: float | None = None
    min: float | None = None
    max: float | None = None
    description: str = ""
    dimensions: tuple[int, ...] = ()
    """Of an array; empty for a single value."""
    starts: tuple[float, ...] = ()
    """Start values of an array of numbers [unit]: one for all, or one each, the last index
    counting fastest."""
    items: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Of an enumeration: name -> value."""
    array: "FmuVariable | None" = None
    """Of an element: the array that it is in."""
    element: int = 0
    """Place in the array, counted from 0, the last index counting fastest."""

    @property
    def is_array(self) -> bool:
        """Whether it holds more than one value."""
        return bool(self.dimensions)

    @property
    def size(self) -> int:
        """How many values it holds."""
        return math.prod(self.dimensions)

    @property
    def is_real(self) -> bool:
        """Whether the FMU's own functions take it as the exchange has it: one 64-bit number."""
        return self.type in ("Real", "Float64") and not self.is_array and self.array is None

    @property
    def is_number(self) -> bool:
        """Whether the exchange can carry it: one number, truth value or item."""
        return not self.is_array and self.type not in ("String", "Binary", "Clock")

    @property
    def values_at_start(self) -> list[float]:
        """Start value of each element [unit]; empty where the FMU gives none."""
        return [*self.starts] * (self.size if len(self.starts) == 1 else 1)

    def elements(self) -> Iterator["FmuVariable"]:
        """The variables `name[1]`, `name[2]`... of an array of numbers."""
        for k in range(self.size):
            rest = k
            index: list[str] = []
            for length in reversed(self.dimensions):
                rest, i = divmod(rest, length)
                index.insert(0, str(i + 1))
            yield FmuVariable(
                name=f"{self.name}[{','.join(index)}]",
                vr=self.vr,
                type=self.type,
                causality=self.causality,
                variability=self.variability,
                unit=self.unit,
                start=self.starts[k % len(self.starts)] if self.starts else None,
                min=self.min,
                max=self.max,
                description=self.description,
                items=self.items,
                array=self,
                element=k,
            )

    def check_range(self, place: str, value: float) -> None:
        """Refuse a `value` [unit] that is not finite or outside `min` to `max`."""
        if not math.isfinite(value):
            raise refuse(place, value, "must be a finite number")
        if rule := outside(value, self.min, self.max, self.unit):
            raise refuse(place, value, rule)

    def values_of(self, value: Setting) -> list[Scalar]:
        """`value` as the FMU takes it, an array flat; ValueError says what is wrong with it."""
        if self.type in ("Binary", "Clock"):
            raise ValueError(f"is a {self.type}, which cannot be set here")
        return [self._scalar(v) for v in _flat(value, self.dimensions)]

    def refusal(self, value: Setting) -> str | None:
        """Why the FMU does not take `value`; None when it does."""
        try:
            self.values_of(value)
        except ValueError as error:
            return str(error)
        return None

    def _scalar(self, value: Setting) -> Scalar:
        match value:
            case bool() | int() | float() | str():
                pass
            case _:
                raise ValueError("must be a single value, not a list")
        if self.type == "String":
            return _text(value)
        if self.type == "Boolean":
            return _truth(value)
        if self.type == "Enumeration":
            return self._item(value)
        number = _whole(self.type, value) if self.type in WHOLE else _number(self.type, value)
        if rule := outside(number, self.min, self.max, self.unit):
            raise ValueError(rule)
        return number

    def _item(self, value: Scalar) -> int:
        if isinstance(value, str):
            if value in self.items:
                return self.items[value]
            near = did_you_mean(value, self.items)
            hint = near if "mean" in near else ""
            raise ValueError(f"must be one of {', '.join(self.items)}{hint}")
        if not isinstance(value, bool) and value in self.items.values():
            return int(value)
        named = ", ".join(f"{name} ({number})" for name, number in self.items.items())
        raise ValueError(f"must be one of {named}")


def _flat(value: Setting, dimensions: tuple[int, ...]) -> Iterator[Setting]:
    """The values of nested lists of these lengths."""
    if not dimensions:
        yield value
        return
    shape = " x ".join(map(str, dimensions))
    if isinstance(value, bool | int | float | str):
        raise ValueError(f"must be a list of {shape} values")
    if len(value) != dimensions[0]:
        raise ValueError(f"must be a list of {shape} values, found {len(value)}")
    for one in value:
        yield from _flat(one, dimensions[1:])


def _text(value: Scalar) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("must be text")
    return value


def _truth(value: Scalar) -> bool:
    if isinstance(value, str) or value not in (0, 1):
        raise ValueError("must be true or false")
    return bool(value)


def _whole(kind: str, value: Scalar) -> int:
    low, high = WHOLE[kind]
    if isinstance(value, bool | str) or value != value or value in (math.inf, -math.inf):
        raise ValueError("must be a whole number")
    if int(value) != value:
        raise ValueError("must be a whole number")
    if not low <= value <= high:
        raise ValueError(f"must be {low} to {high}, it is an {kind}")
    return int(value)


def _number(kind: str, value: Scalar) -> float:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    if kind == "Float32" and abs(value) > _LARGEST_FLOAT32:
        raise ValueError("must fit a 32-bit float")
    return float(value)
