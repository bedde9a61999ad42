"""`hukka data import`: an exported file back into weeks."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Table:
    """Columns of a file and its rows in pieces: times as they are, numbers with NaN."""

    channels: list[Channel]
    has_quality: frozenset[str]
    pieces: Iterator[tuple[NDArray[np.int64], Mapping[str, NDArray[np.float64]]]]


def import_file(file: Path, folder: Path) -> int:
    """Append the rows of a Parquet or CSV file to the weeks in `folder`; how many [-].

    Columns are keys with their units as `hukka data export` writes them. A row belongs to each
    stream of which it has a number or a quality. Without qualities a missing number is NO_VALUE.

    Raises:
        BadInput: another writer has the folder, the file cannot be used, or has rows that are not
            newer than those that are there.
    """
    table = _open(file)
    streams: dict[str, list[Channel]] = {}
    for channel in table.channels:
        kind = channel.key.rpartition(":")[2]
        streams.setdefault("twin" if kind in TWIN else "measured", []).append(channel)
    count = 0
    with WeekWriter(folder, streams, ballast_bytes=0) as writer:
        for t_ns, numbers in table.pieces:
            _check_times(file, t_ns, writer, streams)
            for stream, channels in streams.items():
                _append(writer, stream, channels, table.has_quality, t_ns, numbers)
            count += len(t_ns)
            while writer.seal(utc_ns()):
                pass
        writer.commit()
        while writer.seal(utc_ns()):
            pass
    return count


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


def _check_times(
    file: Path, t_ns: NDArray[np.int64], writer: WeekWriter, streams: Mapping[str, object]
) -> None:
    lasts = [last for stream in streams if (last := writer.last_ns(stream)) is not None]
    last = max(lasts, default=None)
    if last is not None and len(t_ns) and int(t_ns[0]) <= last:
        raise BadInput(
            f"{file}: has a row of {stamp(int(t_ns[0]))}, and {writer.folder} rows until"
            f" {stamp(last)}: only later ones can be added"
        )
    if np.any(np.diff(t_ns) <= 0):
        at = int(np.argmax(np.diff(t_ns) <= 0))
        raise BadInput(f"{file}: times do not rise after {stamp(int(t_ns[at]))}")


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
        file = arrow.parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a Parquet file: {str(error).splitlines()[0]}") from None
    about = {}
    for field in file.schema_arrow:
        said = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
        resolution = float(said["resolution"]) if "resolution" in said else None
        about[field.name] = (said.get("unit", "-"), resolution)
    names = file.schema_arrow.names
    channels, marks = _columns(path, names, about)
    if not arrow.types.is_timestamp(file.schema_arrow.field(TIME).type):
        raise BadInput(f"{path}: column {TIME!r} must be a timestamp")

    def pieces() -> Iterator[tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]]:
        with file:
            for batch in file.iter_batches(batch_size=_ROWS):
                stamps = batch.column(0).cast(arrow.timestamp("ns", tz="UTC")).cast(arrow.int64())
                yield (
                    stamps.to_numpy(zero_copy_only=False).astype(np.int64),
                    {
                        name: batch.column(i)
                        .cast(arrow.float64())
                        .to_numpy(zero_copy_only=False)
                        .astype(np.float64)
                        for i, name in enumerate(names)
                        if i
                    },
                )

    return _Table(channels, marks, pieces())


def _csv(path: Path) -> _Table:
    opened = path.open(encoding="utf-8", newline="")
    reader = csv.reader(opened)
    try:
        head = next(reader, [])
        parts = [_UNIT.fullmatch(name) for name in head]
        names = [m[1] if m else name for m, name in zip(parts, head, strict=True)]
        about = {m[1]: (m[2], None) for m in parts if m}
        channels, marks = _columns(path, names, about)
    except UnicodeDecodeError:
        opened.close()
        raise BadInput(f"{path}: neither Parquet nor a text in UTF-8") from None
    except BaseException:
        opened.close()
        raise

    def pieces() -> Iterator[tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]]:
        with opened:
            lines: list[list[str]] = []
            for line in reader:
                if len(line) != len(names):
                    place = f"{path}:{reader.line_num}"
                    raise BadInput(f"{place}: {len(line)} cells, the header has {len(names)}")
                lines.append(line)
                if len(lines) == _ROWS:
                    yield _numbers(path, names, lines)
                    lines = []
            if lines:
                yield _numbers(path, names, lines)

    return _Table(channels, marks, pieces())


def _numbers(
    path: Path, names: Sequence[str], lines: Sequence[Sequence[str]]
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    cells = list(zip(*lines, strict=True))
    found = {}
    for name, column in zip(names[1:], cells[1:], strict=True):
        try:
            found[name] = np.array([cell or "nan" for cell in column], np.float64)
        except ValueError as error:
            raise BadInput(f"{path}: {name}: {error}") from None
    return from_words(cells[0], f"{path}: {names[0]}"), found
