"""Every reference site: built, run with its controllers, quiet, books closed, figures near."""

import json
from pathlib import Path

import pytest
from bench_processes import hukka

from twin.site import list_sites, load_site

BUILD_S, RUN_S = 1200.0, 1200.0
HOURS = [name for name in list_sites() if name != "mantsala"]  # its week is in test_bench_week.py
WITH_FIGURES = [name for name in list_sites() if load_site(name).figures.checks]


@pytest.fixture(scope="module")
def built():
    """Builds what a site needs of its own, once a site."""
    done = set()

    def build(name):
        site = load_site(name)
        if name not in done and not all(site.fmu_path(part).exists() for part in site.plant.parts):
            made = hukka("fmu", "build", "--site", name, timeout_s=BUILD_S)
            assert made.returncode == 0, made.stderr
        done.add(name)

    return build


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("name", HOURS)
def test_a_site_runs_for_hours_without_alarm_and_its_books_close(name, built, tmp_path):
    _runs_for_hours(name, built, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_loop_that_is_not_stable_by_itself_is_quiet_on_the_synthetic_load(
    built, tmp_path, monkeypatch
):
    monkeypatch.setenv("HUKKA_DATA", "")
    _runs_for_hours("hamina", built, tmp_path)


def _runs_for_hours(name, built, tmp_path):
    built(name)
    checked = hukka("check", name)
    assert checked.returncode == 0, checked.stderr
    run = hukka(
        "bench", name, "--pace", "max", "--transport", "loopback", "--duration", "4h", "--json",
        "--out", tmp_path / "run", timeout_s=RUN_S,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["alarms"] == []
    assert result["energy"]["balance_error"] <= 1e-3
    assert result["energy"]["delivered_kWh"] > 0.0
    assert all(link["errors"] == 0 for link in result["links"].values())


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("name", WITH_FIGURES)
def test_the_public_figures_of_a_site_are_near_or_explained(name, built):
    built(name)
    done = hukka("site", "figures", name, "--json", timeout_s=RUN_S)
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["figures"]) == set(load_site(name).figures.checks)
    for run in found["runs"].values():
        assert run["balance_error"] <= 1e-3
        assert run["outside_validity"] == []
    if "design" in found["runs"]:
        assert abs(found["runs"]["design"]["stored_share"]) <= 0.01


def test_a_site_without_figures_is_told_so(tmp_path):
    text = Path(load_site("mantsala").document.path).read_text(encoding="utf-8")
    text = text[: text.index("\nfigures:")].replace(
        "weather: weather_winter_day.csv", "weather: w.csv"
    )
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    weather = load_site("mantsala").weather_path
    assert weather is not None
    (tmp_path / "w.csv").write_bytes(weather.read_bytes())
    done = hukka("site", "figures", tmp_path)
    assert done.returncode == 2
    assert "names no figures under 'figures.checks'" in done.stderr
