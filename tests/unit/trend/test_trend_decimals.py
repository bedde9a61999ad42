"""Numbers with marks keep their size: thousands, decimals, and units behind them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trend_exports import site

from hil.trend.csv_source import CsvSource
from hil.trend.decimals import decimal_in, decimal_of, either
from hil.trend.head import read_head
from hil.trend.parquet_source import ParquetSource
from hil.trend.piece import Lost, Numbers
from hil.trend.report import Report, report_of
from hil.trend.trend import open_trend
from hil.trend.words import meanings
from twin.trend.order import BAD, VALUE
from twin.trend.units import Unit

MW = Unit("MW", "W", 990.0)


def column(
    tmp_path: Path, cells: list[str], *, separator: str = ";", decimal: str | None = None,
    other: str = "1", unit: Unit | None = None,
) -> tuple[Numbers, Lost]:  # fmt: skip
    """A column of a file that has another one with `other` in each row."""
    path = tmp_path / "column.csv"
    quoted = [f'"{c}"' if separator in c else c for c in cells]
    other = f'"{other}"' if separator in other else other
    rows = [f"2026-01-01 00:{i:02d}{separator}{c}{separator}{other}" for i, c in enumerate(quoted)]
    path.write_text(f"time{separator}x{separator}y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    source, lost = CsvSource(path, read_head(path, decimal=decimal)), Lost()
    (piece,) = source.pieces(lost)
    return piece.numbers(1, {}, unit, lost), lost


@settings(deadline=None)
@given(st.integers(1000, 10**9), st.integers(0, 99), st.sampled_from([".", ","]))
def test_a_number_has_one_decimal_mark_or_may_have_two(
    whole: int, cents: int, decimal: str
) -> None:
    other = "," if decimal == "." else "."
    thousands = f"{whole:,d}".replace(",", other)
    assert decimal_in(f"{thousands}{decimal}{cents:02d}") == decimal
    assert decimal_in(f"{whole}{decimal}{cents:03d}") == decimal
    assert decimal_in(f"0{decimal}{cents:03d}") == decimal
    if whole < 10**6:
        assert decimal_in(thousands) is None
        assert either(thousands) == other
    else:
        assert decimal_in(thousands) == decimal


@pytest.mark.parametrize(
    ("columns", "mark", "sure"),
    [
        ([["71.3", "1.048"]], ".", True),
        ([["71,3", "1.048"]], ",", True),
        ([["1.048", "1.102"]], ".", False),
        ([["71,345", "70,112"]], ",", False),
        ([["998", "1.003"]], ",", False),
        ([["998", "1,003"]], ".", False),
        ([["998", "1048", "1.125"]], ".", False),
        ([["0", "12.345"], ["0.125", "1"]], ".", True),
        ([["1.048 kW", "0,5 kW"]], ",", True),
        ([["1 048,5"]], ",", True),
        ([["on", "3"], []], ".", True),
    ],
)
def test_which_mark_begins_the_decimals(columns: list[list[str]], mark: str, sure: bool) -> None:
    assert decimal_of(columns, ".") == (mark, sure)


def test_points_part_thousands_where_commas_begin_decimals(tmp_path: Path) -> None:
    read, lost = column(tmp_path, ["998", "1.048", "1.048,5", "1.048.000", "0,5"])
    assert read.values.tolist() == [998.0, 1048.0, 1048.5, 1048000.0, 0.5]
    assert lost.grouped == {"x": {"1.048": 1}}


def test_commas_part_thousands_where_points_begin_decimals(tmp_path: Path) -> None:
    read, lost = column(tmp_path, ["998", "1,048", "1,048.5"], separator=",", other="0.5")
    assert read.values.tolist() == [998.0, 1048.0, 1048.5]
    assert lost.grouped == {"x": {"1,048": 1}}


def test_quoted_decimal_commas_between_commas_are_decimals(tmp_path: Path) -> None:
    read, lost = column(tmp_path, ["71,345", "70,112"], separator=",", other="0,5")
    assert read.values.tolist() == [71.345, 70.112]
    assert not lost.grouped


@pytest.mark.parametrize("cells", [["21.5", "1.048"], ["0.998", "1.048"]])
def test_a_column_with_both_meanings_of_a_mark_is_not_guessed(
    tmp_path: Path, cells: list[str]
) -> None:
    read, lost = column(tmp_path, cells, other="0,5")
    assert read.values[0] == float(cells[0])
    assert read.state.tolist() == [VALUE, BAD]
    assert lost.words == {"x": {"1.048": 1}}


@pytest.mark.parametrize("text", ["1.048.5", "1,048,5", "1 048.5", "1.0481.000", "1.04 8"])
def test_marks_that_do_not_fit_together_are_no_number(tmp_path: Path, text: str) -> None:
    read, lost = column(tmp_path, [text], decimal=",")
    assert read.state.tolist() == [BAD]
    assert lost.words == {"x": {text: 1}}


def test_python_s_own_way_to_part_thousands_is_no_number() -> None:
    (meaning,) = meanings(["1_000"], ".", {}, None)
    assert not meaning.known


def test_units_behind_numbers_are_turned_into_that_of_the_column(tmp_path: Path) -> None:
    cells = ["1.047 MW", "935.5 kW", "1,048 kW", "12 034 kW", "7", "3 bar", "1.5e3 kW", "5 x"]
    read, lost = column(tmp_path, cells, unit=MW)
    expected = [1.047, 0.9355, 1.048, 12.034, 7.0, np.nan, 1.5, np.nan]
    assert read.values == pytest.approx(expected, rel=1e-15, nan_ok=True)
    assert read.values[0] == 1.047
    assert lost.words == {"x": {"3 bar": 1, "5 x": 1}}


def test_a_temperature_in_another_unit_keeps_its_zero(tmp_path: Path) -> None:
    kelvin = Unit("K", "K", 990.0)
    read, _ = column(tmp_path, ["20 °C", "68 °F", "293.15"], unit=kelvin)
    assert read.values == pytest.approx([293.15] * 3)
    flow, _ = column(tmp_path, ["36 m3/h", "9.9"], unit=Unit("kg/s", "kg/s", 990.0))
    assert flow.values == pytest.approx([9.9, 9.9])


def test_text_in_parquet_reads_alike(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    parquet = pytest.importorskip("pyarrow.parquet")
    cells = ["1.047 MW", "935.5 kW", "1,048", "3 bar", None]
    parquet.write_table(arrow.table({"x": cells}), tmp_path / "a.parquet")
    (piece,) = ParquetSource(tmp_path / "a.parquet").pieces(lost := Lost())
    read = piece.numbers(0, {}, MW, lost)
    assert read.values[:3] == pytest.approx([1.047, 0.9355, 1048.0])
    assert lost.grouped == {"x": {"1,048": 1}}
    assert lost.words == {"x": {"3 bar": 1}}


POWER = "heat_pump.P_electric"


def report(tmp_path: Path, cells: list[str], more: str = "", long: bool = False) -> Report:
    """Of the electric power of the heat pump in a file of semicolons, read with a map."""
    path, map_file = tmp_path / "export.csv", tmp_path / "map.yaml"
    head = f"time;{POWER};flow" if not long else "time;value;point"
    rows = [f"2026-01-01 00:{i:02d};{c};{POWER if long else '0,5'}" for i, c in enumerate(cells)]
    path.write_text("\n".join([head, *rows, ""]))
    said = "long: {point: point, value: value}\n" if long else ""
    map_file.write_text(
        f"site: mantsala\ntime: {{column: time}}\n{said}{more}"
        f"columns:\n  {POWER}: {{signal: {POWER}}}\n"
    )
    with open_trend(site(), path, map_file) as trend:
        return report_of(trend)


@pytest.mark.parametrize("long", [False, True])
def test_units_in_cells_count_without_any_in_map_or_header(tmp_path: Path, long: bool) -> None:
    """The site's unit is kW: a cell in MW must not be taken for it."""
    (line,) = report(tmp_path, ["1,25 MW", "935,5 kW", "1.100 kW"], long=long).columns
    assert (line.unit, line.low, line.high) == ("kW", pytest.approx(935.5), pytest.approx(1250.0))


