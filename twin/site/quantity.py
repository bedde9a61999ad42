"""Numbers with their unit as a site file writes them: `5 s`, `0.8 K`, `5.0 MW`."""

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from twin.clock import parse_duration_s
from twin.errors import BadInput
from twin.signals import conversion

_SI = ("-", "K", "W", "J", "Pa", "s")  # those that have other spellings; the rest are SI as written


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit."""

    value: float
    unit: str

    def to(self, unit: str) -> float:
        """The value in `unit`, zero points included (20 degC is 293.15 K); BadInput if unlike."""
        factor, offset = conversion(self.unit, unit)
        return factor * self.value + offset

    def difference_in(self, unit: str) -> float:
        """The value as a difference in `unit` (0.8 K is 0.8 degC); BadInput if unlike."""
        factor, _ = conversion(self.unit, unit)
        return factor * self.value

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def si_unit(unit: str) -> str:
    """The SI unit of what `unit` measures: degC -> K, MW -> W; BadInput for an unknown unit."""
    conversion(unit, unit)
    for si in _SI:
        try:
            conversion(unit, si)
        except BadInput:
            continue
        return si
    return unit


def parse_quantity(text: object) -> Quantity:
    """`5.0 MW` as a Quantity; ValueError says what is wrong with it."""
    if isinstance(text, Quantity):
        return text
    words = text.split() if isinstance(text, str) else []
    if len(words) != 2:
        raise ValueError("must be a number with its unit, such as 5.0 MW or 0.8 K")
    try:
        value = float(words[0])
    except ValueError:
        raise ValueError(f"{words[0]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    try:
        conversion(words[1], words[1])
    except BadInput as error:
        raise ValueError(str(error)) from None
    return Quantity(value, words[1])


def parse_seconds(text: object) -> float:
    """`5 s`, `100 ms` or `1h30m` in seconds [s]; ValueError says what is wrong with it."""
    if not isinstance(text, str):
        raise ValueError("must be a time with its unit, such as 5 s")
    try:
        return parse_duration_s(text.replace(" ", ""))
    except ValueError:
        raise ValueError("must be a time with its unit, such as 5 s or 100 ms") from None


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number, never text that looks like one."""

Whole = Annotated[int, Field(strict=True)]
"""A whole number; true and 2.0 are not."""

Seconds = Annotated[float, BeforeValidator(parse_seconds), Field(allow_inf_nan=False)]
"""Written with its unit (`5 s`), kept in seconds [s]."""

Amount = Annotated[Quantity, BeforeValidator(parse_quantity)]
"""Written with its unit, kept with it."""
