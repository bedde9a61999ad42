"""Whether a condition is met by a value, and how both are said."""

import pytest
from commissioning_samples import Series

from hil.commissioning.formula import parse_formula
from hil.commissioning.judging import limits, met, seen, spoken
from hil.commissioning.procedure import Condition
from hil.commissioning.scope import NoValue

C = 273.15

# (point, its value [SI], what it should be, whether it is)
CASES = [
    ("T_sink_out", C + 80.0, {"equals": "80 degC"}, True),
    ("T_sink_out", C + 80.0002, {"equals": "80 degC"}, True),  # registers carry no more digits
    ("T_sink_out", C + 80.001, {"equals": "80 degC"}, False),
    ("u_compressor", 0.0, {"equals": 0}, True),
    ("u_compressor", 2e-6, {"equals": 0}, False),
    ("T_sink_out", C + 79.0, {"near": "80 degC", "tolerance": "1 K"}, True),
    ("T_sink_out", C + 78.9, {"near": "80 degC", "tolerance": "1 K"}, False),
    ("T_sink_out", C + 81.1, {"near": "80 degC", "tolerance": "1 degC"}, False),
    ("T_sink_out", C + 78.6, {"near": "80 degC", "tolerance": "1 K + 0.5 K"}, True),
    ("T_sink_out", C + 62.5, {"near": "80 degC", "tolerance": "2 * design.dT_source"}, True),
    ("T_sink_out", C + 60.0, {"near": "80 degC", "tolerance": "2 * design.dT_source"}, False),
    ("T_sink_out", C + 70.0, {"band": ["70 degC", "80 degC"]}, True),
    ("T_sink_out", C + 80.0, {"band": ["70 degC", "80 degC"]}, True),
    ("T_sink_out", C + 80.1, {"band": ["70 degC", "80 degC"]}, False),
    ("T_sink_out", C + 69.9, {"band": ["70 degC", "80 degC"]}, False),
    ("T_sink_out", C + 80.0, {"above": "80 degC"}, False),
    ("T_sink_out", C + 80.1, {"above": "80 degC"}, True),
    ("T_sink_out", C + 80.0, {"below": "80 degC"}, False),
    ("T_sink_out", C + 79.9, {"below": "80 degC"}, True),
    ("state", 4.0, {"equals": "RUNNING"}, True),
    ("state", 4.0, {"equals": "running"}, True),
    ("state", 5.0, {"equals": "RUNNING"}, False),
    ("state", 5.0, {"band": ["RUNNING", "LIMITED"]}, True),
    ("state", 6.0, {"band": ["RUNNING", "LIMITED"]}, False),
    ("u_run", 1.0, {"equals": "ON"}, True),
    ("no_flow", 1.0, {"equals": True}, True),
    ("no_flow", 0.0, {"equals": True}, False),
    ("no_flow", 0.0, {"equals": "false"}, True),
    ("T_sink_out", C + 85.0, {"equals": "design.T_sink_max"}, True),
    ("heat_pump.T_sink_out", C + 80.0, {"above": "79 degC"}, True),
    ("network:u_boiler", 0.3, {"above": "20 %"}, True),
    ("T_sink_out", None, {"above": "80 degC"}, None),
    ("no_flow", None, {"equals": False}, None),
]


@pytest.mark.parametrize(("point", "value", "wanted", "expected"), CASES, ids=map(str, CASES))
def test_a_condition_is_met(point, value, wanted, expected):
    series = Series({point: [value]})
    assert met(Condition(point=point, **wanted), series.scope) is expected


@pytest.mark.parametrize(
    "wanted",
    [
        {"above": "T_sink_in + 3 K"},
        {"near": "T_sink_in", "tolerance": "3 K"},
        {"near": "80 degC", "tolerance": "dT_source"},
        {"band": ["20 degC", "T_sink_in"]},
    ],
    ids=str,
)
def test_where_a_value_is_missing_nobody_knows(wanted):
    series = Series({"T_sink_out": [C + 80.0], "T_sink_in": [None], "dT_source": [None]})
    assert met(Condition(point="T_sink_out", **wanted), series.scope) is None


