"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an FMU: which check saw it, and what."""

    check: str
    text: str

    def __str__(self) -> str:
        return f"{self.check}: {self.text}"
