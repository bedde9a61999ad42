"""A Parquet export, batch by batch, through pyarrow, which hukka does not bring along."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hil.trend.csv_source import numeric_stamps
from hil.trend.piece import Lost, Numbers, Piece, Stamps
from hil.trend.stamp_format import Format
from hil.trend.words import meaning, name_and_unit
from twin.errors import BadInput
from twin.trend.order import BAD, EMPTY, VALUE

BATCH_ROWS: Final = 65_536
_TO_NS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}

Arrow = Any  # pyarrow has no types, and need not be there


def _pyarrow() -> tuple[Arrow, Arrow]:
    try:
        arrow = import_module("pyarrow")
        return arrow, import_module("pyarrow.parquet")
    except ImportError:
        rule = "Parquet files need pyarrow: pip install 'hukka[parquet]', or pip install pyarrow"
        raise BadInput(rule) from None


class ParquetSource:
    """Reads a file; refused at once where it is none or pyarrow is not there."""

    row_word = "row"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._arrow, self._parquet = _pyarrow()
        file = self._open()
        self.names = tuple(file.schema_arrow.names)
        self.types = tuple(file.schema_arrow.types)
        self.units = tuple(name_and_unit(name)[1] for name in self.names)
        self.what = "Parquet"
        file.close()

    def sample(self, rows: int = 400) -> tuple[tuple[str, ...], ...]:
        """The first rows as text, as a CSV file would have them."""
        file = self._open()
        for batch in file.iter_batches(batch_size=rows):
            columns = [[_plain(v) for v in column.to_pylist()] for column in batch.columns]
            return tuple(zip(*columns, strict=True))
        return ()

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows."""
        file, row = self._open(), 1
        try:
            for groups in _together(file.metadata):
                # one call for all would keep every group that it has read until its end
                for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=groups):
                    yield ParquetPiece(self._arrow, batch, row, self.names)
                    row += batch.num_rows
        except (self._arrow.ArrowException, OSError) as error:
            raise BadInput(f"{self.path}: cannot be read: {_first_line(error)}") from None

    def _open(self) -> Arrow:
        try:
            return self._parquet.ParquetFile(self.path)
        except (self._arrow.ArrowException, OSError) as error:
            raise BadInput(f"{self.path}: not a Parquet file: {_first_line(error)}") from None


class ParquetPiece:
    """Some rows."""

    def __init__(self, arrow: Arrow, batch: Arrow, first: int, names: tuple[str, ...]) -> None:
        self.place = np.arange(first, first + batch.num_rows, dtype=np.int64)
        self._arrow, self._batch, self._names = arrow, batch, names

    def stamps(self, column: int, format: Format) -> Stamps:
        """Times in a column: timestamps, or numbers and text in `format`."""
        kinds, array = self._arrow.types, self._array(column)
        if kinds.is_timestamp(array.type):
            known = ~np.asarray(array.is_null())
            filled = array.cast(self._arrow.int64()).fill_null(0).to_numpy(zero_copy_only=False)
            with np.errstate(over="ignore"):
                ns = filled.astype(np.int64) * _TO_NS[array.type.unit]
            sound = known & (np.abs(filled.astype(float) * _TO_NS[array.type.unit]) < 7.258e18)
            offset = _no_offset() if array.type.tz is None else 0
            return Stamps(np.where(sound, ns, 0), sound, np.full(len(ns), offset, np.int64))
        if format.numeric:
            numbers = self.numbers(column, {}, None, Lost())
            return numeric_stamps(numbers.values, numbers.state == VALUE, format)
        from hil.trend.stamps import instants

        texts = ["" if v is None else str(v) for v in array.to_pylist()]
        data, begin, end = _packed(texts)
        return Stamps(*instants(data, begin, end, format.operations))

    def numbers(
        self, column: int, words: Mapping[str, float], unit: str | None, lost: Lost
    ) -> Numbers:
        """Numbers in a column."""
        kinds, array = self._arrow.types, self._array(column)
        empty = np.asarray(array.is_null())
        kind = array.type
        if kinds.is_boolean(kind) or kinds.is_integer(kind) or kinds.is_floating(kind):
            values = array.cast(self._arrow.float64(), safe=False).to_numpy(zero_copy_only=False)
            return _judged(np.array(values, np.float64), empty)
        if kinds.is_decimal(kind):
            values = array.cast(self._arrow.float64()).to_numpy(zero_copy_only=False)
            return _judged(np.array(values, np.float64), empty)
        index, texts = self.texts(column)
        plain = {k.casefold(): v for k, v in words.items()}
        read = [meaning(text, ".", plain) for text in texts]
        count = np.bincount(index, minlength=len(texts))
        for (_, _, known), text, n in zip(read, texts, count.tolist(), strict=True):
            if not known:
                lost.word(self._names[column], text[:40], n)
        values = np.array([r[0] for r in read] or [np.nan])[index]
        state = np.array([r[1] for r in read] or [EMPTY], np.uint8)[index]
        return Numbers(values, np.where(empty, EMPTY, state).astype(np.uint8))

    def texts(self, column: int) -> tuple[NDArray[np.int64], list[str]]:
        """Words in a column: an index for each row, and the words."""
        encoded = self._array(column).dictionary_encode()
        words = [_plain(v) for v in encoded.dictionary.to_pylist()]
        index = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        return np.array(index, np.int64), [*words, ""]

    def _array(self, column: int) -> Arrow:
        array = self._batch.column(column)
        if self._arrow.types.is_dictionary(array.type):
            return array.dictionary_decode()
        return array


def _together(metadata: Arrow) -> Iterator[list[int]]:
    """Row groups of a file, as many together as make a batch."""
    groups: list[int] = []
    rows = 0
    for i in range(metadata.num_row_groups):
        more = metadata.row_group(i).num_rows
        if groups and rows + more > BATCH_ROWS:
            yield groups
            groups, rows = [], 0
        groups.append(i)
        rows += more
    if groups:
        yield groups


def _judged(values: NDArray[np.float64], empty: NDArray[np.bool_]) -> Numbers:
    bad = ~empty & ~np.isfinite(values)
    state = np.where(empty, EMPTY, np.where(bad, BAD, VALUE)).astype(np.uint8)
    return Numbers(np.where(np.isfinite(values), values, np.nan), state)


def _packed(texts: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    coded = [t.encode() for t in texts]
    lengths = np.array([len(c) for c in coded], np.int64)
    end = np.cumsum(lengths)
    return np.frombuffer(bytearray(b"".join(coded)), np.uint8), end - lengths, end


def _no_offset() -> int:
    from hil.trend.stamps import NO_OFFSET

    return NO_OFFSET


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
