"""Key figures of a span against sums by hand."""

import numpy as np
import pytest

from hil.historian import Column, RunHeader, RunRecorder
from hil.page.kpis import key_figures
from hil.page.run_source import open_run_source

S = 1_000_000_000
HOUR = 3600
SIGNALS = {
    "cooling_loop.P_it": "W",
    "heat_pump.P_electric": "W",
    "cooling_loop.T_source": "K",
    "heat_pump.T_source_out": "K",
    "heat_pump.m_source": "kg/s",
    "heat_pump.T_sink_out": "K",
    "district_network.T_return": "K",
    "district_network.m_network": "kg/s",
}
STEADY = (4e6, 1e6, 310.0, 303.0, 70.0, 350.0, 320.0, 25.0)
"""By hand: 70 kg/s x 7 K and 25 kg/s x 30 K of water with 4186 J/(kg K)."""
RECOVERED_W = 4186.0 * 70.0 * 7.0
HEAT_W = 4186.0 * 25.0 * 30.0


def source(folder, rows, more=()):
    """A run of an hour of these rows [SI], one a second; NaN is missing."""
    columns = [Column(n, "measured", unit, n.split(".")[0]) for n, unit in SIGNALS.items()]
    columns += [Column(n, "truth", "J", n.split(".")[0]) for n in more]
    header = RunHeader(site="mantsala", seed=1, options={"site": "mantsala", "cycle_ns": S})
    with RunRecorder.create(folder, header, columns) as run:
        run.append(np.column_stack([np.arange(1, len(rows) + 1) * float(S), rows]))
        run.finish("done", {})
    return open_run_source(folder)


def figures(source, t0=1, t1=HOUR + 1):
    return {row["name"]: row for row in key_figures(source, t0 * S, t1 * S)}


def test_figures_of_a_steady_hour(tmp_path):
    found = figures(source(tmp_path, np.tile(STEADY, (HOUR, 1))))
    cop = found["cop"]
    assert cop["value"] == pytest.approx(HEAT_W / 1e6)
    assert (cop["coverage"], cop["missing"], cop["unit"]) == (1.0, [], "-")
    assert "heat_pump.P_electric" in cop["measured_by"]["heat_pump.E_electric"]
    recovered = found["heat_recovered_MWh"]
    assert recovered["value"] == pytest.approx(RECOVERED_W / 1e6)
    assert recovered["unit"] == "MWh"
    both = found["combined_cop"]
    assert both["value"] == pytest.approx((HEAT_W + RECOVERED_W) / 1e6)


def test_a_figure_that_cannot_be_had_says_what_is_not_measured(tmp_path):
    found = figures(source(tmp_path, np.tile(STEADY, (HOUR, 1))))
    for name, missing in (
        ("pue", ["cooling_loop.E_auxiliary"]),
        ("scop", ["heat_pump.E_auxiliary"]),
        ("erf_with_hp", ["cooling_loop.E_auxiliary", "heat_pump.E_auxiliary"]),
    ):
        row = found[name]
        assert (row["value"], row["coverage"], row["missing"]) == (None, 0.0, missing)


def test_a_figure_counts_just_the_time_in_which_all_of_it_was_measured(tmp_path):
    rows = np.tile(STEADY, (HOUR, 1))
    rows[: HOUR // 2, 5] = 340.0  # colder, and then the power meter is silent
    rows[: HOUR // 2, 1] = np.nan
    found = figures(source(tmp_path, rows))
    assert found["cop"]["value"] == pytest.approx(HEAT_W / 1e6)
    assert found["cop"]["coverage"] == pytest.approx(0.5, abs=0.02)
    assert found["heat_recovered_MWh"]["coverage"] == 1.0


def test_nothing_measured_is_no_figure(tmp_path):
    found = figures(source(tmp_path, np.full((HOUR, len(SIGNALS)), np.nan)))
    assert {row["value"] for row in found.values()} == {None}
    assert {row["coverage"] for row in found.values()} == {0.0}


def test_a_span_is_what_is_counted(tmp_path):
    rows = np.tile(STEADY, (HOUR, 1))
    rows[HOUR // 2 :, 1] *= 2.0
    run = source(tmp_path, rows)
    assert figures(run, 1, 1801)["cop"]["value"] == pytest.approx(HEAT_W / 1e6)
    assert figures(run, 1801, 3601)["cop"]["value"] == pytest.approx(HEAT_W / 2e6)
    assert figures(run)["cop"]["value"] == pytest.approx(HEAT_W / 1.5e6, rel=1e-3)


def test_recorded_meters_come_first_and_one_that_is_exchanged_does_not_count(tmp_path):
    t = np.arange(1, HOUR + 1)
    auxiliary = 5e5 * t
    auxiliary[HOUR // 2 :] -= auxiliary[HOUR // 2]  # a new meter begins at zero
    rows = np.column_stack([np.tile(STEADY, (HOUR, 1)), auxiliary])
    found = figures(source(tmp_path, rows, ["cooling_loop.E_auxiliary"]))
    assert found["pue"]["value"] == pytest.approx(1.125, rel=2e-3)
    assert 0.95 < found["pue"]["coverage"] < 1.0
    assert found["pue"]["measured_by"]["cooling_loop.E_auxiliary"] == (
        "growth of cooling_loop.E_auxiliary"
    )
