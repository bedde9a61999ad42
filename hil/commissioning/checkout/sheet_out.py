"""A checkout as a sheet: CSV for programs, XLSX to be printed and filled in with a pen."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hil.commissioning.checkout.row import COLUMNS, Checked, Row
from twin.errors import refuse

ENDINGS: Final = (".csv", ".xlsx")
PERSONS: Final = ("reference_reading", "checked_by", "instrument", "remark")
"""Columns that a person fills in."""
_WIDTHS: Final = {
    "controller": 13, "point": 18, "kind": 10, "title": 30, "place": 10, "type": 14, "unit": 7,
    "min": 8, "max": 8, "raw": 12, "scaled": 11, "reference": 11, "deviation": 10,
    "tolerance": 10, "verdict": 12, "reference_reading": 12, "checked_by": 12, "instrument": 14,
    "remark": 22, "why": 44, "direction": 60, "alarm_limits": 26, "tried": 60,
}  # fmt: skip
_LAST_PRINTED: Final = "remark"
_COLOURS: Final = {Checked.FAIL: "F4B6B0", Checked.NOT: "EEEEEE"}
_OF_PERSONS: Final = "FFF8DC"


def check_out(path: Path, sheet: Path | None = None) -> None:
    """That `path` may be a sheet, and is not the one that was filled in.

    Raises:
        BadInput: it may not.
    """
    if path.suffix.lower() not in ENDINGS:
        raise refuse("--out", str(path), f"must end in {' or '.join(ENDINGS)}")
    if not path.absolute().parent.is_dir():
        raise refuse("--out", str(path), "its folder does not exist")
    if sheet is not None and path.resolve() == sheet.resolve():
        raise refuse("--out", str(path), "is the sheet that was filled in: keep that one")


def sheet_of(path: Path, rows: Sequence[Row]) -> bytes:
    """What a file `path` of `rows` holds, in the format that its ending says."""
    return csv_of(rows) if path.suffix.lower() == ".csv" else xlsx_of(rows)


def csv_of(rows: Sequence[Row]) -> bytes:
    """The sheet as CSV in UTF-8 with a mark, which spreadsheets want."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(COLUMNS)
    for row in rows:
        out.writerow([_text(getattr(row, name)) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of(rows: Sequence[Row]) -> bytes:
    """The sheet as a spreadsheet: header on every page, landscape, what is printed fits a page."""
    import openpyxl  # here: it takes a moment to load
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "points"
    thin = Side(style="thin", color="BBBBBB")
    border = Border(top=thin, bottom=thin, left=thin, right=thin)
    sheet.append([name.replace("_", " ") for name in COLUMNS])
    for cell in sheet[1]:
        cell.font, cell.border = Font(bold=True), border
        cell.fill = PatternFill("solid", fgColor="D9E2EC")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for number, row in enumerate(rows, 2):
        for column, name in enumerate(COLUMNS, 1):
            cell = sheet.cell(number, column)
            value = getattr(row, name)
            cell.value = value if isinstance(value, float) else _text(value) or None
            if isinstance(cell.value, str):
                cell.data_type = "s"  # what begins with = is no formula
            cell.border = border
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            colour = _OF_PERSONS if name in PERSONS else _COLOURS.get(row.verdict)  # type: ignore[arg-type]
            if colour:
                cell.fill = PatternFill("solid", fgColor=colour)
    for column, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[name]
    last = get_column_letter(COLUMNS.index(_LAST_PRINTED) + 1)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_area = f"A1:{last}{len(rows) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.oddFooter.center.text = "&P / &N"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.7g}" if isinstance(value, float) else str(value)
