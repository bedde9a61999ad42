"""Numbers of a maker's list: which comma begins decimals, and what is asked for instead of guessed."""
# ruff: noqa: E501  # tables are easier to read in long lines

import pytest

from hil.maps.read import import_bytes
from twin.errors import BadInput

LIMITS = "name;address;table;type;divisor;min;max;access;range\n"


def imported(row):
    return import_bytes("f", (LIMITS + row).encode())[0]


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("P;1;hr;int32;1,000;;;r;", "f:2 P.divisor = '1,000': thousands or a decimal comma? write 1000 or 1.000"),
        ("P;1;hr;int32;;0;50,000;rw;", "f:2 P.max = '50,000': thousands or a decimal comma? write 50000 or 50.000"),
        ("P;1;hr;int32;;-1,500;0;rw;", "f:2 P.min = '-1,500': thousands or a decimal comma? write -1500 or -1.500"),
        ("P;1;hr;int32;×1,000;;;r;", "f:2 P.divisor = '×1,000': thousands or a decimal comma? write 1000 or 1.000"),
        ("P;1;hr;int32;;;1,000,000;r;", "f:2 P.max = '1,000,000': must be a number such as"),
    ],
)  # fmt: skip
def test_a_mark_that_may_part_thousands_is_asked_for(row, asked):
    with pytest.raises(BadInput) as refused:
        imported(row)
    assert asked in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("0,1", 0.1), ("0,125", 0.125), ("12,5", 12.5), ("1,0000", 1.0), ("1000,125", 1000.125), ("1.000", 1.0)],
)  # fmt: skip
def test_a_comma_that_can_only_begin_decimals_begins_them(cell, number):
    (point,) = imported(f"P;1;hr;int32;;0;{cell};r;").points
    assert point.max == number


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("[-50, 150]", -50, 150), ("[-50,150]", -50, 150), ("[0,5; 1,5]", 0.5, 1.5),
        ("0,5 .. 1,5", 0.5, 1.5), ("[ 0 ,5 ]", 0, 5),
    ],
)  # fmt: skip
def test_a_range_in_one_cell(cell, low, high):
    (point,) = imported(f'P;1;hr;int32;;;;rw;"{cell}"').points
    assert (point.min, point.max, point.access) == (low, high, "rw")


@pytest.mark.parametrize(
    ("cell", "asked"),
    [
        ("0..50,000", ": thousands or a decimal comma? write 50000 or 50.000"),
        ("[0, 50,000]", ": thousands or a decimal comma? write 50000 or 50.000"),
        ("1,000-50,000", ": thousands or a decimal comma? write 1000 or 1.000"),
        ("[0,50,100]", ""),
    ],
)
def test_a_range_with_a_doubtful_mark_is_not_read(cell, asked):
    found = imported(f'P;1;hr;int32;;;;rw;"{cell}"')
    assert f"f:2: the range '{cell}' is not read as min and max{asked}" in map(str, found.remarks)
    assert found.points[0].access == "r"
