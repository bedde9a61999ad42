"""Modules of the page that need no browser, in Node's own test runner."""

import json
import shutil
import subprocess
from pathlib import Path

import page_sentences
import pytest

import hil.commissioning
import hil.page
from hil.links.pdu import ModbusException
from hil.monitor.stamps import WORDS as GAPS
from hil.page.site_view import site_view
from twin.diagnosis.isa import Action, State
from twin.site import list_sites, load_site
from twin.site.document import read_document

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


def all_that_is_said():
    """Sentences of the server by the group of translations that must have them."""
    words = {word.value for kind in (State, Action) for word in kind}  # those have keys
    said = page_sentences.said_in
    shipped = Path(hil.commissioning.__file__).parent / "procedures"
    titles = [str(read_document(path).data["title"]) for path in shipped.rglob("*.yaml")]
    refused = [str(ModbusException(code)) for code in (*range(1, 12), 99)]
    return {
        "plant": sorted(said(page_sentences.REASONS)),
        "refusals": sorted(said(page_sentences.REFUSING) - words),
        "links": sorted(said(page_sentences.LINKS)) + refused,
        "health": sorted(said(page_sentences.HEALTH)) + list(GAPS.values()),
        "procedures": sorted(said(page_sentences.STEPS) | said(page_sentences.OUTCOMES)) + titles,
    }


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
    (tmp_path / "said.json").write_text(json.dumps(all_that_is_said()))
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
