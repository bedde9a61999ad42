"""What was found in a column: of which kind, how sure, in plain words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

KINDS: Final = (
    "missing", "constant", "stuck", "range", "unit", "sign", "shifted", "swapped", "clock",
    "contradiction", "words", "times", "hold",
)  # fmt: skip
"""Kinds of findings; a map may accept them by column."""


class Weight(StrEnum):
    """What a finding asks for."""

    MEND = "mend"
    """Must be mended, or accepted in the map, before the twin uses the data."""
    LOOK = "look"
    """Worth a look; the twin can use the data."""
    OPEN = "undecided"
    """Something cannot be told from these data."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `columns` are names in the file, empty for the whole of it."""

    kind: str
    weight: Weight
    columns: tuple[str, ...]
    text: str
    """What it is, with the figures that say so."""
    mend: str = ""
    """What to write into the map, if that is known."""
    since: str = ""
    """Where: the time or the row at which it begins, and its end; empty: everywhere."""

    @property
    def place(self) -> str:
        """Its columns as a message begins with them; nothing of the file as a whole."""
        return f"{', '.join(self.columns)}: " if self.columns else ""
