"""A Parquet export, batch by batch, through pyarrow, which hukka does not bring along."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hil.trend.csv_source import numeric_stamps
from hil.trend.piece import Lost, Numbers, Piece, Stamps
from hil.trend.stamp_format import Format
from hil.trend.words import meanings, name_and_unit, unit_of
from twin.errors import BadInput
from twin.trend.order import BAD, EMPTY, VALUE
from twin.trend.units import Unit

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
    doubts: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self._arrow, self._parquet = _pyarrow()
        file = self._open()
        self.names = tuple(file.schema_arrow.names)
        self.types = tuple(file.schema_arrow.types)
        self.units = tuple(_unit(field) for field in file.schema_arrow)
        self.what = "Parquet"
        file.close()

    def sample(self, rows: int = 400) -> tuple[tuple[str, ...], ...]:
        """The first rows as text, as a CSV file would have them."""
        with self._refusing():
            for batch in self._open().iter_batches(batch_size=rows):
                columns = [_texts(self._arrow, column) for column in batch.columns]
                return tuple(zip(*columns, strict=True))
        return ()

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows."""
        file, row = self._open(), 1
        with self._refusing():
            for groups in _together(file.metadata):
                # one call for all would keep every group that it has read until its end
                for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=groups):
                    yield ParquetPiece(self._arrow, batch, row, self.names, self.path.name)
                    row += batch.num_rows

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """What cannot be read is bad input, with the file's name."""
        try:
            yield
        except (self._arrow.ArrowException, OSError) as error:
            raise BadInput(f"{self.path}: cannot be read: {_first_line(error)}") from None

    def _open(self) -> Arrow:
        try:
            return self._parquet.ParquetFile(self.path)
        except (self._arrow.ArrowException, OSError) as error:
            raise BadInput(f"{self.path}: not a Parquet file: {_first_line(error)}") from None


class ParquetPiece:
    """Some rows."""

    def __init__(
        self, arrow: Arrow, batch: Arrow, first: int, names: tuple[str, ...], file: str
    ) -> None:
        self.place = np.arange(first, first + batch.num_rows, dtype=np.int64)
        self._arrow, self._batch, self._names, self._file = arrow, batch, names, file

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
        from hil.trend.cells import packed
        from hil.trend.stamps import instants

        texts = _texts(self._arrow, array)
        return Stamps(*instants(*packed(texts), format.operations))

    def numbers(
        self, column: int, words: Mapping[str, float], unit: Unit | None, lost: Lost
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
        said = meanings(texts, ".", words, unit)
        count = np.bincount(index, minlength=len(texts))
        for meaning, text, n in zip(said, texts, count.tolist(), strict=True):
            if not meaning.known:
                lost.word(self._names[column], text[:40], n)
            elif meaning.doubtful:
                lost.parted(self._names[column], text[:40], n)
        values = np.array([m.value for m in said])[index]
        state = np.array([m.state for m in said], np.uint8)[index]
        return Numbers(values, np.where(empty, EMPTY, state).astype(np.uint8))

    def texts(self, column: int) -> tuple[NDArray[np.int64], list[str]]:
        """Words in a column: an index for each row, and the words."""
        array = self._array(column)
        if self._arrow.types.is_null(array.type):
            return np.zeros(len(array), np.int64), [""]
        try:
            encoded = array.dictionary_encode()
        except self._arrow.ArrowException:
            raise self._refusal(column, array.type) from None
        words = _texts(self._arrow, encoded.dictionary)
        index = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        return np.array(index, np.int64), [*words, ""]

    def _array(self, column: int) -> Arrow:
        array = self._batch.column(column)
        if self._arrow.types.is_nested(array.type):
            raise self._refusal(column, array.type)
        if self._arrow.types.is_dictionary(array.type):
            return array.dictionary_decode()
        return array

    def _refusal(self, column: int, kind: Arrow) -> BadInput:
        rule = f"holds {kind}: neither numbers, times nor words"
        return BadInput(f"{self._file}: column {self._names[column]!r} {rule}")


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


def _no_offset() -> int:
    from hil.trend.stamps import NO_OFFSET

    return NO_OFFSET


def _unit(field: Arrow) -> str | None:
    """The unit in a column's metadata, or behind its name."""
    said = (field.metadata or {}).get(b"unit", b"").decode("utf-8", "replace")
    return unit_of(said) or name_and_unit(field.name)[1]


def _texts(arrow: Arrow, array: Arrow) -> list[str]:
    """Values as text, an empty one where there is none; of columns in a column only their type."""
    if arrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if arrow.types.is_nested(array.type):
        return [str(array.type)] * len(array)
    if arrow.types.is_temporal(array.type):
        values = _moments(arrow, array)
    elif arrow.types.is_string(array.type) or arrow.types.is_large_string(array.type):
        coded = array.cast(arrow.large_binary()).to_pylist()  # a file may say it is text, wrongly
        values = [None if v is None else v.decode("utf-8", "replace") for v in coded]
    else:
        values = array.to_pylist()
    return ["" if v is None else str(v) for v in values]


def _moments(arrow: Arrow, array: Arrow) -> list[object]:
    """Times as Python has them: to the microsecond; in words where it knows no such day or zone."""
    kind = str(array.type)
    for begin, coarser in (
        ("timestamp[ns", arrow.timestamp("us", getattr(array.type, "tz", None))),
        ("time64[ns", arrow.time64("us")),
        ("duration[ns", arrow.duration("us")),
    ):
        if kind.startswith(begin):
            array = array.cast(coarser, safe=False)
    try:
        return list(array.to_pylist())
    except (ValueError, OverflowError, KeyError):
        width = arrow.int32() if array.type.bit_width == 32 else arrow.int64()
        numbers = array.cast(width).to_pylist()
        return [None if n is None else f"{kind} {n}" for n in numbers]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
