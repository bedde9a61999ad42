"""Modules of the page that need no browser, in Node's own test runner."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import hil.page
from hil.page.site_view import site_view
from twin.site import list_sites, load_site

ASSETS = Path(hil.page.__file__).parent / "assets"
TESTS = Path(__file__).parent / "modules"


class Standing:
    """As much of a source as the view of a site needs."""

    kind = "monitor"
    period_ns = 1_000_000_000
    takes_no_orders = ""

    def __init__(self, site):
        self.site = site

    def keys(self):
        return {f"{name}:measured": signal.si_unit for name, signal in self.site.signals.items()}


@pytest.mark.parametrize("test", sorted(TESTS.glob("*.test.js")), ids=lambda p: p.stem)
def test_modules_in_node(test, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    # files that end in .js are modules for Node only where a package says so
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(ASSETS, tmp_path / "assets")
    shutil.copy(test, tmp_path)
    sites = {name: site_view(Standing(load_site(name))) for name in list_sites()}
    (tmp_path / "sites.json").write_text(json.dumps(sites))
    ran = subprocess.run(
        [node, "--test", test.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"TZ": "Europe/Helsinki", "PATH": "/usr/bin:/bin"},
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    assert "# pass 0" not in ran.stdout
