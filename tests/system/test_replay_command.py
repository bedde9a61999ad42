"""`hukka twin fit` and `hukka replay` as typed, on exports of a plant unlike its model."""

import csv
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import SensorError, Variant
from hil.bench.layout import layout_of
from twin.site import load_site, parse_fault

ROOT = Path(__file__).resolve().parents[2]
DAY_NS = 86_400_000_000_000
EVERY = 6
"""Of the rows of 10 s so many are one of the export: a minute."""
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
PLANT = Variant(
    parameters={
        "cooling_loop.UA_cdu": 1.6e6,
        "heat_pump.UA_condenser": 222e3,
        "district_network.UA_substations": 610e3,
    },
    sensors={
        "heat_pump.T_condensing": SensorError(offset=0.3),
        "cooling_loop.T_supply": SensorError(offset=-0.15, lag_s=20.0),
        "district_network.m_network": SensorError(gain=0.01),
    },
)
"""Mismatch that commissioning has to learn: conductances, offsets, a gain, a lag."""


def hukka(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def export(path: Path, days: int, seed: int, *faults: str) -> None:
    """A BMS export: a minute a row, times with a zone, units of the site."""
    site = load_site("mantsala")
    layout = layout_of(site)
    events = [parse_fault(f, site) for f in faults]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Time", *(f"{n} [{_si(site, n)}]" for n in layout.signals), *layout.commands]
        )
        for rows in plant_rows(site, PLANT, Span(days * DAY_NS), seed, events):
            for k in range(len(rows.t_ns)):
                t_s = int(rows.t_ns[k]) // 10**9
                if t_s <= 0 or t_s % (10 * EVERY):
                    continue
                stamp = (BEGAN + timedelta(seconds=t_s)).isoformat()
                writer.writerow(
                    [
                        stamp,
                        *(f"{v:.7g}" for v in rows.measured[k]),
                        *(f"{v:.5g}" for v in rows.commands[k]),
                    ]
                )


