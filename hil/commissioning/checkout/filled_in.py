"""Rows judged by what a person read on site, beside what the bench found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hil.commissioning.checkout.form import Form
from hil.commissioning.checkout.row import Checked, Row, rounded
from hil.commissioning.checkout.sheet_in import Filled
from hil.commissioning.checkout.trial import near

Sheet = Mapping[tuple[str, str], Filled]


def with_tolerances(forms: Sequence[Form], sheet: Sheet) -> tuple[Form, ...]:
    """Forms with the tolerances of a sheet, where no person's reading is judged by them."""
    found = []
    for form in forms:
        items = []
        for item in form.items:
            filled = sheet.get(item.row.key)
            if filled is not None and filled.reference is None and filled.tolerance is not None:
                item = replace(item, row=replace(item.row, tolerance=filled.tolerance))
            items.append(item)
        found.append(replace(form, items=tuple(items)))
    return tuple(found)


def filled_in(rows: Sequence[Row], sheet: Sheet) -> list[Row]:
    """Rows with what persons wrote; who read a reference has judged what was shown."""
    return [_row(row, sheet[row.key]) if row.key in sheet else row for row in rows]


def _row(row: Row, filled: Filled) -> Row:
    row = replace(
        row, checked_by=filled.checked_by, instrument=filled.instrument, remark=filled.remark
    )
    if filled.reference is None:
        return row
    shown = row.scaled if filled.shown is None else filled.shown
    row = replace(row, scaled=shown, reference_reading=filled.reference)
    unit = f" {row.unit}" if row.unit else ""
    by = filled.checked_by or "somebody"
    if shown is None:
        why = "nobody says what was shown: write it under scaled"
        return replace(row, verdict=row.verdict or Checked.NOT, why=_also(row.why, why))
    if isinstance(shown, float) and isinstance(filled.reference, float):
        tolerance = row.tolerance if filled.tolerance is None else filled.tolerance
        good = near(shown, filled.reference, tolerance or 0.0)
        deviation = rounded(shown - filled.reference, tolerance)
        row = replace(row, deviation=deviation, tolerance=tolerance)
        why = f"{by} read {filled.reference:g}{unit}, {shown:g} is shown"
    else:
        good = str(shown).casefold() == str(filled.reference).casefold()
        why = f"{by} read {filled.reference}, {shown} is shown"
    if row.verdict is Checked.FAIL:
        return replace(row, why=_also(row.why, why))
    return replace(row, verdict=Checked.PASS if good else Checked.FAIL, why=why)


def _also(why: str, more: str) -> str:
    return f"{why}; {more}" if why else more
