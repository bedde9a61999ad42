"""`docs/reference/twins.md` lists every Modelica file, and only tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "twins.md"


def test_every_modelica_model_is_listed_and_every_link_leads_somewhere() -> None:
    links = re.findall(r"\[(\w+)\]\(([^)]+\.mo)\)", PAGE.read_text(encoding="utf-8"))
    listed = {(PAGE.parent / target).resolve() for _, target in links}
    # without what only holds parts for others
    there = set(ROOT.glob("fmus/**/*.mo"))
    assert {p for p in there if p.name not in {"Tables.mo", "Switching.mo"}} == listed
    for name, target in links:
        assert f"model {name} " in (PAGE.parent / target).read_text(encoding="utf-8"), target


def test_every_test_named_is_there() -> None:
    named = set(re.findall(r"`(?:[\w/]*/)?(test_[\w*]+\.py)`", PAGE.read_text(encoding="utf-8")))
    assert {n for n in named if not list((ROOT / "tests").rglob(n))} == set()
    oracles = {path.name for path in (ROOT / "tests" / "oracle").glob("test_*_modelica.py")}
    assert oracles <= named
