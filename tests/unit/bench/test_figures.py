"""Figures of a run: which days stand for a year, what a measure is of rows that are known."""

import numpy as np
import pytest

from hil.bench.direct.loop import Rows
from hil.bench.figures import Observed, Verdict, simulated, typical_days
from hil.bench.layout import layout_of
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


LEFT = "heat_pump.out_of_range"


def good(values):
    return np.zeros(values.shape, np.uint8)


@pytest.fixture(scope="module")
def seen():
    """Two hours of Mäntsälä at 1800 s a row: heat 3 MW, then 1 MW; the heat pump off at last.

    Before them two rows that do not count, in which readings are wild and a range is left.
    """
    site = load_site("mantsala")
    layout = layout_of(site, [LEFT])
    signals, commands, truth = (
        np.zeros((6, len(of))) for of in (layout.signals, layout.commands, layout.truth)
    )
    heat, electric = (layout.truth.index(f"heat_pump.E_{of}") for of in ("condenser", "electric"))
    truth[:, heat] = 7e9 + 1e6 * np.array([-9e5, 0.0, 5400.0, 10800.0, 12600.0, 14400.0])
    truth[2:, electric] = 1e6 * np.array([1000.0, 2000.0, 3000.0, 4000.0])
    truth[:2, layout.truth.index(LEFT)] = 1.0
    signals[:, layout.signal("heat_pump.T_sink_out")] = [100.0, 900.0, 350.0, 352.0, 354.0, 300.0]
    commands[:, layout.command("heat_pump.u_run")] = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    t_ns = np.arange(1, 7) * 1800 * 10**9
    found = Observed(layout)
    blocks = [
        Rows(t_ns[i], signals[i], good(signals[i]), commands[i], good(commands[i]), truth[i])
        for i in (slice(0, 1), slice(1, 4), slice(4, 6))
    ]
    found.add(blocks, 2, 7200.0)
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


def test_a_range_that_was_left_before_does_not_count(seen):
    assert seen[1].outside == set()
    assert seen[1].seconds == 7200.0


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
