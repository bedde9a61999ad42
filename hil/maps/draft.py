"""What an importer has found: cells of our CSV as text, each row with its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Remark(NamedTuple):
    """Something the user should know: where in the file, and a sentence."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass
class Draft:
    """One point as the file has it: `cells` by our column, `device` whose point it is."""

    place: str
    cells: dict[str, str]
    device: str = ""


@dataclass
class Findings:
    """All of a file. `mistakes` are lines of refusal; a row with one is not among the drafts."""

    file: str
    drafts: list[Draft] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def add(self, place: str, cells: Mapping[str, object], device: str = "") -> None:
        """Take a row; cells that are None are empty."""
        plain = {name: text_of(cell) for name, cell in cells.items() if cell is not None}
        self.drafts.append(Draft(place, plain, device))

    def remark(self, place: str, text: str) -> None:
        """Note what the user should know."""
        self.remarks.append(Remark(place, text))

    def mistake(self, place: str, found: object, rule: str) -> None:
        """Note what breaks a rule: `place = found: rule`."""
        self.mistakes.append(f"{place} = {shown(found)}: {rule}")


def text_of(value: object) -> str:
    """A cell as a map writes it: whole numbers without a point, text on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value == value and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    if isinstance(value, int) and abs(value) >= 10**40:
        return "1e999"  # no number here: Python refuses to write it out beyond some digits
    # half a surrogate pair, which JSON can hold, cannot be written to any file
    return " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split())


def shown(value: object) -> str:
    """A value for a message, at most a line of it."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
