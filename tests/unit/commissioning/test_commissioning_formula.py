"""Values of a procedure: what they mean, and that whatever else is written is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.commissioning.formula import Known, parse_formula
from twin.errors import BadInput
from twin.signals import conversion, known_units
from twin.site.quantity import si_unit

POINTS = {
    "T": Known(300.0, "K"),
    "T_lost": Known(None, "K"),
    "flow_time": Known(10.0, "s"),
    "design.T_max": Known(358.15, "K"),
    "heat_pump:u_run": Known(1.0, "-"),
    "part.m[2]": Known(2.5, "kg/s"),
}

# (what is written, SI unit of the point, its value there [SI])
VALUES = [
    ("36 degC", "K", 309.15),
    ("36degC", "K", 309.15),
    ("  36   degC  ", "K", 309.15),
    ("-5 degC", "K", 268.15),
    ("+5 degC", "K", 278.15),
    ("36 degC + 3 K", "K", 312.15),
    ("36 degC - 3 degC", "K", 306.15),
    ("300 K", "K", 300.0),
    ("T", "K", 300.0),
    ("T - 3 K", "K", 297.0),
    ("T - 3 degC", "K", 297.0),
    ("3 K + T", "K", 303.0),
    ("0.25 * T + 0.75 * design.T_max", "K", 343.6125),
    ("-1 * T", "K", -300.0),
    ("T - 0.5 * T", "K", 150.0),
    ("T - -3 K", "K", 303.0),
    ("design.T_max - T", "K", 58.15),
    ("2 * flow_time + 1 min", "s", 80.0),
    ("1.5 h", "s", 5400.0),
    (".5 h", "s", 1800.0),
    ("5. s", "s", 5.0),
    ("1e3 s", "s", 1000.0),
    ("2.5E-1 s", "s", 0.25),
    ("95 %", "-", 0.95),
    ("95%", "-", 0.95),
    ("0.5 -", "-", 0.5),
    ("0.5", "-", 0.5),
    ("0.5", "1", 0.5),
    ("0.5 - 0.2", "-", 0.3),
    ("0.5 - - 0.2 -", "-", 0.3),
    ("0.5 + 20 %", "-", 0.7),
    ("heat_pump:u_run", "-", 1.0),
    ("2 * part.m[2] + 1 kg/s", "kg/s", 6.0),
    ("0.8 MW", "W", 8e5),
    ("60 kPa", "Pa", 6e4),
    ("0.02 1/K", "1/K", 0.02),
    ("3 W/(m2.K)", "W/(m2.K)", 3.0),
    (5, "-", 5.0),
    (0.25, "-", 0.25),
    (True, "-", 1.0),
    (False, "-", 0.0),
]


@pytest.mark.parametrize(("text", "unit", "value"), VALUES, ids=[repr(v[0]) for v in VALUES])
def test_what_is_written_has_its_value(text, unit, value):
    formula = parse_formula(text)
    formula.check(unit, lambda name: POINTS[name].unit)
    assert formula.value(unit, POINTS.__getitem__) == pytest.approx(value, rel=1e-12)


# (what is written, what is said of it)
UNREADABLE = [
    ("", "must be a value"),
    ("   ", "must be a value"),
    (None, "must be a value"),
    ([], "must be a value"),
    ({"a": 1}, "must be a value"),
    ("36 C", "unknown unit 'C'"),
    ("36 degc", "did you mean 'degC'"),
    ("3 Kelvin", "unknown unit 'Kelvin'"),
    ("T -3 K", "cannot be read from '-3 K' on; write + or - with spaces"),
    ("T-3 K", "from '-3 K' on"),
    ("T 3 K", "from '3 K' on"),
    ("T -", "from '-' on"),
    ("T - ", "from '-' on"),
    ("T - ?", "from '?' on; values are 36 degC, a - 3 K"),
    ("- 3 K", "from '- 3 K' on"),
    ("-T", "from '-T' on"),
    ("T * 2", "from '* 2' on"),
    ("2 * 3 K", "from '* 3 K' on"),
    ("T / 2", "from '/ 2' on"),
    ("(T)", "from '(T)' on"),
    ("1/K", "from '/K' on"),
    ("T + + 3 K", "from '+ 3 K' on"),
    ("1e999 s", "must be a finite number"),
    ("1e999 * T", "must be a finite number"),
    (math.nan, "must be a finite number"),
    (-math.inf, "must be a finite number"),
    (10**400, "must be a finite number"),
]


@pytest.mark.parametrize(("text", "said"), UNREADABLE, ids=[repr(u[0])[:20] for u in UNREADABLE])
def test_what_cannot_be_read_is_refused(text, said):
    with pytest.raises(ValueError) as refusal:
        parse_formula(text)
    assert said in str(refusal.value)


# (what is written, SI unit of the point, what is said of it)
UNFIT = [
    ("36", "K", "'36': the number 36 needs its unit (K)"),
    (36, "K", "'36': the number 36 needs its unit (K)"),
    ("T + 3", "K", "'T + 3': the number 3 needs its unit (K)"),
    ("3 s", "K", "'3 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("T + 3 s", "K", "'T + 3 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("T", "s", "'T': unit 'K' (temperature) cannot become 's' (time)"),
    ("3 K + flow_time", "K", "unit 's' (time) cannot become 'K' (temperature)"),
    (True, "K", "'true': unit '-' (ratio) cannot become 'K' (temperature)"),
]


@pytest.mark.parametrize(("text", "unit", "said"), UNFIT, ids=[repr(u[0]) for u in UNFIT])
def test_what_measures_something_else_is_refused(text, unit, said):
    formula = parse_formula(text)
    with pytest.raises(BadInput) as refusal:
        formula.check(unit, lambda name: POINTS[name].unit)
    assert said in str(refusal.value)
    with pytest.raises(BadInput):
        formula.value(unit, POINTS.__getitem__)


@pytest.mark.parametrize("text", ["T_lost", "T_lost + 3 K", "3 K + T_lost", "0 * T_lost"])
def test_a_name_without_a_value_leaves_none(text):
    assert parse_formula(text).value("K", POINTS.__getitem__) is None


def test_a_tolerance_is_a_difference_from_its_first_term_on():
    for text in ("0.5 K + 0.2 degC", "0.7 degC"):
        value = parse_formula(text).value("K", POINTS.__getitem__, level=False)
        assert value == pytest.approx(0.7)


def test_names_and_words():
    assert parse_formula("T + 2 * flow_time - 3 K + T").names == ("T", "flow_time", "T")
    assert parse_formula("RUNNING").word == "RUNNING"
    assert [parse_formula(text).word for text in ("2 * T", "T + T", "3 K")] == [None] * 3


NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


UNITS = st.sampled_from([unit for unit in known_units() if unit != "1"])  # it is written "-"


@given(NUMBERS, UNITS)
def test_a_value_in_any_unit_comes_back_from_si(number, unit):
    value = parse_formula(f"{number!r} {unit}").value(si_unit(unit), POINTS.__getitem__)
    factor, offset = conversion(si_unit(unit), unit)
    assert factor * value + offset == pytest.approx(number, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("+-"), NUMBERS), min_size=1))
def test_a_sum_is_its_first_term_and_differences(several):
    text = " ".join(["20 degC", *(f"{sign} {abs(number)!r} degC" for sign, number in several)])
    total = math.fsum([293.15, *(float(f"{s}1") * abs(number) for s, number in several)])
    value = parse_formula(text).value("K", POINTS.__getitem__)
    assert value == pytest.approx(total, rel=1e-9, abs=1e-6)


SPACES = st.sampled_from(["", " ", "  "])
NAMES = st.from_regex(r"[A-Za-z_]\w{0,5}([:.][A-Za-z_]\w{0,5})?", fullmatch=True)
FACTORS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
TERMS = st.one_of(
    NAMES,
    st.tuples(FACTORS, st.just(" "), UNITS).map("".join),
    st.tuples(FACTORS, st.sampled_from(["", "K", "degC", "%"])).map("".join),
    st.tuples(FACTORS, SPACES, st.just("*"), SPACES, NAMES).map("".join),
)
JOINTS = st.sampled_from([" + ", " - ", "  -  "])


@st.composite
def formulas(draw):
    several = draw(st.lists(TERMS, min_size=1, max_size=4))
    joined = several[0]
    for term in several[1:]:
        joined += draw(JOINTS) + term
    return draw(SPACES) + joined + draw(SPACES)


@given(formulas())
def test_every_sum_of_terms_is_read_and_its_text_is_the_same_again(text):
    formula = parse_formula(text)
    assert parse_formula(formula.text) == formula
    assert parse_formula(formula) is formula


@given(st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False)))
def test_the_text_of_a_number_keeps_all_its_digits(number):
    formula = parse_formula(number)
    assert parse_formula(formula.text) == formula
    assert formula.terms[0].factor == float(number)


PIECES = st.sampled_from([*"+-*/.:()[]% \t\n", "1e", "0", "K", "degC", "a.b", "x", "²", "٣", "1/K"])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused(text):
    try:
        formula = parse_formula(text)
    except ValueError:
        return
    assert parse_formula(formula.text) == formula
