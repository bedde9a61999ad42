"""CSV bytes to cells, cells to numbers and times, as machine code.

Importing this file imports numba (0.5 s); only a command that reads a table needs it. Nothing here
raises: what cannot be read has a state, and its row is counted by who asks.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Bytes = NDArray[np.uint8]
Index = NDArray[np.int64]

NUMBER, EMPTY, TEXT, TAIL, LONG = 0, 1, 2, 3, 4
"""States of a cell: a number, nothing, words, a number and words, more digits than fit here."""

_QUOTE, _CR, _LF, _SPACE, _TAB = 34, 13, 10, 32, 9


@compiled
def split(data: Bytes, separator: int, columns: int, rows: int) -> Any:  # noqa: ANN401 - a tuple of arrays
    """Cells of whole lines: (begin, end) int64[rows, columns], cells a row, its line, lines read.

    Beyond `columns` blank cells are none, and all others count as one.

    Args:
        data: bytes that end with a line's end.
        separator: byte between cells.
        columns: cells that a row should have [-].
        rows: at most so many rows [-].
    """
    begin = np.zeros((rows, columns), np.int64)
    end = np.zeros((rows, columns), np.int64)
    count = np.zeros(rows, np.int64)
    line_of = np.zeros(rows, np.int64)
    n, line, at, size = 0, 0, 0, len(data)
    while at < size and n < rows:
        first, cell, start, quoted, beyond = at, 0, at, False, False
        while at < size:
            byte = data[at]
            if byte == _QUOTE and (quoted or _blank_between(data, start, at)):
                quoted = not quoted
            elif byte == _QUOTE and at > start and data[at - 1] == _QUOTE:
                quoted = True  # a doubled quote inside quotes
            elif byte == _LF:
                break  # also inside quotes: one that nobody closes must not swallow the file
            elif byte == separator and not quoted:
                if cell < columns:
                    begin[n, cell], end[n, cell] = start, at
                    cell += 1
                elif not _blank_between(data, start, at):
                    beyond = True
                start = at + 1
            at += 1
        last = at
        if last > start and data[last - 1] == _CR:
            last -= 1
        at += 1
        line += 1
        if cell == 0 and _blank_between(data, first, last):
            continue  # an empty line
        if cell < columns:
            begin[n, cell], end[n, cell] = start, last
            cell += 1
        elif not _blank_between(data, start, last):
            beyond = True  # a separator at the end of a line begins no cell
        count[n], line_of[n] = cell + (1 if beyond else 0), line
        n += 1
    return begin[:n], end[:n], count[:n], line_of[:n], line, min(at, size)


@compiled
def _blank_between(data: Bytes, begin: int, end: int) -> bool:
    for i in range(begin, end):
        if data[i] != _SPACE and data[i] != _TAB and data[i] != _CR:
            return False
    return True


@compiled
def _trim(data: Bytes, begin: int, end: int) -> Any:  # noqa: ANN401 - a tuple
    while begin < end and data[begin] <= _SPACE:
        begin += 1
    while end > begin and data[end - 1] <= _SPACE:
        end -= 1
    if end - begin >= 2 and data[begin] == _QUOTE and data[end - 1] == _QUOTE:
        begin, end = begin + 1, end - 1
        while begin < end and data[begin] <= _SPACE:
            begin += 1
        while end > begin and data[end - 1] <= _SPACE:
            end -= 1
    return begin, end


@compiled
def _hash(data: Bytes, begin: int, end: int) -> int:
    """FNV-1a of 64 bits, sign and all."""
    value = np.uint64(14695981039346656037)
    for i in range(begin, end):
        value = (value ^ np.uint64(data[i])) * np.uint64(1099511628211)
    return np.int64(value)  # type: ignore[return-value]  # an int64 is numba's int


@compiled
def numbers(data: Bytes, begin: Index, end: Index, decimal: int) -> Any:  # noqa: ANN401 - a tuple of arrays
    """Values float64[n], states uint8[n] and, where the state is not NUMBER, a hash of the words.

    A number of up to 15 digits and a power of ten up to 22 is exact here (both are whole doubles,
    and one division rounds once); others are LONG.
    """
    n = len(begin)
    values = np.full(n, np.nan)
    states = np.zeros(n, np.uint8)
    hashes = np.zeros(n, np.int64)
    for k in range(n):
        b, e = _trim(data, begin[k], end[k])
        if b == e:
            states[k] = EMPTY
            continue
        at, negative = b, False
        if data[at] == 45 or data[at] == 43:
            negative = data[at] == 45
            at += 1
        whole, digits, places, seen = 0, 0, 0, False
        while at < e:
            byte = data[at]
            if 48 <= byte <= 57:
                if whole > 0 or byte != 48:
                    digits += 1
                if digits <= 15:
                    whole = whole * 10 + (byte - 48)
                places += 1 if seen else 0
                at += 1
            elif byte == decimal and not seen:
                seen = True
                at += 1
            else:
                break
        read = at - b - (1 if seen else 0) - (1 if data[b] == 45 or data[b] == 43 else 0)
        if read == 0:
            states[k], hashes[k] = TEXT, _hash(data, b, e)
            continue
        power = -places
        if at < e and (data[at] == 69 or data[at] == 101):
            mark, sign, exponent, some = at + 1, 1, 0, False
            if mark < e and (data[mark] == 45 or data[mark] == 43):
                sign = -1 if data[mark] == 45 else 1
                mark += 1
            while mark < e and 48 <= data[mark] <= 57 and exponent < 10000:
                exponent = exponent * 10 + (data[mark] - 48)
                mark += 1
                some = True
            if some:
                power += sign * exponent
                at = mark
        if at < e:
            rest, _ = _trim(data, at, e)
            states[k], hashes[k] = TAIL, _hash(data, rest, e)
        if digits > 15 or power < -22 or power > 22:
            states[k] = LONG if states[k] == NUMBER else TEXT
            hashes[k] = _hash(data, b, e)
            continue
        value = float(whole)
        value = value / 10.0 ** float(-power) if power < 0 else value * 10.0 ** float(power)
        values[k] = -value if negative else value
    return values, states, hashes


@compiled
def hashes_of(data: Bytes, begin: Index, end: Index) -> Any:  # noqa: ANN401 - an array
    """A hash of each cell's words, int64[n]."""
    found = np.zeros(len(begin), np.int64)
    for k in range(len(begin)):
        b, e = _trim(data, begin[k], end[k])
        found[k] = _hash(data, b, e)
    return found


def text_of(data: Bytes, begin: int, end: int, encoding: str) -> str:
    """One cell as text, without quotes around it."""
    text = bytes(data[begin:end]).decode(encoding, errors="replace").strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"').strip()
    return text


def packed(texts: Sequence[str]) -> tuple[Bytes, Index, Index]:
    """Texts as cells: their bytes, and where each begins and ends."""
    coded = [t.encode() for t in texts]
    lengths = np.array([len(c) for c in coded], np.int64)
    end = np.cumsum(lengths)
    return np.frombuffer(bytearray(b"".join(coded)), np.uint8), end - lengths, end
