"""Key figures from a plant's sensors, and what the twin reckons, against the meters of its models."""

import json
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from browser_desk import Tab, chromium
from page_desk import served

from hil.bench.layout import layout_of
from hil.historian.weeks import Keep
from hil.loop.ring import RING_ROWS, Ring
from hil.monitor.following import Following
from hil.monitor.keeper import Keeper
from hil.monitor.rows import as_followed, row_type, twin_type
from hil.page.desk_source import DeskSource
from hil.page.kpis import key_figures
from hil.page.run_source import open_run_source
from twin.signals import Quality
from twin.site.metered import reckoned

S = 1_000_000_000
BEGAN_NS = 1_790_000_000 * S
PARTS = ("cooling_loop", "heat_pump", "district_network")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Half an hour of a bench: its record, and the figures that it says itself."""
    folder = tmp_path_factory.mktemp("bench") / "run"
    words = "bench mantsala --pace max --duration 30m --warmup 30m --json --out"
    command = [sys.executable, "-m", "hil.cli", *words.split(), str(folder)]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)
    return open_run_source(folder), said["kpi"]


class SensorsOnly:
    """The same run without the meters of the models."""

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        return getattr(self._source, name)

    def keys(self):
        return {k: u for k, u in self._source.keys().items() if not k.endswith(":truth")}


def figures(source):
    span = source.span_ns()
    return {row["name"]: row for row in key_figures(source, span[0], span[1] + 1)}


def test_sensors_and_meters_agree(run):
    source, kpi = run
    by_meters = figures(source)
    for name in ("pue", "erf", "cop", "scop", "heat_recovered_MWh"):
        assert by_meters[name]["value"] == pytest.approx(kpi[name], rel=5e-3)
        assert by_meters[name]["reckoned"] == []
    by_sensors = figures(SensorsOnly(source))
    for name in ("cop", "heat_recovered_MWh"):
        assert by_sensors[name]["value"] == pytest.approx(kpi[name], rel=1e-2)
    assert by_sensors["pue"]["value"] is None


def monitored(run, folder):
    """What a monitor of the same plant keeps in `folder`, and knows: it has no meters of models."""
    site = run.site
    layout = layout_of(site, reckoned=reckoned(site))
    keys = [*(f"{n}:measured" for n in layout.signals), *(f"{n}:command" for n in layout.commands)]
    rows = run.run.series(keys)
    t_ns = rows.t_ns + BEGAN_NS
    quality = np.where(np.isfinite(rows.values), Quality.GOOD, Quality.NO_VALUE).astype(np.uint8)
    measured, predicted = (
        Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
        for dtype in (row_type(layout), twin_type(layout))
    )
    with (
        Following(site, S, None, (), layout.reckoned) as twin,
        closing(Keeper(folder, site, layout, S, Keep(), measured, predicted)) as keeper,
    ):
        said = twin.take(as_followed(layout, t_ns, rows.values, quality))
        for at, row, good, told in zip(
            t_ns.tolist(), rows.values, quality, said.predicted, strict=True
        ):
            assert measured.put((at, 0, 0, row, good))
            assert predicted.put((at, told))
        while keeper.take():
            pass
    return DeskSource(site, S, folder)


@pytest.fixture(scope="module")
def desk(run, tmp_path_factory):
    return monitored(run[0], tmp_path_factory.mktemp("desk"))


def test_every_figure_of_a_monitored_plant_is_near_what_its_meters_say(run, desk):
    kpi, found = run[1], figures(desk)
    for name, row in found.items():
        assert row["missing"] == []
        assert row["value"] == pytest.approx(kpi[name], rel=2e-2), name
        assert row["coverage"] > 0.99
    assert {name: row["reckoned"] for name, row in found.items() if row["reckoned"]} == {
        **dict.fromkeys(("pue", "erf", "ere"), ["cooling_loop.E_auxiliary"]),
        "erf_with_hp": ["cooling_loop.E_auxiliary", "heat_pump.E_auxiliary"],
        **dict.fromkeys(
            ("scop", "co2_avoided_t", "heat_cost_EUR_per_MWh"), ["heat_pump.E_auxiliary"]
        ),
    }
    assert found["pue"]["measured_by"]["cooling_loop.E_auxiliary"] == "∫ cooling_loop.P_auxiliary"


@pytest.mark.parametrize("part", PARTS)
def test_what_the_twin_reckons_is_what_the_meter_of_the_plant_grows_by(run, desk, part):
    meter = run[0].run.series([f"{part}.E_auxiliary:truth"])
    grown_w = np.diff(meter.values[[0, -1], 0]) / np.diff(meter.t_ns[[0, -1]] / S)
    span = desk.span_ns()
    power = desk.series([f"{part}.P_auxiliary:predicted"], span[0], span[1] + 1, 2000)
    assert np.mean(power.mean) == pytest.approx(grown_w, rel=1e-2)  # and no stretch is NaN


def test_what_is_reckoned_is_drawn_exported_and_not_watched(desk):
    span = desk.span_ns()
    assert {k: u for k, u in desk.keys().items() if "P_auxiliary" in k} == {
        f"{part}.P_auxiliary:predicted": "W" for part in PARTS
    }
    moment = desk.at(span[1])
    assert moment.predicted["heat_pump.P_auxiliary"] > 1e3
    assert "heat_pump.P_auxiliary" not in moment.band
    assert desk.alarms() == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "reckoned by the twin, not metered"), ("fi", "kaksosen laskema, ei mitattu")],
)
def test_the_tile_says_that_it_is_reckoned(desk, language, words):
    span = f"from={desk.span_ns()[0] // 1_000_000}&to={desk.span_ns()[1] // 1_000_000}"
    with (
        served(desk) as (address, _),
        chromium() as browser,
        Tab(browser, address, language=language) as tab,
    ):
        page = tab.open(f"kpis?{span}")
        tiles = page.locator(".tile")
        tiles.first.wait_for()
        said = {tile.locator("h3").inner_text(): tile.inner_text() for tile in tiles.all()}
        assert f"{words}: cooling_loop.E_auxiliary" in said["PUE"]
        assert words not in said["COP"]
        page.screenshot(path=f"/tmp/aux_kpis_{language}.png", full_page=True)
        page = tab.open(f"trend?keys=heat_pump.P_auxiliary:predicted&{span}")
        page.wait_for_selector(".u-over")
        page.screenshot(path=f"/tmp/aux_trend_{language}.png", full_page=True)
        assert tab.complaints == []
