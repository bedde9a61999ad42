"""The row that names the columns, whatever stands above it and behind it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.trend.cells import split
from hil.trend.csv_source import CsvSource
from hil.trend.head import Head, read_head
from hil.trend.piece import Lost
from twin.errors import BadInput

ROWS = ["01.12.2025 10:00;71,5;70,2", "01.12.2025 10:01;71,6;70,1", "01.12.2025 10:02;71,4;70,3"]


def head(tmp_path: Path, *lines: str) -> Head:
    path = tmp_path / "export.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return read_head(path)


@pytest.mark.parametrize(
    "name",
    [
        "301-TE-45", "TK01-TE-45", "AHU 1-TE-01", "Floor 2 AHU 10 supply [°C]", "2 AHU 10",
        "10-12-450", "1.2.3 supply", "4-Mar-12B",
    ],
)  # fmt: skip
def test_names_of_points_are_no_dates(tmp_path: Path, name: str) -> None:
    assert head(tmp_path, f"Time;{name};flow", *ROWS).names == ("Time", name, "flow")


@pytest.mark.parametrize(
    "time",
    ["01.12.2025 10:00", "2025-12-01T10:00Z", "12/1/25", "1-Dec-25 10:00", "01 December 2025, 10"],
)
def test_a_row_that_begins_with_a_time_names_nothing(tmp_path: Path, time: str) -> None:
    lines = [f"{time};on;off" for _ in range(3)]
    with pytest.raises(BadInput, match=r"export\.csv: no row of names"):
        head(tmp_path, *lines)


@pytest.mark.parametrize(
    "above",
    [
        ["Exported;01.12.2025 10:00"],
        ["Exported;by the control room"],
        ["Plant 7", "From;01.12.2025", "To;02.12.2025", ""],
    ],
)
def test_lines_above_a_wider_table_are_skipped(tmp_path: Path, above: list[str]) -> None:
    found = head(tmp_path, *above, "Time;supply;flow", *ROWS)
    assert found.names == ("Time", "supply", "flow")
    assert found.sample[0] == tuple(ROWS[0].split(";"))


@pytest.mark.parametrize(
    "behind", [("", ";"), ("", ";;"), (";", ";"), (";;", ";;"), (";;;", ";"), (";", "")]
)
def test_separators_at_the_end_of_lines_begin_no_cells(
    tmp_path: Path, behind: tuple[str, str]
) -> None:
    lines = ["Time;supply;flow" + behind[0], *(row + behind[1] for row in ROWS)]
    found, lost = head(tmp_path, *lines), Lost()
    (piece,) = CsvSource(tmp_path / "export.csv", found).pieces(lost)
    assert found.names == ("Time", "supply", "flow")
    assert piece.numbers(2, {}, None, lost).values.tolist() == [70.2, 70.1, 70.3]
    assert not lost.rows


CELL = st.sampled_from(["", " ", "1", "x"])


@settings(deadline=None)
@given(st.lists(CELL, min_size=1, max_size=7), st.integers(2, 4))
def test_beyond_the_columns_only_what_is_not_blank_counts(row: list[str], columns: int) -> None:
    data = np.frombuffer(bytearray((";".join(row) + "\n").encode()), np.uint8)
    _, _, count, _, _, _ = split(data, ord(";"), columns, 5)
    if len(row) == 1 and not row[0].strip():
        assert len(count) == 0
        return
    more = any(cell.strip() for cell in row[columns:])
    assert count.tolist() == [min(len(row), columns) + more]
