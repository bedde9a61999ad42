"""Rows of a spreadsheet, with bounds on what is read: a small file can claim to be endless."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from hil.maps.draft import text_of
from hil.maps.sheet import Rows
from twin.errors import BadInput, did_you_mean

MOST_BYTES: Final = 100_000_000
"""Of what the file unpacks to."""
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
MOST_SHEETS: Final = 50


def rows_of_xlsx(file: str, data: bytes, sheet: str | None = None) -> Iterator[tuple[str, Rows]]:
    """Name and rows of every sheet, or of `sheet`; formulas as they were last calculated.

    Raises:
        BadInput: not a spreadsheet, too large, or without such a sheet.
    """
    _bounded(file, data)
    found = _read(file, data)
    if sheet is not None and sheet not in found:
        raise BadInput(f"{file}: --sheet {sheet!r}: no such sheet{did_you_mean(sheet, found)}")
    for name, rows in found.items():
        if sheet in (None, name):
            yield name, rows


def _bounded(file: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadInput(f"{file}: not a spreadsheet: {error}") from None
    if size > MOST_BYTES:
        raise BadInput(f"{file}: unpacks to {size} bytes: must be at most {MOST_BYTES}")


def _read(file: str, data: bytes) -> dict[str, Rows]:
    import openpyxl  # here: it takes a moment to load, and few commands need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            return {
                sheet.title: [
                    (f"{file}!{sheet.title}:{number}", [_text(cell) for cell in cells])
                    for number, cells in enumerate(_rows(sheet), 1)
                ]
                for sheet in book.worksheets[:MOST_SHEETS]
            }
        finally:
            book.close()
    except Exception as error:  # of a broken file openpyxl raises whatever it hits
        text = str(error).splitlines() or [""]
        raise BadInput(f"{file}: not a spreadsheet: {type(error).__name__} {text[0]}") from None


def _rows(sheet: Any) -> Iterator[tuple[object, ...]]:  # noqa: ANN401  # openpyxl has no types
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    return islice(rows, MOST_ROWS)


def _text(cell: object) -> str:
    return "" if cell is None else text_of(cell)