@pytest.mark.parametrize(
    ("header", "unit", "said"),
    [("MW", "", True), ("MW", "MW", False), ("kW", "", False), ("bar", "", False)],
)
def test_a_name_with_another_unit_than_the_column_is_read_in_is_a_finding(
    tmp_path: Path, header: str, unit: str, said: bool
) -> None:
    path, map_file, name = tmp_path / "a.csv", tmp_path / "map.yaml", f"{POWER} [{header}]"
    path.write_text(f"time,{name}\n2026-01-01 00:00,0.5\n2026-01-01 00:01,0.6\n")
    column = f"{{signal: {POWER}{f', unit: {unit}' if unit else ''}}}"
    map_file.write_text(f"site: mantsala\ntime: {{column: time}}\ncolumns:\n  {name!r}: {column}\n")
    with open_trend(site(), path, map_file) as trend:
        found = [f for f in report_of(trend).findings if "by its name" in f.text]
    assert [f.mend for f in found] == (["unit: MW"] if said else [])


def test_what_may_be_read_in_two_ways_is_a_finding_until_the_map_says(tmp_path: Path) -> None:
    cells = ["998,5", "1.048", "1.102"]
    found = report(tmp_path, cells)
    assert found.columns[0].high == pytest.approx(1102.0)
    (words,) = [f for f in found.findings if f.kind == "words"]
    assert words.columns == (POWER,)
    assert words.text == "2 cells such as '1.048': '.' is taken to part thousands"
    assert words.mend == "decimal: '.' if it does not"
    said = report(tmp_path, cells, "decimal: ','\n")
    assert not [f for f in said.findings if f.kind == "words"]


def test_a_file_that_never_says_its_decimal_mark_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"time;{POWER}\n" + "".join(f"2026-01-01 00:0{i};94{i},125\n" for i in "123"))
    with open_trend(site(), path) as trend:
        found = report_of(trend)
    assert found.columns[0].high == pytest.approx(943.125)
    assert any("'," in f.text and "might part thousands" in f.text for f in found.findings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_of_full_precision_are_those_of_python(numbers: list[float]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        read, lost = column(Path(folder), [repr(n) for n in numbers], decimal=".")
    assert read.values.tolist() == numbers
    assert not lost.words
