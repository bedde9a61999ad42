"""`hukka commission`, then `hukka report` on what it left, as processes; a browser on the page."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from commission_desk import commission, environment

from hil.report import without_pdf

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
    code, summary, said = commission(*words, "--json", "--out", out, paper=True)
    assert (code, summary["passed"], summary["failed"]) == (3, 1, 1), said
    assert summary["pdf"] == (None if without_pdf() else str(out / "report.pdf"))
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
    assert twin["identity"]["tried"] == ["network"]
    assert set(twin["identity"]["outside"]) >= {"weather_winter_day.csv"}
    assert twin["identity"]["controllers"]["network"]["map"] == "network_io"


def test_drawn_again_it_is_the_same(run):
    names = ["report.html", "report.json", *([] if without_pdf() else ["report.pdf"])]
    first = [(run / name).read_bytes() for name in names]
    for name in names:
        (run / name).write_bytes(b"of before")
    assert report(run).returncode == 0
    assert [(run / name).read_bytes() for name in names] == first


def test_a_note_is_in_the_report_at_once(run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    done = report("note", copy, "Static setting", "--block", "own.trial@network/wrong")
    assert (done.returncode, done.stdout.strip()) == (0, str(copy / "report.html")), done.stderr
    assert "Static setting" in (copy / "report.html").read_text(encoding="utf-8")
    if not without_pdf():
        assert (copy / "report.pdf").read_bytes() != (run / "report.pdf").read_bytes()
    missed = report("note", copy, "x", "--block", "own.trial@network/wrnog")
    assert missed.returncode == 2
    assert "did you mean 'own.trial@network/wrong'?" in missed.stderr


@pytest.mark.skipif(bool(without_pdf()), reason=without_pdf())
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler-utils here")
def test_the_pdf_says_what_the_page_says(run):
    done = subprocess.run(["pdftotext", run / "report.pdf", "-"], capture_output=True, check=True)
    text = re.sub(r"\s", "", done.stdout.decode())
    twin = json.loads((run / "report.json").read_text(encoding="utf-8"))
    said = [twin["deviations"][0]["found"], *twin["identity"]["maps"].values()]
    said += [step["text"] for block in twin["blocks"] for step in block["steps"]]
    for words in said:
        assert re.sub(r"\s", "", words) in text


def test_a_folder_with_neither_kind_of_run_is_refused(tmp_path):
    done = report(tmp_path)
    assert done.returncode == 2
    assert "not a run folder" in done.stderr


def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


QUIET = "--disable-background-networking --disable-component-update --disable-sync --disable-gpu"


def chromium(profile, *words):
    command = [browser(), "--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars"]
    command += [*QUIET.split(), f"--user-data-dir={profile}", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


MEASURE = """<script>
const wide = [...document.querySelectorAll("h1, h2, h3, h4, p, td, th, figure, .scroll")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
  .map(e => e.tagName + " " + e.textContent.slice(0, 40));
if (document.documentElement.scrollWidth > innerWidth) wide.push("the page");
document.title = "wide: " + JSON.stringify(wide);
</script>"""


@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1366, 1024])
def test_a_browser_finds_nothing_wider_than_its_place(run, tmp_path, width):
    page = (run / "report.html").read_text(encoding="utf-8")
    policy = re.search(r"<meta http-equiv=.*?>", page).group()
    measured = tmp_path / "measured.html"
    measured.write_text(page.replace(policy, "") + MEASURE, encoding="utf-8")
    words = ("--dump-dom", f"--window-size={width},900", measured.as_uri())
    seen = chromium(tmp_path / "profile", *words)
    assert re.search("<title>(.*?)</title>", seen).group(1) == "wide: []"


@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
def test_a_browser_shows_it_on_a_laptop_without_overflow(run, tmp_path):
    image = pytest.importorskip("PIL.Image")
    words = (f"--screenshot={tmp_path / 'page.png'}", "--window-size=1280,4500")
    chromium(tmp_path / "profile", *words, (run / "report.html").as_uri())
    pixels = np.asarray(image.open(tmp_path / "page.png").convert("RGB")).astype(int)

    def count(colour):
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        return int((np.abs(pixels - wanted).max(axis=2) < 24).sum())

    assert count("#cceee3") > 2000, "expected"
    assert count("#7b3294") > 100, "something is done"
    assert count("#b3261e") > 100, "a step failed"
    assert (pixels[:, 1190:] == 255).all()  # nothing runs out of the page
