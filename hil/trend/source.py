"""Which kind of file measured data are, by what they hold."""

from pathlib import Path

from hil.historian.header import FILE as RUN_FILE
from hil.trend.mapping import Map
from hil.trend.piece import Source
from twin.errors import BadInput


def open_source(data: Path, map_: Map | None = None) -> Source:
    """The table in a run folder, the data folder of a monitor, a Parquet or a CSV file.

    Raises:
        BadInput: it cannot be read as one of them.
    """
    if data.is_dir():
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
    if begin[:2] == b"PK":
        raise BadInput(f"{data}: a spreadsheet or archive; export it as CSV")
    from hil.trend.csv_source import CsvSource
    from hil.trend.head import read_head

    said = (None, None, None) if map_ is None else (map_.encoding, map_.separator, map_.decimal)
    return CsvSource(data, read_head(data, *said))
