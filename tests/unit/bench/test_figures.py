"""Figures of a run: which days stand for a year, what a measure is of rows that are known."""

import numpy as np
import pytest

from hil.bench.figures import Observed, Verdict, simulated, typical_days
from hil.bench.layout import layout_of
from hil.loop.ring import row_type
from twin.site import load_site
from twin.site.figures import Figure


def test_typical_days_are_those_nearest_to_the_mean_of_their_part():
    days = np.zeros(360)
    days[:] = np.arange(360) % 9  # mean 4 in any nine days in a row
    hours = np.repeat(days, 24)[:, None]
    found = typical_days(hours, 4, 1.0)
    assert [d // 90 for d in found] == [0, 1, 2, 3]
    assert [days[d] for d in found] == [4.0] * 4


def test_what_never_changes_does_not_decide():
    hours = np.stack([np.full(8760, 3.0), np.tile(np.arange(24.0), 365)], axis=1)
    assert len(typical_days(hours, 12, 1.0)) == 12


@pytest.fixture(scope="module")
def seen():
    """Two hours of Mäntsälä at 1800 s a row: heat 3 MW, then 1 MW; the heat pump off at last."""
    site = load_site("mantsala")
    layout = layout_of(site)
    dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
    rows = np.zeros(4, dtype)
    meter = layout.truth.index("heat_pump.E_condenser")
    rows["truth"][:, meter] = 1e6 * np.array([5400.0, 10800.0, 12600.0, 14400.0]) + 7e9
    electric = layout.truth.index("heat_pump.E_electric")
    rows["truth"][:, electric] = 1e6 * np.array([1000.0, 2000.0, 3000.0, 4000.0])
    rows["measured"][:, layout.signal("heat_pump.T_sink_out")] = [350.0, 352.0, 354.0, 300.0]
    rows["commands"][:, layout.command("heat_pump.u_run")] = [1.0, 1.0, 1.0, 0.0]
    before = np.zeros(len(layout.truth))
    before[meter] = 7e9
    found = Observed(layout)
    found.add(before, rows, 7200.0)
    return site, found


def value(seen, **keys):
    site, found = seen
    return simulated(site, Figure.model_validate({"assumed": True, "run": "year", **keys}), found)


def test_measures_worked_out_by_hand(seen):
    assert value(seen, public="1 MW", power="hp_heat") == pytest.approx(2.0)
    assert value(seen, public="1 GWh", energy="hp_heat") == pytest.approx(17.52)  # 2 MW, 8760 h
    assert value(seen, public="1 -", kpi="cop") == pytest.approx(3.6)
    assert value(seen, public="1 %", share=["hp_electric", "hp_heat"]) == pytest.approx(100 / 3.6)
    mean = {"public": "78 degC", "mean": "heat_pump.T_sink_out", "within": "1 K"}
    assert value(seen, **mean) == pytest.approx(339.0 - 273.15)
    assert value(seen, **mean, running="heat_pump.u_run") == pytest.approx(352.0 - 273.15)
    p95 = {"public": "78 degC", "p95": "heat_pump.T_sink_out", "within": "1 K"}
    assert value(seen, **p95) == pytest.approx(353.7 - 273.15)


def test_nothing_to_divide_by_is_no_figure_and_off(seen):
    found = value(seen, public="1 -", share=["hp_heat", "it"])
    assert np.isnan(found)
    figure = Figure.model_validate(
        {"assumed": True, "run": "year", "public": "1 -", "share": ["hp_heat", "it"]}
    )
    verdict = Verdict("share", figure, found)
    assert (verdict.word, verdict.plain()["simulated"]) == ("off", None)


def test_an_explained_figure_is_not_off():
    keys = {"assumed": True, "run": "design", "public": "3 MW", "power": "it"}
    told = Figure.model_validate({**keys, "explained": "another boundary"})
    assert Verdict("a", told, 2.0).word == "explained"
    assert Verdict("a", told, 3.1).word == "near"
    assert Verdict("a", Figure.model_validate(keys), 2.0).word == "off"
