"""Parameters and faults of a model declared from a table, so that each fact stands once."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmus.equations import SX, Model


@dataclass(frozen=True)
class Row:
    """One parameter: name, start value in `unit`, what it is; limits in `unit`."""

    name: str
    start: float
    unit: str
    description: str
    min: float = 0.0
    max: float | None = None


def parameters(model: Model, rows: Sequence[Row]) -> dict[str, SX]:
    """Declare constants of the plant; symbols by name."""
    return {
        row.name: model.parameter(
            row.name, row.start, row.unit, row.description, min=row.min, max=row.max
        )
        for row in rows
    }


def faults(model: Model, rows: Sequence[tuple[str, str]]) -> dict[str, SX]:
    """Declare tunable fault sizes, 0 = healthy, 1 = complete [-]; rows of (name, description)."""
    return {
        name: model.parameter(name, 0.0, "-", description, min=0.0, max=1.0, tunable=True)
        for name, description in rows
    }
