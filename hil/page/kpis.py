"""Key figures of a span."""

from typing import Any

from hil.page.source import Source


def key_figures(source: Source, t0_ns: int, t1_ns: int) -> list[dict[str, Any]]:
    """Key figures between two times [ns]."""
    return []
