"""Public figures: how they are written, what is near, what is refused."""

import math

import pytest
from pydantic import ValidationError

from twin.errors import BadInput
from twin.site import load_site
from twin.site.figures import Figure, parse_span
from twin.site.load import SITES


def figure(**keys):
    return Figure.model_validate({"source": "a paper", "run": "design", **keys})


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("3.6 MW", 3.6, 3.6, "MW"),
        ("3.4 -", 3.4, 3.4, "-"),
        ("80 to 85 degC", 80.0, 85.0, "degC"),
        ("-5 to 5 degC", -5.0, 5.0, "degC"),
    ],
)
def test_a_number_or_a_range_with_its_unit(text, low, high, unit):
    span = parse_span(text)
    assert (span.low, span.high, span.unit) == (low, high, unit)


@pytest.mark.parametrize("text", ["3.6", "80 to degC", "85 to 80 degC", "1 to 2 to 3 K", "x MW", 3])
def test_what_is_no_such_figure_is_refused(text):
    with pytest.raises(ValueError, match=r"must be|not a number"):
        parse_span(text)


def test_a_tenth_is_near_and_more_is_not():
    power = figure(public="3.6 MW", power="hp_heat")
    assert [power.near(x) for x in (3.23, 3.25, 3.95, 3.97)] == [False, True, True, False]
    assert power.ratio(3.96) == pytest.approx(1.1)
    assert not power.near(math.nan)


def test_a_range_is_held_against_its_nearest_end():
    share = figure(public="70 to 75 %", share=["hp_heat", "delivered"], within="10 %")
    assert [share.near(x) for x in (62.9, 63.1, 72.0, 82.4, 82.6)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert (share.ratio(72.0), share.ratio(63.0)) == (1.0, pytest.approx(0.9))


def test_a_temperature_is_held_against_kelvins():
    supply = figure(public="80 to 85 degC", mean="heat_pump.T_sink_out", within="1.5 K")
    assert [supply.near(x) for x in (78.4, 78.6, 86.4, 86.6)] == [False, True, True, False]


REFUSED = [
    ({"public": "85 degC", "mean": "a.T"}, "a temperature needs 'within' in K"),
    ({"public": "85 degC", "mean": "a.T", "within": "1 MW"}, "within: unit 'MW'"),
    ({"public": "1 MW", "power": "it", "within": "0 %"}, "must be > 0"),
    ({"public": "1 MW"}, "needs one of power, energy, share, kpi, mean, p95; it has 0"),
    ({"public": "1 MW", "power": "it", "kpi": "cop"}, "it has 2"),
    ({"public": "1 GWh", "energy": "it"}, "needs 'run: year'"),
    ({"public": "1 MW", "power": "it", "running": "a.u"}, "'running' belongs to mean or p95"),
    ({"public": "1 MW", "power": "it", "source": ""}, "needs its 'source', or 'assumed: true'"),
    ({"public": "1 MW", "power": "it", "explaned": "x"}, "explaned"),
]


@pytest.mark.parametrize(("keys", "rule"), REFUSED)
def test_a_figure_that_means_nothing_is_refused(keys, rule):
    with pytest.raises(ValidationError, match=rule):
        figure(**keys)


BROKEN = [
    # found in the file, put there instead, what is said
    ("run: design, power: hp_heat", "run: design, power: hp_heet", "unknown account 'hp_heet'"),
    ("run: design, kpi: cop", "run: design, kpi: copp", "unknown key figure 'copp'"),
    ("mean: cooling_loop.T_source", "mean: cooling_loop.T_sorce", "unknown signal"),
    ("public: 3.6 MW", "public: 3.6 GWh", "unit 'GWh' (energy) cannot become 'W' (power)"),
    (
        "      district_network.Q_demand:",
        "      district_network.Q_demnd:",
        "unknown boundary input 'district_network.Q_demnd'",
    ),
    ("weather: weather_year.csv", "weather: weather_yer.csv", "weather_yer.csv"),
    ("  year:\n", "  yeer:\n", "unknown key 'yeer'"),
]


def test_a_figure_needs_the_run_that_it_asks_for(tmp_path):
    text = (SITES / "kajaani" / "site.yaml").read_text(encoding="utf-8")
    (tmp_path / "weather_winter_day.csv").write_bytes(
        (SITES / "kajaani" / "weather_winter_day.csv").read_bytes()
    )
    (tmp_path / "site.yaml").write_text(text.replace("33.5 MW, run: design", "33.5 MW, run: year"))
    with pytest.raises(BadInput, match=r"checks.heat.run = 'year': needs figures.year"):
        load_site(tmp_path)


@pytest.mark.parametrize(("found", "instead", "rule"), BROKEN)
def test_a_wrong_name_in_a_figure_is_refused_with_its_place(tmp_path, found, instead, rule):
    text = (SITES / "mantsala" / "site.yaml").read_text(encoding="utf-8")
    begin = text.index("\nfigures:")
    assert found in text[begin:]
    for name in ("weather_winter_day.csv", "weather_year.csv"):
        (tmp_path / name).write_bytes((SITES / "mantsala" / name).read_bytes())
    (tmp_path / "site.yaml").write_text(text[:begin] + text[begin:].replace(found, instead))
    with pytest.raises(BadInput) as refusal:
        load_site(tmp_path)
    assert rule in str(refusal.value)
    assert "site.yaml:" in str(refusal.value)
