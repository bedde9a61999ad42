"""Faults of one unit and of one pipe, on the command line and in a run, credited to their part."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from bench_processes import hukka

from twin.site import catalogue, list_sites, load_site
from twin.site.load import SITES

BUILD_S = 1200.0


@pytest.fixture
def copy(tmp_path):
    """A copy of a reference site with some of its text replaced, and what it needs built."""

    def make(name, *changes):
        folder = tmp_path / name
        shutil.copytree(SITES / name, folder)
        path = folder / "site.yaml"
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        made = hukka("fmu", "build", "--site", folder, timeout_s=BUILD_S)
        assert made.returncode == 0, made.stderr
        return folder

    return make


def bench(site, out, *options):
    """The result of a run on the virtual clock."""
    done = hukka("bench", site, "--pace", "max", "--json", "--out", out, *options, timeout_s=900.0)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def rows(out: Path, *names):
    """Columns of the record at every minute."""
    with sqlite3.connect(out / "run.sqlite") as db:
        chosen = ", ".join(f'"{name}"' for name in names)
        found = db.execute(f"SELECT {chosen} FROM named WHERE t_s % 60 < 0.5").fetchall()
    db.close()
    return list(zip(*found, strict=True))


@pytest.mark.parametrize("name", list_sites())
def test_every_tunable_parameter_of_the_sites_fmus_is_a_fault(name):
    fmpy = pytest.importorskip("fmpy")
    site = load_site(name)
    missing = [p for p in site.plant.parts if not site.fmu_path(p).exists()]
    if missing:
        pytest.skip(f"not built: {', '.join(missing)}")
    listed = {f.name: f for f in catalogue(site) if f.kind == "process"}
    declared = {
        f"{part}.{v.name}": v
        for part in site.plant.parts
        for v in fmpy.read_model_description(str(site.fmu_path(part))).modelVariables
        if v.causality == "parameter" and v.variability == "tunable"
    }
    assert listed.keys() == declared.keys()
    for key, fault in listed.items():
        v = declared[key]
        assert (fault.min, fault.max) == (float(v.min), float(v.max))
        assert (fault.meaning, fault.unit) == (v.description, "-")
        assert 0.0 < fault.default <= fault.max
    told = hukka("faults", name)
    assert told.returncode == 0, told.stderr
    assert {line.split("=")[0].split("  ")[0] for line in told.stdout.splitlines()} >= set(listed)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_growing_fault_of_the_second_unit_is_found_and_credited(copy, tmp_path):
    out = tmp_path / "run"
    fault = "heat_pump.unit2.condenser_fouling"
    result = bench(copy("hamina"), out, "--duration", "1h", "--fault", f"{fault}=0.5@10m..30m")
    (alarm,) = result["alarms"]
    assert (alarm["part"], alarm["fault"], alarm["injected_s"]) == ("heat_pump", fault, 600.0)
    assert 600.0 < alarm["raised_s"] < 1800.0
    one, two = rows(out, "heat_pump.T_condensing:measured", "heat_pump.unit2.T_condensing:measured")
    apart = [b - a for a, b in zip(one, two, strict=True)]
    assert max(map(abs, apart[:10])) < 0.5
    assert 0.2 < apart[15] < apart[25] < apart[35]
    assert apart[59] == pytest.approx(apart[40], abs=0.5)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_the_second_unit_takes_over_when_the_first_trips(copy, tmp_path):
    demand = "{source: weather, column: Q_demand}"
    site = copy("hamina", (demand, "{source: constant, value: 2.0 MW}"))
    out = tmp_path / "run"
    fault = "heat_pump.condenser_fouling"
    result = bench(
        site, out, "--duration", "2h", "--fault", f"{fault}=1@20m",
        "--set", "heat_pump.T_condensing_trip=365.15",  # before the unit has unloaded itself
    )  # fmt: skip
    assert {(a["part"], a["fault"]) for a in result["alarms"]} == {("heat_pump", fault)}
    one, two, power = rows(
        out,
        "heat_pump.T_condensing:measured",
        "heat_pump.unit2.T_condensing:measured",
        "heat_pump.P_electric:measured",
    )
    assert one[15] > two[15] + 5.0  # the first runs, the second stands
    assert two[60] > one[60] + 5.0
    assert two[119] > one[119] + 5.0  # and it stays so
    assert min(power[25:]) > 0.5 * min(power[5:20])


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_one_pipe_and_one_consumer_of_a_network_can_be_broken(copy, tmp_path):
    site = copy(
        "mantsala",
        ("{fmu: DistrictNetwork}", "{fmu: DistrictNetwork, structure: {faults: each}}"),
    )
    listed = hukka("faults", site).stdout
    for fault in ("main_1.insulation_wet", "near.fouling", "far.leak", "far.bypass.open"):
        assert f"district_network.{fault}=" in listed
    wrong = hukka("bench", site, "--fault", "district_network.main_3.insulation_wet@1h")
    assert wrong.returncode == 2
    assert "did you mean 'district_network.main_" in wrong.stderr
    fault = "district_network.far.bypass.open"
    options = ("--duration", "2h", "--fault", f"{fault}=0.3@10m..20m")
    result = bench(site, tmp_path / "run", *options)
    assert {(a["part"], a["fault"]) for a in result["alarms"]} == {("district_network", fault)}
