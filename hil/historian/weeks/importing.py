"""`hukka data import`: an exported file back into weeks."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.channel import Channel
from hil.historian.weeks.export import QUALITY, TIME, pyarrow
from hil.historian.weeks.iso_week import stamp
from hil.historian.weeks.moments import from_words
from hil.historian.weeks.writer import WeekWriter
from twin.clock import utc_ns
from twin.errors import BadInput
from twin.signals import Quality

TWIN: Final = frozenset({"predicted", "band"})
"""Kinds that are in the stream `twin`; all others are in `measured`."""
_ROWS: Final = 3600
_UNIT: Final = re.compile(r"(.*\S)\s*\[([^\[\]]*)\]")


Piece = tuple[NDArray[np.int64], Mapping[str, NDArray[np.float64]]]
"""Some rows: times [ns since 1970], and numbers by the names of their columns."""


@dataclass(frozen=True)
class _Table:
    """Columns of a file, and its rows as often as they are asked for."""

    channels: list[Channel]
    has_quality: frozenset[str]
    pieces: Callable[[], Iterator[Piece]]


def import_file(file: Path, folder: Path) -> int:
    """Append the rows of a Parquet or CSV file to the weeks in `folder`; how many [-].

    Columns are keys with their units as `hukka data export` writes them. A row belongs to each
    stream of which it has a number or a quality. Without qualities a missing number is NO_VALUE.
    The file is read to its end before anything is written.

    Raises:
        BadInput: another writer has the folder, the file cannot be used, or has rows that are not
            newer than those that are there.
    """
    table = _open(file)
    first_ns, count = _survey(file, table)
    streams: dict[str, list[Channel]] = {}
    for channel in table.channels:
        kind = channel.key.rpartition(":")[2]
        streams.setdefault("twin" if kind in TWIN else "measured", []).append(channel)
    with WeekWriter(folder, streams, ballast_bytes=0) as writer:
        lasts = [last for stream in streams if (last := writer.last_ns(stream)) is not None]
        if lasts and first_ns <= max(lasts):
            raise BadInput(
                f"{file}: begins at {stamp(first_ns)}, and {folder} has rows until"
                f" {stamp(max(lasts))}: only later ones can be added"
            )
        for t_ns, numbers in table.pieces():
            for stream, channels in streams.items():
                _append(writer, stream, channels, table.has_quality, t_ns, numbers)
            _tidy(writer)
        writer.commit()
        _tidy(writer)
    return count


def _tidy(writer: WeekWriter) -> None:
    while writer.seal(utc_ns()):
        pass


def _survey(file: Path, table: _Table) -> tuple[int, int]:
    """First time [ns since 1970] and number of rows, of a file whose every cell can be read."""
    first_ns, last_ns, count = 0, -(1 << 63), 0
    for t_ns, _ in table.pieces():
        back = np.flatnonzero(np.diff(t_ns) <= 0)
        if len(back) or int(t_ns[0]) <= last_ns:
            before_ns = int(t_ns[back[0]]) if len(back) else last_ns
            raise BadInput(f"{file}: times do not rise after {stamp(before_ns)}")
        first_ns = first_ns if count else int(t_ns[0])
        last_ns, count = int(t_ns[-1]), count + len(t_ns)
    return first_ns, count


def _append(
    writer: WeekWriter,
    stream: str,
    channels: Sequence[Channel],
    has_quality: frozenset[str],
    t_ns: NDArray[np.int64],
    numbers: Mapping[str, NDArray[np.float64]],
) -> None:
    values = np.column_stack([numbers[c.key] for c in channels])
    quality = np.where(np.isnan(values), Quality.NO_VALUE, Quality.GOOD).astype(np.uint8)
    for j, channel in enumerate(channels):
        if channel.key in has_quality:
            marks = numbers[channel.key + QUALITY]
            quality[:, j] = np.where(np.isnan(marks), Quality.NOT_YET, marks).astype(np.uint8)
    silent = (Quality.NO_VALUE, Quality.NOT_YET)
    there = ~(np.isnan(values) & np.isin(quality, silent)).all(axis=1)
    writer.append(stream, t_ns[there], values[there], quality[there])


def _open(file: Path) -> _Table:
    try:
        with file.open("rb") as opened:
            begin = opened.read(4)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or error}") from None
    table = _parquet(file) if begin == b"PAR1" else _csv(file)
    if not table.channels:
        raise BadInput(f"{file}: no column is a key such as heat_pump.T_out:measured")
    return table


def _columns(
    file: Path, names: Sequence[str], about: Mapping[str, tuple[str, float | None]]
) -> tuple[list[Channel], frozenset[str]]:
    if not names or names[0] != TIME:
        raise BadInput(f"{file}: the first column must be {TIME!r}, as hukka data export writes it")
    marks = [name for name in names[1:] if name.endswith(QUALITY)]
    keys = [name for name in names[1:] if not name.endswith(QUALITY)]
    missing = [name for name in marks if name.removesuffix(QUALITY) not in keys]
    if missing:
        raise BadInput(f"{file}: column {missing[0]!r} has no column of values")
    channels = [Channel(key, *about.get(key, ("-", None))) for key in keys]
    return channels, frozenset(name.removesuffix(QUALITY) for name in marks)


def _parquet(path: Path) -> _Table:
    arrow: Any = pyarrow()
    try:
        schema = arrow.parquet.read_schema(path)
    except (arrow.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a Parquet file: {str(error).splitlines()[0]}") from None
    about = {}
    for field in schema:
        said = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
        resolution = float(said["resolution"]) if "resolution" in said else None
        about[field.name] = (said.get("unit", "-"), resolution)
    channels, marks = _columns(path, schema.names, about)
    if not arrow.types.is_timestamp(schema.field(TIME).type):
        raise BadInput(f"{path}: column {TIME!r} must be a timestamp")

    def pieces() -> Iterator[Piece]:
        try:
            with arrow.parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=_ROWS):
                    stamps = batch.column(0).cast(arrow.timestamp("ns", tz="UTC"))
                    numbers = {
                        name: _floats(arrow, batch.column(i))
                        for i, name in enumerate(schema.names)
                        if i
                    }
                    yield np.asarray(stamps.cast(arrow.int64()), np.int64), numbers
        except (arrow.ArrowException, OSError) as error:
            raise BadInput(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None

    return _Table(channels, marks, pieces)


def _floats(arrow: Any, column: Any) -> NDArray[np.float64]:  # noqa: ANN401
    numbers = column.cast(arrow.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, np.float64)


def _csv(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head = next(csv.reader(file), [])
    except UnicodeDecodeError:
        raise BadInput(f"{path}: neither Parquet nor a text in UTF-8") from None
    parts = [_UNIT.fullmatch(name) for name in head]
    names = [m[1] if m else name for m, name in zip(parts, head, strict=True)]
    channels, marks = _columns(path, names, {m[1]: (m[2], None) for m in parts if m})

    def pieces() -> Iterator[Piece]:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            while lines := list(islice(reader, _ROWS)):
                for i, line in enumerate(lines):
                    if len(line) != len(names):
                        place = f"{path}:{reader.line_num - len(lines) + 1 + i}"
                        raise BadInput(f"{place}: {len(line)} cells, the header has {len(names)}")
                yield _numbers(path, names, lines)

    return _Table(channels, marks, pieces)


def _numbers(path: Path, names: Sequence[str], lines: Sequence[Sequence[str]]) -> Piece:
    cells = list(zip(*lines, strict=True))
    found = {}
    for name, column in zip(names[1:], cells[1:], strict=True):
        try:
            found[name] = np.array([cell or "nan" for cell in column], np.float64)
        except ValueError as error:
            raise BadInput(f"{path}: {name}: {error}") from None
    return from_words(cells[0], f"{path}: {names[0]}"), found
