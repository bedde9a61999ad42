"""The reference page of the pytest plugin leaves nothing out."""

import re
from pathlib import Path

import pytest

import hil.pytest_plugin as plugin
from hil.pytest_plugin.marks import MARKERS
from hil.pytest_plugin.things import Bench, Clock, Controller, Link, Plant
from hil.pytest_plugin.wanted import HELP

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "pytest.md").read_text(encoding="utf-8")
INNER = {name for name in plugin.__all__ if name.startswith("hukka_")}


def said(word):
    return re.search(rf"`[^`]*(?<!\w){re.escape(word)}(?!\w)[^`]*`", PAGE)


@pytest.mark.parametrize("name", HELP)
def test_every_option_is_on_the_page(name):
    assert said(f"--hukka-{name.replace('_', '-')}")


@pytest.mark.parametrize("name", sorted({*plugin.__all__} - INNER))
def test_every_fixture_is_on_the_page(name):
    assert f"\n| `{name}` |" in PAGE


@pytest.mark.parametrize("line", MARKERS)
def test_every_marker_is_on_the_page(line):
    assert said(line.partition("(")[0])


@pytest.mark.parametrize("kind", [Bench, Controller, Plant, Link, Clock])
def test_every_method_is_on_the_page(kind):
    missing = [n for n in dir(kind) if not n.startswith("_") and not said(n)]
    assert missing == []
