"""A CSV export, piece by piece: memory is that of a piece, however long the file."""

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from hil.trend import cells
from hil.trend.cells import NUMBER, TAIL, Bytes, Index, hashes_of, split, text_of
from hil.trend.cells import numbers as read_numbers
from hil.trend.head import Head
from hil.trend.piece import Lost, Numbers, Piece, Stamps
from hil.trend.stamp_format import Format
from hil.trend.stamps import NO_OFFSET, instants
from hil.trend.words import meaning, unit_of
from twin.errors import BadInput
from twin.trend.order import EMPTY, VALUE

PIECE_BYTES: Final = 4 << 20
_LONGEST_LINE: Final = 64 << 20
_EXCEL_EPOCH_NS: Final = -25_569 * 86_400 * 1_000_000_000  # 1899-12-30
_NUMERIC_NS: Final = {"epoch_s": 1e9, "epoch_ms": 1e6, "excel": 86_400e9, "seconds": 1e9}


class CsvSource:
    """Reads a file whose head is known."""

    row_word = "line"

    def __init__(self, path: Path, head: Head, piece_bytes: int = PIECE_BYTES) -> None:
        self.path = path
        self.head = head
        self.names = head.names
        self.units = head.units
        mark = {"\t": "tab"}.get(head.separator, f"'{head.separator}'")
        self.what = f"CSV, {head.encoding}, {mark} between cells, '{head.decimal}' in numbers"
        self._piece_bytes = piece_bytes

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows that have as many cells as the header; the others are counted."""
        line, skip, columns = 0, self.head.line, len(self.names)
        try:
            with self.path.open("rb") as file:
                for block in _whole_lines(file, self.head.encoding, self._piece_bytes, self.path):
                    data = np.frombuffer(block, np.uint8)
                    at = 0
                    while skip and at < len(data):  # before the first row of values
                        at = block.index(b"\n", at) + 1
                        skip, line = skip - 1, line + 1
                    while at < len(data):
                        rest = data[at:]
                        most = max(16, len(rest) // max(2, columns))
                        begin, end, count, line_of, lines, used = split(
                            rest, ord(self.head.separator), columns, min(most, 1 << 18)
                        )
                        yield from self._piece(rest, begin, end, count, line_of + line, lost)
                        at, line = at + used, line + lines
        except OSError as error:
            raise BadInput(f"{self.path}: {error.strerror or error}") from None

    def _piece(
        self, data: Bytes, begin: Index, end: Index, count: Index, lines: Index, lost: Lost
    ) -> Iterator[Piece]:
        columns = len(self.names)
        fits = count == columns
        if not fits.all():
            for why, odd in (
                ("too few cells", count < columns),
                ("too many cells", count > columns),
            ):
                if odd.any():
                    place = f"{self.path.name}:{lines[np.argmax(odd)]}"
                    lost.row(why, int(odd.sum()), place)
            begin, end, lines = begin[fits], end[fits], lines[fits]
        if len(lines):
            yield CsvPiece(data, begin, end, lines, self.names, self.units, self.head)


class CsvPiece:
    """Some rows."""

    def __init__(
        self, data: Bytes, begin: Index, end: Index, place: Index, names: tuple[str, ...],
        units: tuple[str | None, ...], head: Head,
    ) -> None:  # fmt: skip
        self.place = place
        self._data, self._begin, self._end = data, begin, end
        self._names, self._units, self._head = names, units, head

    def stamps(self, column: int, format: Format) -> Stamps:
        """Times in a column."""
        begin, end = self._column(column)
        if not format.numeric:
            return Stamps(*instants(self._data, begin, end, format.operations))
        values, states, _ = read_numbers(self._data, begin, end, ord(self._head.decimal))
        return numeric_stamps(values, states == NUMBER, format)

    def numbers(
        self, column: int, words: Mapping[str, float], unit: str | None, lost: Lost
    ) -> Numbers:
        """Numbers in a column; words that mean nothing are counted in `lost`."""
        begin, end = self._column(column)
        decimal = self._head.decimal
        values, states, hashes = read_numbers(self._data, begin, end, ord(decimal))
        state = np.where(states == cells.EMPTY, EMPTY, VALUE).astype(np.uint8)
        odd = np.flatnonzero((states != NUMBER) & (states != cells.EMPTY))
        if len(odd):
            self._odd(column, odd, values, states, hashes, state, words, unit, lost)
        return Numbers(values, state)

    def texts(self, column: int) -> tuple[NDArray[np.int64], list[str]]:
        """Words in a column: an index for each row, and the words."""
        begin, end = self._column(column)
        _, first, index = np.unique(
            hashes_of(self._data, begin, end), return_index=True, return_inverse=True
        )
        return index, [self._text(begin[i], end[i]) for i in first]

    def _column(self, column: int) -> tuple[Index, Index]:
        return (
            np.ascontiguousarray(self._begin[:, column]),
            np.ascontiguousarray(self._end[:, column]),
        )

    def _text(self, begin: int, end: int) -> str:
        encoding = self._head.encoding
        return text_of(self._data, begin, end, "utf-8" if encoding == "utf-16" else encoding)

    def _odd(
        self, column: int, odd: NDArray[np.intp], values: NDArray[np.float64],
        states: NDArray[np.uint8], hashes: Index, state: NDArray[np.uint8],
        words: Mapping[str, float], unit: str | None, lost: Lost,
    ) -> None:  # fmt: skip
        """Cells that are not a plain number, each distinct text looked at once."""
        begin, end = self._column(column)
        tails = odd[states[odd] == TAIL]
        if len(tails):
            _, first, index = np.unique(hashes[tails], return_index=True, return_inverse=True)
            expected = unit or self._units[column]
            for k, i in enumerate(first):
                text = self._text(begin[tails[i]], end[tails[i]])
                written = unit_of(text.lstrip("+-0123456789.,eE \u00a0"))
                if written is not None and written == (expected or written):
                    states[tails[index == k]] = NUMBER
            odd = odd[states[odd] != NUMBER]
        if not len(odd):
            return
        full = hashes_of(self._data, begin[odd], end[odd])
        _, first, index = np.unique(full, return_index=True, return_inverse=True)
        plain = {k.casefold(): v for k, v in words.items()}
        for k, i in enumerate(first):
            text = self._text(begin[odd[i]], end[odd[i]])
            value, how, known = meaning(text, self._head.decimal, plain)
            rows = odd[index == k]
            values[rows], state[rows] = value, how
            if not known:
                lost.word(self._names[column], text[:40], len(rows))


def numeric_stamps(values: NDArray[np.float64], known: NDArray[np.bool_], format: Format) -> Stamps:
    """Times that are numbers, to the microsecond; 1971 to 2199, or 0 to 200 years."""
    with np.errstate(all="ignore"):
        scaled = values * _NUMERIC_NS[format.text]
        since = scaled + (_EXCEL_EPOCH_NS if format.text == "excel" else 0)
        low = 0.0 if format.text == "seconds" else 31_536_000e9
        sound = known & (since >= low) & (since < 7.258e18)
        ns = np.where(sound, np.round(since / 1e3), 0.0).astype(np.int64) * 1000
    # an epoch is UTC by its definition; a spreadsheet's clock is local
    offset = NO_OFFSET if format.text == "excel" else 0
    return Stamps(ns, sound, np.full(len(ns), offset, np.int64))


def _whole_lines(file: BinaryIO, encoding: str, size: int, path: Path) -> Iterator[bytearray]:
    """Blocks that end with a line's end, in an encoding in which separators are one byte."""
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding == "utf-16" else None
    rest = bytearray()
    if encoding == "utf-8-sig":
        file.seek(3)
    while block := file.read(size):
        if decoder is not None:
            block = decoder.decode(block).encode("utf-8", "replace")
        if b"\n" not in block and b"\r" in block:  # line ends of old Macs
            block = block.replace(b"\r", b"\n")
        rest += block
        cut = rest.rfind(b"\n") + 1
        if not cut:
            if len(rest) > _LONGEST_LINE:
                raise BadInput(f"{path}: a line of more than {_LONGEST_LINE >> 20} MB is no table")
            continue
        yield rest[:cut]
        rest = rest[cut:]
    if rest:
        yield rest + b"\n"
