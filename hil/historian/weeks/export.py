"""`hukka data export`: rows as a Parquet or CSV file, a column a key."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from hil.historian.weeks.channel import Channel, Rows
from hil.historian.weeks.merged import merged
from hil.historian.weeks.moments import in_words
from hil.historian.weeks.reader import Weeks
from twin.errors import BadInput, refuse, unknown

TIME: Final = "time"
QUALITY: Final = ".quality"
"""Ending of the name of a column with the qualities of another."""
_GROUP_ROWS: Final = 65_536

Arrow = Any  # pyarrow has no types, and need not be there


def export(
    weeks: Weeks,
    out: Path,
    keys: Sequence[str] = (),
    span_ns: tuple[int, int] | None = None,
    qualities: bool = False,
) -> int:
    """Write rows to `out`, which must not be there; how many they were [-].

    Args:
        weeks: what is exported.
        out: a name that ends in .parquet or .csv.
        keys: columns; all of them without any.
        span_ns: first time, and time before which it ends [ns since 1970].
        qualities: whether each column is followed by one with its qualities.

    Raises:
        BadInput: nothing to export, an unknown key, or a file that cannot be written.
    """
    known, recorded = weeks.channels, weeks.span_ns()
    if recorded is None:
        raise BadInput(f"{weeks.folder}: no samples in it")
    for key in keys:
        if key not in known:
            raise unknown(str(weeks.folder), "key", key, known)
    channels = [known[key] for key in dict.fromkeys(keys or known)]
    t0_ns, t1_ns = span_ns or (recorded[0], recorded[1] + 1)
    blocks = merged(weeks, [c.key for c in channels], t0_ns, t1_ns)
    if out.exists():
        raise BadInput(f"{out}: exists already")
    makers: dict[str, type[_Parquet | _Csv]] = {".parquet": _Parquet, ".csv": _Csv}
    if out.suffix.lower() not in makers:
        raise refuse("--out", str(out), "must end in .parquet or .csv")
    count = 0
    try:
        with _replacing(out) as fresh:
            file = makers[out.suffix.lower()](fresh, channels, qualities)
            try:
                for rows in blocks:
                    file.write(rows)
                    count += len(rows)
            finally:
                file.close()
    except OSError as error:  # Arrow's own words name the file that was to become this one
        why = os.strerror(error.errno) if error.errno else error.strerror or error
        raise BadInput(f"{out}: cannot be written: {why}") from None
    return count


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A file beside `out` that takes its place once it is whole, and is gone otherwise."""
    fresh = out.with_name(out.name + ".new")
    try:
        yield fresh
        fresh.replace(out)
    except BaseException:
        with suppress(OSError):  # a disk that takes no files does not take them away either
            fresh.unlink(missing_ok=True)
        raise


def pyarrow() -> Arrow:
    """Pyarrow with its Parquet part.

    Raises:
        BadInput: it is not there.
    """
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        rule = "Parquet files need pyarrow: pip install 'hukka[parquet]', or pip install pyarrow"
        raise BadInput(rule) from None


class _Parquet:
    """Units and resolutions are metadata of the columns, and once more of the file."""

    def __init__(self, path: Path, channels: Sequence[Channel], qualities: bool) -> None:
        self._arrow, self._qualities = pyarrow(), qualities
        a = self._arrow
        fields = [a.field(TIME, a.timestamp("ns", tz="UTC"), nullable=False)]
        for c in channels:
            about = {"unit": c.unit, **({"resolution": repr(c.resolution)} if c.resolution else {})}
            fields.append(a.field(c.key, a.float64(), metadata=about))
            if qualities:
                fields.append(a.field(c.key + QUALITY, a.uint8()))
        units = {"units": json.dumps({c.key: c.unit for c in channels}, ensure_ascii=False)}
        self._schema = a.schema(fields, metadata=units)
        self._file = a.parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Any] = []

    def write(self, rows: Rows) -> None:
        """Add rows."""
        a = self._arrow
        columns = [a.array(rows.t_ns, a.timestamp("ns", tz="UTC"))]
        for values, quality in zip(rows.values.T, rows.quality.T, strict=True):
            numbers = np.ascontiguousarray(values)
            columns.append(a.array(numbers, a.float64(), mask=np.isnan(numbers)))
            if self._qualities:
                columns.append(a.array(np.ascontiguousarray(quality), a.uint8()))
        self._waiting.append(a.record_batch(columns, schema=self._schema))
        if sum(batch.num_rows for batch in self._waiting) >= _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        if self._waiting:
            self._flush()
        self._file.close()

    def _flush(self) -> None:
        table = self._arrow.Table.from_batches(self._waiting, self._schema)
        self._file.write_table(table, row_group_size=_GROUP_ROWS)
        self._waiting = []


class _Csv:
    """Units stand behind the keys in the header; a missing number is an empty cell."""

    def __init__(self, path: Path, channels: Sequence[Channel], qualities: bool) -> None:
        self._file, self._qualities = path.open("w", encoding="utf-8", newline=""), qualities
        self._csv = csv.writer(self._file, lineterminator="\n")
        header = [TIME]
        for channel in channels:
            header.append(f"{channel.key} [{channel.unit}]")
            header += [channel.key + QUALITY] if qualities else []
        self._csv.writerow(header)

    def write(self, rows: Rows) -> None:
        """Add rows."""
        columns: list[list[object]] = [list(in_words(rows.t_ns))]
        for values, quality in zip(rows.values.T, rows.quality.T, strict=True):
            columns.append([None if v != v else v for v in values.tolist()])
            if self._qualities:
                columns.append(list(quality.tolist()))
        self._csv.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        """No more rows."""
        self._file.close()
