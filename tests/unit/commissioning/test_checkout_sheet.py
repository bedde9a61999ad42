"""Sheets: written, filled in by a person, read again, refused where they are wrong."""

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from hil.commissioning.checkout.filled_in import filled_in, with_tolerances
from hil.commissioning.checkout.form import forms_of, limited, rows_of
from hil.commissioning.checkout.row import COLUMNS, Checked, Kind, count
from hil.commissioning.checkout.sheet_in import read_sheet
from hil.commissioning.checkout.sheet_out import check_out, sheet_of, xlsx_of
from twin.errors import BadInput
from twin.site import load_site
from twin.site.quantity import Quantity

FORMS = forms_of(load_site("mantsala"))
ROWS = [
    replace(row, verdict=Checked.PASS, scaled=21.5, reference=21.5)
    if row.kind is Kind.READING
    else row
    for row in rows_of(FORMS)
]
HEAD = "controller,point,unit,scaled,tolerance,reference_reading,checked_by,remark\n"


def read(folder, text):
    path = folder / "back.csv"
    path.write_text(text, encoding="utf-8")
    return read_sheet(path, FORMS)


def judged(folder, line, verdict=Checked.PASS):
    sheet = read(folder, HEAD + line)
    (key,) = sheet
    rows = [replace(r, verdict=verdict) if r.key == key else r for r in ROWS]
    return next(r for r in filled_in(rows, sheet) if r.key == key)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_sheet_comes_back_as_it_went(tmp_path, ending):
    rows = [
        replace(
            r, reference_reading=20.25, checked_by="Ä. Niemi", instrument="=A1",
            remark="valve; \"x\"",
            tolerance=0.5,
        )
        if r.point == "T_sink_in"
        else r
        for r in ROWS
    ]  # fmt: skip
    path = tmp_path / f"sheet.{ending}"
    path.write_bytes(sheet_of(path, rows))
    back = read_sheet(path, FORMS)
    assert list(back) == [row.key for row in rows]
    filled = back["heat_pump", "T_sink_in"]
    assert (filled.reference, filled.shown, filled.tolerance) == (20.25, 21.5, 0.5)
    assert (filled.checked_by, filled.instrument) == ("Ä. Niemi", "=A1")
    assert filled.remark == 'valve; "x"'
    assert filled_in(ROWS, back)[0].key == ROWS[0].key


def test_the_spreadsheet_can_be_printed_and_filled_in():
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of(ROWS)))["points"]
    assert sheet.freeze_panes == "C2"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"
    assert [c.value for c in sheet[1]] == [name.replace("_", " ") for name in COLUMNS]
    assert sheet.max_row == len(ROWS) + 1
    column = COLUMNS.index("reference_reading") + 1
    assert {sheet.cell(i, column).value for i in range(2, sheet.max_row + 1)} <= {None, ""}


def test_all_points_are_on_the_blank_sheet_and_none_is_checked():
    rows = rows_of(FORMS)
    assert len({row.key for row in rows}) == len(rows) == 158
    assert count(rows) == {"points": 158, "passed": 0, "failed": 0, "not_checked": 158}


def test_limits_are_a_kind_of_their_own():
    kinds = {row.point: row.kind for row in rows_of(FORMS) if row.controller == "heat_pump"}
    assert kinds["T_condensing_trip"] is Kind.LIMIT
    assert kinds["T_source_stop"] is Kind.LIMIT
    assert kinds["u_compressor_min"] is Kind.SETTING
    assert kinds["sink_gain"] is Kind.SETTING
    assert kinds["high_condensing"] is Kind.ALARM
    assert limited("T_evaporating_min", ["T_evaporating"]) == ["T_evaporating"]
    assert limited("idle_time", ["T_evaporating"]) is None


def test_a_person_judges_what_was_shown(tmp_path):
    row = judged(tmp_path, "heat_pump,T_sink_in,degC,,0.5,21.2,A. Niemi,pipe")
    assert (row.verdict, row.deviation, row.tolerance) == (Checked.PASS, 0.3, 0.5)
    assert "A. Niemi read 21.2 degC" in row.why
    row = judged(tmp_path, "heat_pump,T_sink_in,degC,,0.2,21.2,A. Niemi,")
    assert row.verdict is Checked.FAIL


def test_what_the_person_saw_on_the_display_counts(tmp_path):
    row = judged(tmp_path, 'heat_pump,T_sink_in,degC,"45,9","0,5","45,6",A. Niemi,')
    assert (row.verdict, row.scaled, row.deviation) == (Checked.PASS, 45.9, 0.3)


def test_a_point_that_no_register_shows_can_be_signed_by_a_person(tmp_path):
    row = judged(tmp_path, "network,dp_sp,kPa,60,0.1,60,A. Niemi,panel", verdict=Checked.NOT)
    assert row.verdict is Checked.PASS


def test_what_the_bench_found_wrong_stays_wrong(tmp_path):
    line = "heat_pump,T_sink_in,degC,,0.5,21.4,A. Niemi,"
    assert judged(tmp_path, line, verdict=Checked.FAIL).verdict is Checked.FAIL


