"""Expectations in a line: `heat_pump:u_run == 0`, `heat_pump:T_sink_out in 60 degC .. 70 degC`."""

import re
from typing import Any, Final

from twin.errors import refuse

_LINE: Final = re.compile(
    r"\s*(?P<point>\S+)\s+(?P<sign>==|~=|<=|>=|!=|=|<|>|in)\s+(?P<rest>.+?)\s*"
)
_RULE: Final = (
    "must be POINT == VALUE, POINT > VALUE, POINT < VALUE, POINT in LOW .. HIGH,"
    " or POINT == VALUE +- TOLERANCE"
)


def condition_of(line: str) -> dict[str, Any]:
    """The condition that a line says, by the keys of a procedure's `expect`.

    Raises:
        BadInput: it says none.
    """
    __tracebackhide__ = True
    match = _LINE.fullmatch(line)
    if match is None:
        raise refuse("expect", line, _RULE)
    point, sign, rest = match["point"], match["sign"], match["rest"]
    match sign:
        case ">":
            return {"point": point, "above": rest}
        case "<":
            return {"point": point, "below": rest}
        case "in":
            ends = [end.strip() for end in rest.split("..")]
            if len(ends) == 2 and all(ends):
                return {"point": point, "band": ends}
        case "==":
            value, *tolerance = (part.strip() for part in re.split(r"\+-|±", rest))
            if not tolerance:
                return {"point": point, "equals": value}
            if len(tolerance) == 1:
                return {"point": point, "near": value, "tolerance": tolerance[0]}
    raise refuse("expect", line, _RULE)
