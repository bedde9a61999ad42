"""Values that a site file may give, beside quantities: units, powers, ranges, settings."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from twin.errors import BadInput
from twin.signals import conversion
from twin.site.quantity import Amount, Number, Quantity


def _unit(text: str) -> str:
    try:
        conversion(text, text)
    except BadInput as error:
        raise ValueError(str(error)) from None
    return text


def _positive(amount: Quantity) -> Quantity:
    if amount.value <= 0:
        raise ValueError("must be > 0")
    return amount


def _power(amount: Quantity) -> Quantity:
    try:
        amount.to("W")
    except BadInput as error:
        raise ValueError(str(error)) from None
    return _positive(amount)


def _share(amount: Quantity) -> Quantity:
    try:
        amount.to("-")
    except BadInput as error:
        raise ValueError(str(error)) from None
    return _positive(amount)


def _setting(value: object) -> float:
    match value:
        case bool() | int() | float() if abs(value) < float("inf"):
            return float(value)
    raise ValueError("must be a finite number, true or false")


def _parameter(value: object) -> object:
    match value:
        case bool() | str():
            return value
        case int() | float() if abs(value) < float("inf"):
            return value
        case list() if value:
            return tuple(_parameter(v) for v in value)
    raise ValueError("must be a finite number, true or false, text, or a list of them")


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise ValueError(f"must be [lowest, highest], found {list(limits)}")
    return limits


Unit = Annotated[str, AfterValidator(_unit)]
Range = Annotated[tuple[Number, Number], AfterValidator(_rising)]
Setting = Annotated[float, BeforeValidator(_setting)]


ParameterValue = Annotated[Any, BeforeValidator(_parameter)]
"""What an FMU's parameter is given; the FMU decides whether it fits."""

PositiveAmount = Annotated[Amount, AfterValidator(_positive)]
Power = Annotated[Amount, AfterValidator(_power)]
Share = Annotated[Amount, AfterValidator(_share)]