def _si(site, name: str) -> str:
    from twin.site.quantity import si_unit

    return si_unit(site.signals[name].unit)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day without a fault."""
    path = tmp_path_factory.mktemp("day") / "quiet.csv"
    export(path, 1, 2)
    return path


def shares_of_expected(replayed: dict) -> dict[str, float]:
    """Of each figure of the site, what it was over what was expected in the only week."""
    shares = {}
    for figure in replayed["performance"]:
        (week,) = figure["weeks"]
        assert week["from_s"] == BEGAN.timestamp() + 60.0  # the first row
        assert week["hours"] > 12, figure
        shares[figure["name"]] = week["value"] / week["expected"]
    assert len(shares) == 4
    return shares


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_learned_in_two_weeks_and_found_in_a_day(tmp_path: Path, day: Path) -> None:
    export(tmp_path / "healthy.csv", 15, 1)
    export(tmp_path / "fouled.csv", 1, 2, "heat_pump.condenser_fouling=0.3@10h")

    done = hukka(tmp_path, "twin", "fit", "mantsala", "healthy.csv", "--json")
    assert done.returncode == 0, done.stderr
    fitted = json.loads(done.stdout.splitlines()[-1])
    assert fitted["days"] > 14.0
    off = fitted["signals"]["heat_pump.T_condensing"]
    assert off["design"] > 0.25
    assert off["left"] < 0.2 * off["design"]
    assert fitted["present"] == []
    condenser = fitted["parameters"]["heat_pump.UA_condenser"]
    assert condenser["design"] == 239500.0
    assert condenser["low"] <= 222e3 <= condenser["high"]
    assert fitted["parameters"]["district_network.k_soil"]["identifiable"] is False

    done = hukka(tmp_path, "replay", "mantsala", str(day), "--json", "--report", "quiet.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "quiet.html").read_text(encoding="utf-8")
    assert "Nothing found" in text
    assert 'class="event"' not in text
    quiet = json.loads(done.stdout.splitlines()[-1])
    assert quiet["events"] == []
    assert set(quiet["standing"].values()) == {"healthy"}
    assert quiet["span_s"] == pytest.approx(86_400, abs=300)
    for name, share in shares_of_expected(quiet).items():
        assert share == pytest.approx(1.0, abs=0.02), name

    (tmp_path / "pages").mkdir()
    done = hukka(tmp_path, "replay", "mantsala", "fouled.csv", "--json", "--report", "pages")
    assert done.returncode == 0, done.stderr
    fouled = json.loads(done.stdout.splitlines()[-1])
    (event,) = fouled["events"]
    # foreign gas does nearly the same; 0.4 K at the sink outlet tells them apart in this plant
    assert event["fault"] == "heat_pump.condenser_fouling"
    assert event["low"] <= 0.3 <= event["high"]
    began_s = BEGAN.timestamp() + 10 * 3600
    assert event["since_s"] == pytest.approx(began_s, abs=1800)
    assert 0 < event["raised_s"] - began_s < 1800
    assert event["evidence"][0]["signal"] == "heat_pump.T_condensing"
    assert event["check"]
    # of most hours of the day 0.3 of the conductance are gone, and of nothing else
    shares = shares_of_expected(fouled)
    assert shares.pop("heat_pump.UA_condenser") == pytest.approx(0.7, abs=0.07)
    assert shares["heat_pump.UA_evaporator"] == pytest.approx(1.0, abs=0.03)
    assert 0.9 < shares["heat_pump.COP"] < 0.99

    done = hukka(tmp_path, "replay", "mantsala", "fouled.csv", "--report", "again.html")
    assert done.returncode == 0
    assert "look at: " in done.stdout
    assert "heat_pump: fault" in done.stdout
    assert re.search(r"heat_pump.UA_condenser: .* W/K, expected .* in the last week", done.stdout)
    page = (tmp_path / "pages" / "replay.html").read_bytes()
    assert page == (tmp_path / "again.html").read_bytes()
    drawn_with_its_evidence(page.decode(), event)


def drawn_with_its_evidence(page: str, event: dict) -> None:
    """The page shows the signals of the verdict, and that the named fault explains them."""
    assert event["fault"] in page
    assert event["check"] in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    picture = page[page.index("<figcaption>heat_pump.T_condensing") :]
    picture = picture[: picture.index("</figure>")]
    # in the panel of the residual: what is left, and what the fault of this size gives
    lines = re.findall(r'<path d="([^"]*)"[^>]*style="[^"]*stroke: (#\w+)', picture)
    left = [_ends(d) for d, colour in lines if colour == "#1f2933" and d.count("L") > 20]
    given = [_ends(d) for d, colour in lines if colour == "#7b3294" and d.count("L") > 20]
    (begins, ends), (zero, full) = left[1], given[0]
    assert zero - full > 20.0, "the fault moves the line up by many points"
    assert abs(begins - zero) < 3.0
    assert abs(ends - full) < 0.15 * (zero - full)


def _ends(path: str) -> tuple[float, float]:
    """Height of the first and of the last point of a path [pt]."""
    numbers = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return numbers[1], numbers[-1]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("nowhere/page.html", "No such file or directory"),
        ("quiet.csv/page.html", "Not a directory"),
        ("page.csv", "must end in .html, or be a folder that is there"),
        ("locked/page.html", "Permission denied"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_first(
    tmp_path: Path, where: str, why: str
) -> None:
    (tmp_path / "quiet.csv").write_text("no data at all", encoding="utf-8")
    (tmp_path / "locked").mkdir(mode=0o500)
    if where.startswith("locked") and os.access(tmp_path / "locked", os.W_OK):
        pytest.skip("who is root may write everywhere")
    done = hukka(tmp_path, "replay", "mantsala", "quiet.csv", "--report", where)
    assert done.returncode == 2
    assert why in done.stderr
    assert where in done.stderr
    assert "learned" not in done.stderr, "before anything else is looked at"
    assert "Traceback" not in done.stderr


def test_without_commissioning_it_says_what_to_do(tmp_path: Path, day: Path) -> None:
    done = hukka(tmp_path, "replay", "mantsala", str(day))
    assert done.returncode == 2
    assert "mantsala.learned" in done.stderr
    assert "hukka twin fit" in done.stderr
    assert "Traceback" not in done.stderr

    (tmp_path / "mantsala.learned").write_bytes(b"PK\x03\x04 no archive")
    done = hukka(tmp_path, "replay", "mantsala", str(day))
    assert done.returncode == 2
    assert "no file of what a twin has learned" in done.stderr


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("nowhere/a.learned", "No such file or directory"),
        ("quiet.csv/a.learned", "Not a directory"),
    ],
)
def test_nothing_is_learned_that_cannot_be_kept(tmp_path: Path, where: str, why: str) -> None:
    (tmp_path / "quiet.csv").write_text("no data at all", encoding="utf-8")
    done = hukka(tmp_path, "twin", "fit", "mantsala", "quiet.csv", "--learned", where)
    assert done.returncode == 2
    assert done.stderr == f"hukka: {where}: cannot be written: {why}\n", "before data are looked at"


def test_too_little_is_not_learned_from(tmp_path: Path, day: Path) -> None:
    done = hukka(tmp_path, "twin", "fit", "mantsala", str(day))
    assert done.returncode == 2
    assert "usable days, at least 14 are needed" in done.stderr
    assert not (tmp_path / "mantsala.learned").exists()
