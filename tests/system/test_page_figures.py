"""Key figures from sensors, and from what the twin reckons, against the meters of the models."""

import json
import subprocess
import sys
from contextlib import closing
from zipfile import ZipFile

import numpy as np
import pytest
from bench_processes import ROOT
from browser_desk import Tab, chromium
from page_desk import served

from hil.bench.layout import layout_of
from hil.historian.weeks import Keep, Weeks
from hil.historian.weeks.export import export
from hil.historian.weeks.importing import import_file
from hil.loop.ring import RING_ROWS, Ring
from hil.monitor.following import Following
from hil.monitor.keeper import Keeper
from hil.monitor.rows import TWIN, as_followed, row_type, twin_type
from hil.monitor.seen import seen_of
from hil.page.desk_source import DeskSource
from hil.page.kpis import key_figures
from hil.page.run_source import open_run_source
from twin.signals import Quality
from twin.site import load_site
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


class Desk(DeskSource):
    """A data folder that nobody writes, and where it is."""

    def __init__(self, site, folder):
        super().__init__(site, S, folder)
        self.folder = folder


class SensorsOnly:
    """The same run without the meters of the models."""

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        return getattr(self._source, name)

    def keys(self):
        return {k: u for k, u in self._source.keys().items() if not k.endswith(":truth")}


def figures(source, after_s=0):
    span = source.span_ns()
    return {row["name"]: row for row in key_figures(source, span[0] + after_s * S, span[1] + 1)}


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


def monitored(run, site, folder, unread=(), late=0):
    """What a monitor of the plant of a run keeps in `folder`: it has no meters of models.

    Nobody can be asked for the signals `unread`; the twin says nothing of the first `late` rows.
    """
    layout = layout_of(site, reckoned=reckoned(seen_of(site, unread)[0], unread))
    keys = [*(f"{n}:measured" for n in layout.signals), *(f"{n}:command" for n in layout.commands)]
    rows = run.run.series(keys)
    t_ns = rows.t_ns + BEGAN_NS
    rows.values[:, [layout.signal(name) for name in unread]] = np.nan
    quality = np.where(np.isfinite(rows.values), Quality.GOOD, Quality.NO_VALUE).astype(np.uint8)
    measured, predicted = (
        Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
        for dtype in (row_type(layout), twin_type(layout))
    )
    folder.mkdir(exist_ok=True)
    with (
        Following(site, S, None, unread, layout.reckoned) as twin,
        closing(Keeper(folder, site, layout, S, Keep(), measured, predicted)) as keeper,
    ):
        said = twin.take(as_followed(layout, t_ns, rows.values, quality))
        for at, row, good in zip(t_ns.tolist(), rows.values, quality, strict=True):
            assert measured.put((at, 0, 0, row, good))
        for at, told in zip(t_ns[late:].tolist(), said.predicted[late:], strict=True):
            assert predicted.put((at, told))
        while keeper.take():
            pass
    return Desk(site, folder)


@pytest.fixture(scope="module")
def desk(run, tmp_path_factory):
    return monitored(run[0], run[0].site, tmp_path_factory.mktemp("desk"))


def test_every_figure_of_a_monitored_plant_is_near_what_its_meters_say(run, desk):
    kpi, found = run[1], figures(desk)
    for name, row in found.items():
        assert row["missing"] == []
        assert row["value"] == pytest.approx(kpi[name], rel=2e-2), name
        assert row["coverage"] > 0.99
    loop, pump = "cooling_loop.E_auxiliary", "heat_pump.E_auxiliary"
    assert {name: row["reckoned"] for name, row in found.items() if row["reckoned"]} == {
        "pue": [loop],
        "erf": [loop],
        "ere": [loop],
        "erf_with_hp": [loop, pump],
        "scop": [pump],
        "co2_avoided_t": [pump],
        "heat_cost_EUR_per_MWh": [pump],
    }
    assert found["pue"]["measured_by"]["cooling_loop.E_auxiliary"] == "∫ cooling_loop.P_auxiliary"


def test_a_declared_meter_that_nobody_can_be_asked_for_is_reckoned(run, tmp_path):
    power = "heat_pump.P_electric"
    found = figures(monitored(run[0], run[0].site, tmp_path, [power]))
    for name in ("cop", "scop", "erf_with_hp"):
        assert "heat_pump.E_electric" in found[name]["reckoned"]
        assert found[name]["measured_by"]["heat_pump.E_electric"] == f"∫ {power}"
        assert found[name]["value"] == pytest.approx(run[1][name], rel=2e-2)
        assert found[name]["coverage"] > 0.99
    assert "heat_pump.E_electric" not in found["pue"]["reckoned"]