def test_given_names_come_before_points_and_notes_before_both():
    given = {"margin": "3 K", "wanted": "T_sink_in + margin", "before": "T_sink_out"}
    formulas = {name: parse_formula(text) for name, text in given.items()}
    series = Series({"T_sink_out": [300.0, 310.0], "T_sink_in": [305.0]}, formulas)
    assert series.scope.known("wanted") == (308.0, "K")
    assert series.scope.note("before", formulas["before"]) == (300.0, "K")
    series.cycle()
    assert met(Condition(point="T_sink_out", equals="before + 10 K"), series.scope) is True
    assert met(Condition(point="T_sink_out", above="wanted"), series.scope) is True


def test_a_design_value_is_the_sites_whatever_the_controller_holds():
    series = Series({"T_sink_max": [C + 60.0]})
    assert series.scope.known("design.T_sink_max") == pytest.approx((C + 85.0, "K"))
    assert series.scope.known("T_sink_max") == (C + 60.0, "K")


def test_a_time_without_a_value_is_not_zero():
    series = Series({"lead_time": [60.0, None]})
    assert series.scope.seconds(parse_formula("lead_time - 2 s")) == 58.0
    series.cycle()
    with pytest.raises(NoValue, match="lead_time - 2 s has no value now"):
        series.scope.seconds(parse_formula("lead_time - 2 s"))


@pytest.mark.parametrize(
    ("point", "value", "said"),
    [
        ("T_sink_out", C + 80.0, "T_sink_out is 80 degC"),
        ("dT_source", 9.0, "dT_source is 9 K"),  # a difference is none above the freezing point
        ("u_compressor", 0.254, "u_compressor is 25.4 %"),
        ("heat_pump.P_electric", 1.2e6, "heat_pump.P_electric is 1200 kW"),
        ("network:dp_consumer", 61234.5, "network:dp_consumer is 61.2345 kPa"),
        ("heat_pump.u_run", 1.0, "heat_pump.u_run is 1"),
        ("state", 4.0, "state is RUNNING"),
        ("state", 11.0, "state is 11 (unknown)"),
        ("state", None, "state has no value"),
        ("scans", 77.0, "scans is 77"),
    ],
)
def test_what_is_there_is_said_in_the_unit_of_its_register(point, value, said):
    assert seen(Condition(point=point, equals=0), Series({point: [value]}).scope) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(C + 5.0, "K", "5 degC"), (2.5e6, "W", "2500 kW"), (3e4, "Pa", "30 kPa"), (0.25, "-", "0.25"),
     (90.0, "s", "90 s"), (12.5, "kg/s", "12.5 kg/s")],
)  # fmt: skip
def test_a_value_whose_register_nobody_knows(value, unit, said):
    assert spoken(value, unit) == said


@pytest.mark.parametrize(
    ("wanted", "low", "high"),
    [
        ({"equals": "80 degC"}, C + 80.0, C + 80.0),
        ({"band": ["70 degC", "80 degC"]}, C + 70.0, C + 80.0),
        ({"near": "80 degC", "tolerance": "1.5 K"}, C + 78.5, C + 81.5),
        ({"above": "80 degC"}, C + 80.0, None),
        ({"below": "80 degC"}, None, C + 80.0),
        ({"below": "T_sink_in"}, None, None),
        ({"near": "T_sink_in", "tolerance": "1.5 K"}, None, None),
    ],
    ids=str,
)
def test_a_condition_has_limits(wanted, low, high):
    series = Series({"T_sink_out": [C], "T_sink_in": [None]})
    found = limits(Condition(point="T_sink_out", **wanted), series.scope)
    assert found == pytest.approx({"point": "T_sink_out", "low": low, "high": high})


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"equals": "RUNNING"}, "p is RUNNING"),
        ({"near": "3 K", "tolerance": "1 K"}, "p is 3 K ± 1 K"),
        ({"band": ["1 K", "2 K"]}, "p is 1 K to 2 K"),
        ({"above": "a + 1 K"}, "p is above a + 1 K"),
        ({"below": 5}, "p is below 5"),
    ],
)
def test_a_condition_says_itself(wanted, said):
    assert str(Condition(point="p", **wanted)) == said
