"""Sizes as people read them: the site's own unit, or the usual one, and few digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.signals import conversion
from twin.site.amounts import size_text


@pytest.mark.parametrize(
    ("size", "ends", "unit", "own", "said"),
    [
        (-1834413.0, (None, None), "W", None, "-1.83 MW"),
        (-1834413.0, (None, None), "W", "kW", "-1 834 kW"),
        (0.0042, (None, None), "K", "degC", "0.0042 K"),
        (2.0, (1.8, 2.2), "K", None, "2 K (1.8 to 2.2)"),
        (0.4, (0.3, 0.5), "-", None, "40 % (30 to 50)"),
        (0.4, (0.3, 0.5), "-", "-", "40 % (30 to 50)"),
        (21500.0, (2e4, 2.3e4), "Pa", "bar", "0.215 bar (0.2 to 0.23)"),
        (60.0, (None, None), "s", None, "60 s"),
        (1.2345, (None, None), "kg/s", "kg/s", "1.23 kg/s"),
    ],
)
def test_a_size_is_told_as_people_read_it(size, ends, unit, own, said):
    assert size_text(size, *ends, unit, own).replace("\u2009", " ") == said


@given(st.floats(1e-3, 1e7), st.sampled_from([("W", "kW"), ("K", "degC"), ("Pa", "bar")]))
def test_what_is_told_is_the_difference_to_three_digits(size, units):
    """A difference of temperatures has no offset: 2 K are 2 K in a site of degC."""
    unit, own = units
    number = size_text(size, None, None, unit, own).replace("\u2009", "").split(" ")
    factor, _ = conversion(unit, own)
    assert float("".join(number[:-1])) == pytest.approx(size * factor, rel=0.06)