def test_what_is_reckoned_counts_where_the_twin_said_something(run, desk, tmp_path):
    """It may begin later than the plant is read: what was measured before it then has no figure."""
    late = monitored(run[0], run[0].site, tmp_path, ["heat_pump.P_electric"], late=600)
    found, later = figures(late), figures(desk, after_s=600)
    for name in ("cop", "scop", "pue"):
        assert found[name]["coverage"] == pytest.approx(2 / 3, abs=0.01)
        assert found[name]["value"] == pytest.approx(later[name]["value"], rel=1e-2)
    assert found["heat_recovered_MWh"]["coverage"] > 0.99


@pytest.mark.parametrize("part", PARTS)
def test_what_the_twin_reckons_is_what_the_meter_of_the_plant_grows_by(run, desk, part):
    meter = run[0].run.series([f"{part}.E_auxiliary:truth"])
    grown_w = np.diff(meter.values[[0, -1], 0]) / np.diff(meter.t_ns[[0, -1]] / S)
    span = desk.span_ns()
    power = desk.series([f"{part}.P_auxiliary:predicted"], span[0], span[1] + 1, 2000)
    assert np.mean(power.mean) == pytest.approx(grown_w, rel=1e-2)  # and no stretch is NaN


def test_what_is_reckoned_is_replayed_and_never_watched(desk):
    assert {k: u for k, u in desk.keys().items() if "P_auxiliary" in k} == {
        f"{part}.P_auxiliary:predicted": "W" for part in PARTS
    }
    moment = desk.at(desk.span_ns()[1])
    assert moment.predicted["heat_pump.P_auxiliary"] > 1e3
    assert "heat_pump.P_auxiliary" not in moment.band
    assert desk.alarms() == []


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_is_reckoned_goes_out_and_comes_back(desk, tmp_path, suffix):
    span = (desk.span_ns()[0], desk.span_ns()[0] + 60 * S)
    file = tmp_path / f"out{suffix}"
    keys = [f"{part}.P_auxiliary:predicted" for part in PARTS]
    with Weeks(desk.folder / "weeks") as weeks, Weeks(tmp_path / "weeks") as again:
        assert export(weeks, file, (), span) == 60
        assert import_file(file, tmp_path / "weeks") == 60
        there, back = (next(w.rows(TWIN, *span, keys)) for w in (weeks, again))
        assert {again.channels[key].unit for key in keys} == {"W"}
    assert np.isfinite(there.values[1:]).all()
    np.testing.assert_array_equal(back.values, there.values)


def test_a_foreign_part_without_it_leaves_its_figures_empty_with_the_reason(run, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    for file in (ROOT / "sites" / "mantsala").glob("*.csv"):
        (folder / file.name).symlink_to(file)
    with (
        ZipFile(ROOT / "fmus" / "built" / "CoolingLoop.fmu") as ours,
        ZipFile(folder / "foreign.fmu", "w") as foreign,
    ):
        for name in ours.namelist():
            foreign.writestr(name, ours.read(name).replace(b'"P_auxiliary"', b'"P_of_its_own"'))
    text = (ROOT / "sites" / "mantsala" / "site.yaml").read_text("utf-8")
    assert "{fmu: CoolingLoop}" in text
    text = text.replace("{fmu: CoolingLoop}", "{fmu: foreign.fmu}")
    (folder / "site.yaml").write_text(text, "utf-8")
    desk = monitored(run[0], load_site(str(folder / "site.yaml")), tmp_path / "data")
    assert set(desk.keys()) >= {
        "cooling_loop.T_supply:predicted",
        "heat_pump.P_auxiliary:predicted",
    }
    found = figures(desk)
    pue, scop = found["pue"], found["scop"]
    assert (pue["value"], pue["missing"]) == (None, ["cooling_loop.E_auxiliary"])
    assert scop["value"] == pytest.approx(run[1]["scop"], rel=2e-2)


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
        page = tab.open(f"trend?keys=heat_pump.P_auxiliary:predicted&{span}")
        page.wait_for_selector(".u-over")
        assert tab.complaints == []
