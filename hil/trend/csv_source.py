"""A CSV export, piece by piece: memory is that of a piece, however long the file."""

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from hil.trend import cells
from hil.trend.cells import LONG, NUMBER, TAIL, Bytes, Index, hashes_of, split, text_of
from hil.trend.cells import numbers as read_numbers
from hil.trend.head import Head
from hil.trend.piece import Lost, Numbers, Piece, Stamps
from hil.trend.stamp_format import Format
from hil.trend.stamps import NO_OFFSET, instants
from hil.trend.words import meanings, scale_behind
from twin.errors import BadInput
from twin.trend.order import BAD, EMPTY, VALUE
from twin.trend.units import Unit

PIECE_BYTES: Final = 4 << 20
_EITHER: Final = (
    "all numbers with a mark have three digits behind it: {0!r} is taken to begin decimals, and"
    " might part thousands: say decimal in the map"
)
_AROUND: Final = bytes(range(33)) + b'"'
"""What may stand around a number in its cell."""
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
        self.doubts: tuple[str, ...] = () if head.sure else (_EITHER.format(head.decimal),)
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
            yield CsvPiece(data, begin, end, lines, self.names, self.head)


class CsvPiece:
    """Some rows."""

    def __init__(
        self, data: Bytes, begin: Index, end: Index, place: Index, names: tuple[str, ...],
        head: Head,
    ) -> None:  # fmt: skip
        self.place = place
        self._data, self._begin, self._end = data, begin, end
        self._names, self._head = names, head

    def stamps(self, column: int, format: Format) -> Stamps:
        """Times in a column."""
        begin, end = self._column(column)
        if not format.numeric:
            return Stamps(*instants(self._data, begin, end, format.operations))
        values, states, _ = read_numbers(self._data, begin, end, ord(self._head.decimal))
        long = states == LONG  # the days of a spreadsheet have up to 17 digits
        values[long], _ = self._long(begin[long], end[long])
        return numeric_stamps(values, long | (states == NUMBER), format)

    def numbers(
        self, column: int, words: Mapping[str, float], unit: Unit | None, lost: Lost
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
        words: Mapping[str, float], unit: Unit | None, lost: Lost,
    ) -> None:  # fmt: skip
        """Cells that are not a plain number, each distinct text looked at once."""
        begin, end = self._column(column)
        done = np.zeros(len(states), bool)
        for rows in _alike(hashes, odd[states[odd] == TAIL]):
            scale = scale_behind(self._behind(begin[rows[0]], end[rows[0]]), unit)
            if scale is not None:
                values[rows] = scale.factor * values[rows] + scale.offset
                done[rows] = True
        if not words:  # or one of them may be a long number
            long = odd[states[odd] == LONG]
            values[long], state[long] = self._long(begin[long], end[long])
            done[long] = True
        odd = odd[~done[odd]]
        full = np.zeros(len(states), np.int64)
        full[odd] = hashes_of(self._data, begin[odd], end[odd])
        groups = _alike(full, odd)
        texts = [self._text(begin[rows[0]], end[rows[0]]) for rows in groups]
        said = meanings(texts, self._head.decimal, words, unit)
        for rows, text, meaning in zip(groups, texts, said, strict=True):
            values[rows], state[rows] = meaning.value, meaning.state
            if not meaning.known:
                lost.word(self._names[column], text[:40], len(rows))
            elif meaning.doubtful:
                lost.parted(self._names[column], text[:40], len(rows))

    def _behind(self, begin: int, end: int) -> str:
        """What stands behind the number that a cell begins with."""
        mark = re.escape(self._head.decimal)
        text = self._text(begin, end)
        number = re.match(rf"[+-]?\d*(?:{mark}\d*)?(?:[eE][+-]?\d+)?", text)
        return text[number.end() :] if number else text

    def _long(self, begin: Index, end: Index) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Numbers of more digits than machine code takes, and their states."""
        data, mark = self._data.tobytes(), self._head.decimal.encode()
        cells = (data[b:e] for b, e in zip(begin.tolist(), end.tolist(), strict=True))
        plain = [float(cell.strip(_AROUND).replace(mark, b".")) for cell in cells]
        values = np.array(plain, np.float64)
        finite = np.isfinite(values)
        return np.where(finite, values, np.nan), np.where(finite, VALUE, BAD).astype(np.uint8)


def _alike(keys: Index, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """`rows` of one key together, in the order of the keys."""
    order = rows[np.argsort(keys[rows], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(keys[order])) + 1) if len(order) else []


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
