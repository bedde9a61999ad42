"""Where no PDF can be drawn: what is missing is said, and the rest is there."""

import os
import subprocess
import sys

import pytest
from commission_sample import record

NO_PACKAGE = "raise ModuleNotFoundError(\"No module named 'weasyprint'\")\n"
NO_LIBRARY = "raise OSError(\"cannot load library 'libpango-1.0-0': not found\\n\\nmore\")\n"


def report(folder, stand_in, *words):
    """`hukka report` on a machine whose weasyprint is `stand_in`."""
    place = folder / "packages"
    place.mkdir(exist_ok=True)
    (place / "weasyprint.py").write_text(stand_in)
    path = os.pathsep.join([str(place), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "report", *map(str, words)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stand_in", "said"),
    [(NO_PACKAGE, "No module named 'weasyprint'"), (NO_LIBRARY, "cannot load library")],
)
def test_it_is_said_what_to_install(tmp_path, stand_in, said):
    run = record(tmp_path / "run")
    done = report(tmp_path, stand_in, run, "--pdf")
    assert done.returncode == 2
    assert said in done.stderr
    assert "pip install hukka[pdf]" in done.stderr
    assert "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (run / "report.html").exists()


def test_the_page_is_drawn_and_a_pdf_of_before_is_named(tmp_path):
    run = record(tmp_path / "run")
    assert report(tmp_path, NO_PACKAGE, run).returncode == 0
    (run / "report.pdf").write_bytes(b"of before")
    done = report(tmp_path, NO_PACKAGE, run)
    assert done.returncode == 0
    assert "report.pdf: is of before and was not drawn anew" in done.stderr
    assert (run / "report.pdf").read_bytes() == b"of before"


def test_the_place_is_that_of_the_page(tmp_path):
    done = report(tmp_path, NO_PACKAGE, record(tmp_path / "run"), "--out", tmp_path / "a.pdf")
    assert done.returncode == 2
    assert "--pdf draws the PDF beside it" in done.stderr
