"""Instruments that values are read from, and how long their certificates hold."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from twin.site.document import read_document
from twin.site.mistakes import raise_all, validated, wrong
from twin.site.section import Section

Word = Annotated[str, Field(min_length=1)]


class Instrument(Section):
    """What its label and its certificate say."""

    id: Word
    kind: Word
    serial: str = ""
    certificate: Word
    expires: date
    """The last day on which the certificate holds."""

    def holds(self, day: date) -> bool:
        """Whether the certificate holds on `day`."""
        return day <= self.expires

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return self.model_dump(mode="json")


class Instruments(Section):
    """A file of instruments."""

    instruments: Annotated[tuple[Instrument, ...], Field(min_length=1)]


def load_instruments(file: Path) -> Mapping[str, Instrument]:
    """Instruments by id.

    Raises:
        BadInput: everything that is wrong in the file, a line each.
    """
    document = read_document(file)
    several = validated(document, Instruments).instruments
    raise_all(
        [
            wrong(document, ("instruments", i, "id"), "is the id of an instrument before it")
            for i, one in enumerate(several)
            if one.id in _ids(several[:i])
        ]
    )
    return {one.id: one for one in several}


def _ids(several: Sequence[Instrument]) -> set[str]:
    return {one.id for one in several}
