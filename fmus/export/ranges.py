"""Where a model is valid: an output that counts what is left, and a table for the shell."""

import re

import casadi as ca

from fmus.equations import SX, Model, Output, ValidRange
from fmus.export.units import fmi_name, parse_unit
from twin.errors import BadInput, refuse
from twin.signals import OUT_OF_RANGE

_LARGEST = 1.7976931348623157e308
_NAME = re.compile(r"[A-Za-z][\w .,()/\[\]-]*", re.ASCII)


def range_outputs(model: Model) -> list[Output]:
    """The output `out_of_range` of `model`; none where it declares no range.

    Limits are inclusive, and a value that is no number is outside.

    Raises:
        BadInput: a range without a proper name, unit or order of limits, or declared twice.
    """
    _check(model)
    if not model.ranges:
        return []
    left = SX(0)
    for r in model.ranges:
        inside = ca.logic_and(r.expression >= _finite(r.min), r.expression <= _finite(r.max))
        left += ca.if_else(inside, 0, 1)
    names = ", ".join(r.name for r in model.ranges)
    return [Output(OUT_OF_RANGE, left, "-", f"Validity ranges left now, of {names}")]


def range_table(model: Model, index: int) -> str:
    """C tables of the ranges; `index` is that of `out_of_range` among the outputs."""
    lows = [repr(_finite(r.min)) for r in model.ranges]
    highs = [repr(_finite(r.max)) for r in model.ranges]
    names = [f'"{r.name}"' for r in model.ranges]
    units = [f'"{fmi_name(r.unit)}"' for r in model.ranges]
    lines = ["/* Where the model is valid, and the output that counts what is left. */"]
    lines.append(f"const int hk_range_output = {index};")
    for declaration, items in [
        ("double hk_range_low[]", lows),
        ("double hk_range_high[]", highs),
        ("char *const hk_range_name[]", names),
        ("char *const hk_range_unit[]", units),
    ]:
        lines.append(f"const {declaration} = {{{', '.join(items) or '0'}}};")
    return "\n".join([*lines, ""])


def _finite(limit: float) -> float:
    """No limit is the largest number: C code has no spelling of infinity."""
    return float(min(max(limit, -_LARGEST), _LARGEST))


def _check(model: Model) -> None:
    seen: set[str] = set()
    for r in model.ranges:
        place = f"{model.name} valid range"
        if not _NAME.fullmatch(r.name) or r.name in seen:
            raise refuse(place, r.name, "needs a name of its own, of letters, digits and spaces")
        seen.add(r.name)
        _check_one(f"{place} {r.name}", r)


def _check_one(place: str, r: ValidRange) -> None:
    if r.expression.numel() != 1:
        raise refuse(place, r.expression.numel(), "must be one expression")
    if not r.min < r.max:
        raise refuse(place, [r.min, r.max], "must be lowest, then highest")
    try:
        parse_unit(r.unit)
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from error
