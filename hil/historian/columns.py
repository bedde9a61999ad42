"""What a run records: columns of numbers, alarms, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from twin.errors import BadInput, refuse

Kind = Literal["measured", "predicted", "band", "command", "truth", "quality"]
"""`band` is the half-width around `predicted` of the same name, `truth` what the plant model
says, `quality` a `twin.signals.Quality`; a missing number is NaN in arrays and NULL on disk."""

EventKind = Literal["fault", "link", "plant", "operator", "note"]
"""`fault` is one that was injected; the others say whom the event is about."""

TRACED: tuple[Kind, ...] = ("measured", "predicted", "command")
"""Kinds that count for the trace hash."""

MAX_COLUMNS = 1999  # SQLite's limit of 2000 columns a table, less the time


@dataclass(frozen=True, slots=True)
class Column:
    """One recorded number a row; `measured` and `predicted` of one signal share its name."""

    name: str
    """`PART.VARIABLE`."""
    kind: Kind
    unit: str
    part: str
    band: float | None = None
    """Constant half-width around a predicted column, in `unit`; None without one."""

    @property
    def key(self) -> str:
        """Name that is unique in a run: `PART.VARIABLE:kind`."""
        return f"{self.name}:{self.kind}"


class Alarm(TypedDict):
    """One alarm of the twin; times in s since the run began.

    The record tells alarms apart by part, signal, fault and `raised_s`: recording one again
    with `cleared_s` set closes it.
    """

    part: str
    signal: NotRequired[str | None]
    fault: NotRequired[str | None]
    raised_s: float
    cleared_s: NotRequired[float | None]
    injected_s: NotRequired[float | None]
    """When the fault that explains it was injected; None when none was."""
    delay_s: NotRequired[float | None]
    residual: NotRequired[float | None]
    """Mean residual that raised it, like `band` in the unit of the signal's column."""
    band: NotRequired[float | None]
    text: NotRequired[str]
    event: NotRequired[int | None]
    """Number of the event of the diagnosis; None of the first detector's."""
    named: NotRequired[str | None]
    """What the diagnosis calls it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `t_ns` [ns]; `part` is empty when it concerns the whole plant."""

    t_ns: int
    kind: EventKind
    text: str
    part: str = ""


def check_columns(columns: Sequence[Column]) -> None:
    """Refuse two columns of one name and kind, and more than a table can hold.

    Raises:
        BadInput: names the column.
    """
    if len(columns) > MAX_COLUMNS:
        raise refuse("columns", len(columns), f"at most {MAX_COLUMNS} fit one run")
    seen: set[str] = set()
    for column in columns:
        if column.key in seen:
            raise BadInput(f"column {column.name!r} of kind {column.kind!r} is recorded twice")
        seen.add(column.key)
