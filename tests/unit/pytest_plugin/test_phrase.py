"""Expectations in a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.pytest_plugin.phrase import condition_of
from twin.errors import BadInput


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ("heat_pump:u_run == 0", {"point": "heat_pump:u_run", "equals": "0"}),
        ("state == RUNNING", {"point": "state", "equals": "RUNNING"}),
        ("  a.b  >  20 degC ", {"point": "a.b", "above": "20 degC"}),
        ("a.b < design.T_max - 3 K", {"point": "a.b", "below": "design.T_max - 3 K"}),
        ("a.b in 60 degC .. 70 degC", {"point": "a.b", "band": ["60 degC", "70 degC"]}),
        ("a.b in 0.5 .. 1.5", {"point": "a.b", "band": ["0.5", "1.5"]}),
        ("a == 65 degC +- 1 K", {"point": "a", "near": "65 degC", "tolerance": "1 K"}),
        ("a == b + 1 K ± 1 K", {"point": "a", "near": "b + 1 K", "tolerance": "1 K"}),
    ],
)
def test_a_line_is_a_condition(line, condition):
    assert condition_of(line) == condition


@pytest.mark.parametrize(
    "line",
    ["", "a", "a ==", "a = 1", "a >= 1", "a <= 1", "a != 1", "a in 1", "a in .. 2",
     "a in 1 .. 2 .. 3", "a == 1 +- 2 +- 3", "== 1"],
)  # fmt: skip
def test_what_is_none_is_refused_with_the_rule(line):
    with pytest.raises(BadInput, match="must be POINT == VALUE"):
        condition_of(line)


@given(st.floats(-1e6, 1e6), st.sampled_from([("==", "equals"), (">", "above"), ("<", "below")]))
def test_numbers_go_through_as_they_were_written(number, sign):
    mark, key = sign
    assert condition_of(f"a.b {mark} {number!r} K") == {"point": "a.b", key: f"{number!r} K"}