def test_words_are_read_as_words(tmp_path):
    row = judged(tmp_path, "heat_pump,state,,running,,4,A. Niemi,", verdict=Checked.NOT)
    assert (row.scaled, row.reference_reading, row.verdict) == ("RUNNING", "RUNNING", Checked.PASS)
    row = judged(tmp_path, "heat_pump,no_flow,,off,,ON,A. Niemi,", verdict=Checked.NOT)
    assert row.verdict is Checked.FAIL


def test_a_tolerance_alone_is_for_the_bench(tmp_path):
    sheet = read(tmp_path, HEAD + "heat_pump,T_sink_in,degC,,0.5,,,\n")
    forms = with_tolerances(FORMS, sheet)
    rows = {row.key: row for row in rows_of(forms)}
    assert rows["heat_pump", "T_sink_in"].tolerance == 0.5
    assert rows["heat_pump", "T_sink_out"].tolerance == pytest.approx(0.02)


def test_tolerances_by_quantity_are_for_what_is_measured():
    forms = forms_of(load_site("mantsala"), [], [Quantity(0.5, "K"), Quantity(2.0, "kW")])
    rows = {row.key: row for row in rows_of(forms)}
    assert rows["heat_pump", "T_sink_in"].tolerance == 0.5
    assert rows["heat_pump", "P_electric"].tolerance == 2000.0
    assert rows["heat_pump", "T_sink_max"].tolerance == 0.01
    with pytest.raises(BadInput, match="temperature"):
        forms_of(load_site("mantsala"), [], [Quantity(0.5, "K"), Quantity(1.0, "K")])


GOOD = "heat_pump,T_sink_in,degC,,0.5,21.2,A. Niemi,\n"
MISTAKES = {
    "no such point": (
        "heat_pump,T_sink_inn,degC,,,1,,\n",
        r"csv:2 point.*did you mean 'T_sink_in'",
    ),
    "no such controller": ("heat_pmp,T_sink_in,degC,,,1,,\n", r"csv:2 controller.*'heat_pump'"),
    "another unit": ("heat_pump,T_sink_in,K,,,1,,\n", r"csv:2 unit = 'K': the map has degC"),
    "twice": (GOOD + GOOD, r"csv:3 point = 'T_sink_in': is already in row 2"),
    "no number": ("heat_pump,T_sink_in,degC,,,21.2 K,,\n", r"csv:2 reference_reading = '21.2 K'"),
    "not finite": ("heat_pump,T_sink_in,degC,,,1e999,,\n", r"csv:2 reference_reading"),
    "two commas": ('heat_pump,T_sink_in,degC,,,"1,000,5",,\n', r"csv:2 reference_reading"),
    "shown is none": ("heat_pump,T_sink_in,degC,x,,1,,\n", r"csv:2 scaled = 'x'"),
    "below zero": ("heat_pump,T_sink_in,degC,,-0.1,1,,\n", r"csv:2 tolerance = '-0.1'"),
    "no such word": ("heat_pump,state,,,,RUNING,,\n", r"csv:2 reference_reading.*'RUNNING'"),
    "no such bit": ("heat_pump,no_flow,,,,maybe,,\n", r"csv:2 reference_reading.*'maybe'"),
    "no controller": (",T_sink_in,degC,,,1,,\n", r"csv:2 controller"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_have_place_column_and_rule(tmp_path, case):
    line, message = MISTAKES[case]
    with pytest.raises(BadInput, match=message):
        read(tmp_path, HEAD + line)


def test_mistakes_of_the_head(tmp_path):
    with pytest.raises(
        BadInput, match=r"csv:1: unknown column 'toleranc', did you mean 'tolerance'"
    ):
        read(tmp_path, "controller,point,toleranc\n")
    with pytest.raises(BadInput, match="no column 'point'"):
        read(tmp_path, "controller\n")
    with pytest.raises(BadInput, match="twice"):
        read(tmp_path, "controller,point,Point\n")
    with pytest.raises(BadInput, match="is empty"):
        read(tmp_path, "\n")


def test_files_that_are_no_sheets(tmp_path):
    with pytest.raises(BadInput, match=r"must end in \.csv or \.xlsx"):
        read_sheet(tmp_path / "a.ods", FORMS)
    with pytest.raises(BadInput, match="cannot be read"):
        read_sheet(tmp_path / "none.csv", FORMS)
    (tmp_path / "bad.xlsx").write_bytes(b"PK no")
    with pytest.raises(BadInput, match="not a spreadsheet"):
        read_sheet(tmp_path / "bad.xlsx", FORMS)


def test_where_a_sheet_must_not_go(tmp_path):
    sheet = tmp_path / "filled.csv"
    with pytest.raises(BadInput, match="keep that one"):
        check_out(sheet, sheet)
    with pytest.raises(BadInput, match="must end in"):
        check_out(tmp_path / "a.txt")
    with pytest.raises(BadInput, match="folder does not exist"):
        check_out(tmp_path / "none" / "a.csv")
    check_out(Path(tmp_path / "new.xlsx"), sheet)
