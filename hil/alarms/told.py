"""What an event of the twin says in one line."""

from collections.abc import Mapping
from typing import Any

from twin.site.amounts import size_text


def size_of(told: Mapping[str, Any], *, to: str = "to") -> str:
    """Size with its 90 % interval, in `own_unit` where it is told; empty of what has none."""
    if told.get("size") is None:
        return ""
    unit = told.get("unit") or "-"
    return size_text(
        told["size"], told.get("low"), told.get("high"), unit, told.get("own_unit"), to=to
    )


def text_of(told: Mapping[str, Any]) -> str:
    """Size, and what it cannot be told from."""
    parts = [size_of(told) + (", growing" if told.get("drift") and told.get("size") else "")]
    if told.get("group"):
        parts.append(f"cannot be told from {', '.join(told['group'])}")
    return "; ".join(part for part in parts if part)
