import numpy as np
import pytest

from hil.report.numbers import alike, clock, span
from hil.report.parts import residual_stats
from hil.report.picture import time_unit
from hil.report.svg import tidy
from twin.site.amounts import scale_for, significant


@pytest.mark.parametrize(
    ("unit", "largest", "value", "shown", "symbol", "difference"),
    [
        ("K", 400.0, 273.15, 0.0, "°C", "K"),
        ("degC", 90.0, 85.0, 85.0, "°C", "K"),
        ("W", 2e5, 1500.0, 1.5, "kW", "kW"),
        ("W", 3e6, 2.5e6, 2.5, "MW", "MW"),
        ("Pa", 1e5, 80_000.0, 80.0, "kPa", "kPa"),
        ("kg/s", 30.0, 28.4, 28.4, "kg/s", "kg/s"),
        ("-", 1.0, 0.5, 0.5, "", ""),
        ("furlong", 1.0, 0.5, 0.5, "furlong", "furlong"),
    ],
)
def test_units_people_read(
    unit: str, largest: float, value: float, shown: float, symbol: str, difference: str
) -> None:
    scale = scale_for(unit, largest)
    assert scale.factor * value + scale.offset == pytest.approx(shown)
    assert (scale.symbol, scale.difference_symbol) == (symbol, difference)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0"),
        (86400, "86 400"),
        (71900.4, "71 900"),
        (3.41234, "3.412"),
        (-0.5, "-0.5"),
        (1.2e-7, "1.2e-07"),
        (True, "True"),
    ],
)
def test_significant(value: object, text: str) -> None:
    assert significant(value) == text


def test_figures_that_stand_side_by_side_have_the_same_decimals() -> None:
    assert alike((-0.00325, 0.13, 1.406)) == ["−0.00", "0.13", "1.41"]
    assert alike((None, 0.0, 0.0)) == ["–", "0", "0"]
    assert alike((1234.5, 100000.0)) == ["1 234", "100 000"]


@pytest.mark.parametrize(
    ("seconds", "as_clock", "as_span"),
    [
        (None, "–", "–"),
        (0.0, "00:00:00", "0 s"),
        (59.96, "00:01:00", "59.96 s"),
        (431.5, "00:07:11.5", "7.19 min"),
        (86_400.0, "1 d 00:00:00", "24 h"),
        (7 * 86_400.0 + 1, "7 d 00:00:01", "7 d"),
    ],
)
def test_times(seconds: float | None, as_clock: str, as_span: str) -> None:
    assert (clock(seconds), span(seconds)) == (as_clock, as_span)


@pytest.mark.parametrize(
    ("length_s", "unit"), [(0.0, "s"), (120.0, "s"), (600.0, "min"), (86_400.0, "h"), (1e6, "d")]
)
def test_time_axis_unit(length_s: float, unit: str) -> None:
    factor, name = time_unit((5.0, 5.0 + length_s))
    assert name == unit
    assert factor * {"s": 1, "min": 60, "h": 3600, "d": 86_400}[unit] == pytest.approx(1.0)


def test_residual_figures_count_known_rows_only() -> None:
    measured = np.array([1.0, 2.0, np.nan, 4.0, 9.0])
    predicted = np.array([1.0, 1.0, 1.0, np.nan, 5.0])
    stats = residual_stats(measured, measured - predicted, np.full(5, 2.0))
    assert (stats.rows, stats.missing, stats.largest) == (3, 1, 4.0)
    assert stats.mean == pytest.approx(5 / 3)
    assert stats.rms == pytest.approx((17 / 3) ** 0.5)
    assert stats.outside == pytest.approx(1 / 3)


def test_without_a_prediction_or_a_band_there_is_no_figure() -> None:
    nothing = np.full(3, np.nan)
    assert residual_stats(np.ones(3), nothing, nothing).mean is None
    assert residual_stats(np.ones(3), np.ones(3), nothing).outside is None


def test_two_tidied_pictures_share_no_id() -> None:
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg>\n<svg width="9pt" height="3pt" viewBox="0 0 9 3">'
        '<metadata>2025</metadata><g id="figure_1"><defs><clipPath id="p1a"/></defs>'
        '<path d="M 1.23456 2.0&#10;L -3.96 4" clip-path="url(#p1a)"/></g></svg>'
    ).replace("&#10;", "\n")
    first, second = tidy(svg, "a"), tidy(svg, "b")
    assert first == (
        '<svg viewBox="0 0 9 3"><g><defs><clipPath id="a-0"/></defs>'
        '<path d="M 1.2 2.0 L -4.0 4" clip-path="url(#a-0)"/></g></svg>'
    )
    assert 'id="b-0"' in second
    assert "a-0" not in second
