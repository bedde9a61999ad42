"""A monitor of a real bench, broken every 20 s for as long as it is told, and what it promises."""

import os
import sys
from pathlib import Path

import pytest
from soak_promises import promises
from soak_report import report, summary
from soak_run import run

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="breaks what Linux has"),
]


@pytest.mark.timeout(7200)
def test_a_monitor_survives_whatever_breaks(request, tmp_path: Path, record_property):
    soak = run(request.config.getoption("--soak-minutes"), tmp_path)
    folder = request.config.rootpath / "runs" / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.md"
    path.write_text(report(soak), "utf-8")
    record_property("figure", summary(soak))
    for why in soak.around.missing:
        record_property("figure", f"soak: left out: {why}")
    record_property("figure", f"soak: report in {os.path.relpath(path)}")
    assert {name: wrong for name, wrong in promises(soak).items() if wrong} == {}
