"""`hukka commission`, then `hukka report` on what it left, as processes; a browser on the page."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from commission_desk import commission, environment

WRONG = """procedure: own.trial
title: The pump should keep another speed
of: network
requirements: [OWN-1]
blocks:
  - block: wrong
    steps:
      - force: {dp_consumer: lost}
      - expect: {point: u_pump, near: 40 %, tolerance: 1 %, within: 1 min}
"""


def report(*words):
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "report", *map(str, words)],
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commission")
    (folder / "own.yaml").write_text(WRONG)
    out = folder / "run"
    words = ("mantsala", "network.pressure_lost", folder / "own.yaml", "--warmup", "10m")
    code, summary, said = commission(*words, "--json", "--out", out)
    assert (code, summary["passed"], summary["failed"]) == (3, 1, 1), said
    done = report(out)
    assert (done.returncode, done.stdout.strip()) == (0, str(out / "report.html")), done.stderr
    return out


def test_the_page_says_what_the_run_said(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    twin = json.loads((run / "report.json").read_text(encoding="utf-8"))
    found = [(p["requirement"], p["verdict"]) for p in twin["requirements"]]
    assert found == [("OWN-1", "fail"), ("DN-03", "pass")]
    (deviation,) = twin["deviations"]
    assert deviation["expected"] == "u_pump is 40 % ± 1 % within 1 min"
    assert re.search(r"after 60 s u_pump is \d+", deviation["found"])
    assert f'href="#{deviation["anchor"]}"' in page
    assert deviation["found"] in page
    assert page.count("<svg") == 2
    assert "[39 to 41 %]" in page
    assert twin["audit"]["verified"]
    assert twin["identity"]["controllers"] == ["network"]


def test_drawn_again_it_is_the_same(run):
    first = [(run / name).read_bytes() for name in ("report.html", "report.json")]
    assert report(run).returncode == 0
    assert [(run / name).read_bytes() for name in ("report.html", "report.json")] == first


def test_a_folder_with_neither_kind_of_run_is_refused(tmp_path):
    done = report(tmp_path)
    assert done.returncode == 2
    assert "not a run folder" in done.stderr


def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
def test_a_browser_shows_it_on_a_laptop_without_overflow(run, tmp_path):
    image = pytest.importorskip("PIL.Image")
    quiet = "--disable-background-networking --disable-component-update --disable-sync"
    command = [
        browser(),
        *["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"],
        *quiet.split(),
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--screenshot={tmp_path / 'page.png'}",
        "--window-size=1280,4500",
        (run / "report.html").as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pixels = np.asarray(image.open(tmp_path / "page.png").convert("RGB")).astype(int)

    def count(colour):
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        return int((np.abs(pixels - wanted).max(axis=2) < 24).sum())

    assert count("#cceee3") > 2000, "expected"
    assert count("#7b3294") > 100, "something is done"
    assert count("#b3261e") > 100, "a step failed"
    assert (pixels[:, 1190:] == 255).all()  # nothing runs out of the page
