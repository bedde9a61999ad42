"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an FMU, or worth to know: which check saw it, and what."""

    check: str
    text: str
    is_note: bool = False
    """Whether the standard leaves it open: an FMU can be sound without it."""

    def __str__(self) -> str:
        return f"{'note: ' if self.is_note else ''}{self.check}: {self.text}"
