"""Which kind of file measured data are, by what they hold."""

import os
from pathlib import Path
from typing import Final

from hil.historian.header import FILE as RUN_FILE
from hil.trend.mapping import Map
from hil.trend.piece import Source
from twin.errors import BadInput

_OLD_SPREADSHEET: Final = b"\xd0\xcf\x11\xe0"
_GZIP: Final = b"\x1f\x8b"


def open_source(data: Path, map_: Map | None = None) -> Source:
    """The table in a run folder, the data folder of a monitor, a Parquet or a CSV file.

    Raises:
        BadInput: it cannot be read as one of them.
    """
    if os.path.isdir(data):  # noqa: PTH112 - Path raises of a name too long for the disk
        from hil.trend.weeks_source import WEEKS, WeeksSource

        if (data / WEEKS).is_dir():
            return WeeksSource(data)
        if not (data / RUN_FILE).is_file():
            rule = f"a folder without {RUN_FILE} is no run folder, without {WEEKS}/ no data folder"
            raise BadInput(f"{data}: {rule}")
        from hil.trend.run_source import RunSource

        return RunSource(data)
    try:
        with data.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise BadInput(f"{data}: {error.strerror or error}") from None
    if begin == b"PAR1":
        from hil.trend.parquet_source import ParquetSource

        return ParquetSource(data)
    if begin[:2] == b"PK" or begin == _OLD_SPREADSHEET:
        raise BadInput(f"{data}: a spreadsheet or archive; export it as CSV")
    if begin[:2] == _GZIP:
        raise BadInput(f"{data}: compressed; unpack it with gunzip")
    from hil.trend.csv_source import CsvSource
    from hil.trend.head import read_head

    said = (None, None, None) if map_ is None else (map_.encoding, map_.separator, map_.decimal)
    return CsvSource(data, read_head(data, *said))
