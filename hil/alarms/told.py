"""What an event of the twin says in one line."""

from collections.abc import Mapping
from typing import Any


def size_of(told: Mapping[str, Any]) -> str:
    """Size with its 90 % interval in SI, and what it cannot be told from."""
    parts = []
    if told.get("size") is not None:
        unit = told.get("unit") or "-"
        shown = "" if unit == "-" else f" {unit}"
        text = f"{told['size']:.3g}{shown}"
        if told.get("low") is not None and told.get("high") is not None:
            text += f" ({told['low']:.3g} to {told['high']:.3g})"
        parts.append(text + (", growing" if told.get("drift") else ""))
    if told.get("group"):
        parts.append(f"cannot be told from {', '.join(told['group'])}")
    return "; ".join(parts)
