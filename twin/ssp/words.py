"""Attributes of XML as numbers and truths, refused by place where they are not."""

import math
import re
from xml.etree.ElementTree import Element

from twin.errors import BadInput, refuse

_DOUBLE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?")


def need(place: str, element: Element, attribute: str) -> str:
    """The attribute's text; BadInput where it is not given."""
    value = element.get(attribute)
    if value is None:
        raise BadInput(f"{place}: {element.tag.partition('}')[2]} must have {attribute!r}")
    return value


def number(place: str, text: str) -> float:
    """A finite xs:double in the [unit] that goes with it, to the last bit, or BadInput."""
    value = float(text) if _DOUBLE.fullmatch(text.strip()) else math.nan
    if not math.isfinite(value):
        raise refuse(place, text, "must be a finite number")
    return value


def is_true(text: str | None) -> bool:
    """An xs:boolean; absent is false."""
    return text in ("true", "1")
