"""Pieces of a table as its source gives them: some rows, read column by column."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hil.trend.stamp_format import Format
from twin.trend.units import Unit


@dataclass
class Lost:
    """Everything that was not taken, counted; nothing is dropped without it."""

    rows: Counter[str] = field(default_factory=Counter)
    """Rows, by why."""
    first: dict[str, str] = field(default_factory=dict)
    """Place of the first of each."""
    words: dict[str, Counter[str]] = field(default_factory=dict)
    """Cells that are neither number nor a known word, by column and word."""
    grouped: dict[str, Counter[str]] = field(default_factory=dict)
    """Numbers with one mark that was taken to part thousands, by column and text."""

    def row(self, why: str, count: int, place: str) -> None:
        """`count` rows are gone, the first at `place`."""
        if count:
            self.rows[why] += count
            self.first.setdefault(why, place)

    def word(self, column: str, word: str, count: int) -> None:
        """`count` cells of a column hold a word that means nothing here."""
        _count(self.words.setdefault(column, Counter()), word, count)

    def parted(self, column: str, text: str, count: int) -> None:
        """`count` cells of a column hold a number with a mark that could begin decimals."""
        _count(self.grouped.setdefault(column, Counter()), text, count)


def _count(texts: Counter[str], text: str, count: int) -> None:
    texts[text if text in texts or len(texts) < 20 else "(others)"] += count


@dataclass(frozen=True)
class Stamps:
    """Times as written: int64[rows] [ns], whether each is one, and its offset [s] if it says it."""

    ns: NDArray[np.int64]
    sound: NDArray[np.bool_]
    offset_s: NDArray[np.int64]


@dataclass(frozen=True)
class Numbers:
    """Numbers of a column, float64[rows], and states uint8[rows] of `twin.trend.order`."""

    values: NDArray[np.float64]
    state: NDArray[np.uint8]


class Piece(Protocol):
    """Some rows of a table."""

    place: NDArray[np.int64]
    """Line or row number of each row."""

    def stamps(self, column: int, format: Format) -> Stamps:
        """Times in a column."""
        ...

    def numbers(
        self, column: int, words: Mapping[str, float], unit: Unit | None, lost: Lost
    ) -> Numbers:
        """Numbers in a column; one with another unit behind it is turned into `unit`."""
        ...

    def texts(self, column: int) -> tuple[NDArray[np.int64], list[str]]:
        """Words in a column: an index for each row, and the words."""
        ...


class Source(Protocol):
    """A table that can be read from its beginning as often as wanted."""

    names: tuple[str, ...]
    units: tuple[str | None, ...]
    what: str
    """Kind of file, for people: `CSV, utf-8, ';' between cells`."""
    doubts: tuple[str, ...]
    """What of it could be read in another way too, a sentence each."""
    row_word: str
    """What `Piece.place` counts: `line`, `row`."""

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows."""
        ...
