"""The reference is complete: every command, key, column, field and fault is in it."""

import importlib.util
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from hil.historian.columns import EventKind, Kind
from hil.historian.header import RunFile, Status
from twin.registers.map_row import COLUMNS
from twin.registers.point import ACCESSES, KINDS, ORDERS, TABLES, TAGS
from twin.registers.register_map import Header
from twin.site.kpi import balance_error, kpi
from twin.site.model import Accounts, Factors, Site

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"


def text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def words(markdown: str) -> set[str]:
    """Words that stand in backticks."""
    code = re.findall(r"`([^`\n]+)`", markdown)
    return {word for part in code for word in re.findall(r"[\w.-]+", part)}


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- commands and faults -----------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(REFERENCE.glob("*.md")), ids=lambda p: p.name)
def test_generated_tables_are_current(generator, path):
    found = path.read_text(encoding="utf-8")
    assert generator.fill(found) == found, "run: .venv/bin/python docs/make_reference.py"


def test_every_command_is_documented(generator):
    page = text("cli.md")
    assert sorted(generator.commands()) == sorted(
        name.removeprefix("command ") for name in generator.blocks(page)
    )
    headings = re.findall(r"^## hukka (.+)$", page, re.MULTILINE)
    assert sorted(headings) == sorted(generator.commands())


def test_every_option_is_documented(generator):
    page = words(text("cli.md"))
    options = {
        o for command in generator.commands().values() for p in command.params for o in p.opts
    }
    assert {o for o in options if o.startswith("--")} - {"--help"} <= page


def test_every_kind_of_fault_is_documented(generator):
    rows = (ROOT / "twin" / "site" / "faults.csv").read_text("utf-8").splitlines()[1:]
    parts = {f"faults {row.split(',')[0]}" for row in rows}
    assert set(generator.blocks(text("faults.md"))) == parts


# ---- files -------------------------------------------------------------------------------------


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A section of the site file and all that it is made of."""
    yield model
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            yield from sections(inner)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def test_every_key_of_a_site_file_is_documented():
    known = words(text("site.md"))
    found = {section.__name__: set(section.model_fields) for section in sections(Site)}
    assert {"Rtu", "TwinPart", "ItLoad", "Accounts", "Settle"} <= set(found)
    assert {name: keys - known for name, keys in found.items() if keys - known} == {}
    assert set(Accounts.model_fields) <= known


def test_every_column_of_a_register_map_is_documented():
    known = words(text("register-maps.md"))
    assert set(COLUMNS) <= known
    assert {field.name for field in fields(Header)} <= known
    assert {*TABLES, *ACCESSES, *TAGS, *ORDERS, *KINDS} <= known


def test_every_key_of_run_json_is_documented():
    page = text("run-folder.md")
    assert set(RunFile.model_fields) <= words(page)
    assert {status for status in get_args(Status) if f"`{status}`" not in page} == set()
    assert {*get_args(EventKind)} <= words(page)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[dict[str, object], Path]:
    """A short run: what it printed, and its folder."""
    folder = tmp_path_factory.mktemp("docs") / "run"
    options = "--pace max --duration 3m --warmup 1h --fault heat_pump.T_sink_out.bias=20@1s --json"
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", "bench", "mantsala", *options.split(), "--out", folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1]), folder


def keys(value: object) -> Iterator[str]:
    """Names in a JSON value, however deep; those of links and parts are the site's own."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from keys(list(inner.values()) if key == "links" else inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_every_key_of_json_is_documented(run):
    printed, folder = run
    known = words(text("json.md"))
    assert printed["alarms"], "the example has no alarm to look at"
    assert set(keys(printed)) <= known
    assert set(keys(json.loads((folder / "run.json").read_text("utf-8"))["result"])) <= known


def test_nothing_is_promised_of_json_that_is_not_there(run):
    printed, folder = run
    result = json.loads((folder / "run.json").read_text("utf-8"))["result"]
    tables = re.findall(r"^\| (`.+?) \|", text("json.md"), re.MULTILINE)
    promised = {word for cell in tables for word in words(cell)}
    assert promised <= set(keys(result))
    before, _, more = text("json.md").partition("## More in run.json")
    assert {w for c in re.findall(r"^\| (`.+?) \|", before, re.MULTILINE) for w in words(c)} <= set(
        keys(printed)
    )
    assert more


def test_every_table_of_run_sqlite_is_documented(run):
    _, folder = run
    known = words(text("run-folder.md"))
    with sqlite3.connect(folder / "run.sqlite") as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE sql NOT NULL")]
        columns = {
            row[1]
            for name in tables
            for row in db.execute(f"PRAGMA table_info({name})")
            if name not in ("samples", "named")
        }
    db.close()
    assert set(tables) <= known
    assert columns <= known
    kinds = {column["kind"] for column in json.loads((folder / "run.json").read_text())["columns"]}
    assert kinds <= known
    assert kinds <= set(get_args(Kind))


# ---- numbers and links -------------------------------------------------------------------------


def test_the_worked_example_of_the_key_figures_is_right():
    blocks = re.findall(r"```json\n(.*?)```", text("kpi.md"), re.DOTALL)
    meters, values, figures = map(json.loads, blocks)
    joules = {name: 3.6e9 * value for name, value in meters.items()}
    factors = Factors.model_validate(
        {name: {"value": value, "assumed": True} for name, value in values.items()}
    )
    found = {**kpi(joules, factors), "balance_error": balance_error(joules)}
    assert found == pytest.approx(figures, rel=1e-12)
    assert set(found) <= words(text("kpi.md"))


def test_the_example_of_a_model_builds_and_is_sound(tmp_path):
    pytest.importorskip("casadi")
    from fmus.export import build
    from fmus.export.check import check_fmu

    page = (DOCS / "how-to" / "add-a-model.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(compile(code, "add-a-model.md", "exec"), namespace)
    (path,) = build(namespace["build"](), tmp_path, fmi=("2.0",))
    assert check_fmu(path) == []


PAGES = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path):
    page = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", page):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        other = (path.parent / file).resolve() if file else path
        assert other.exists(), f"{path.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", other.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
            assert anchor in slugs, f"{path.name}: {target}"


def test_files_that_the_pages_name_exist():
    """Paths in backticks that begin with a room of the repository."""
    rooms = r"(?:twin|hil|firmware_sim|fmus|sites|benchmarks|tests|docs)"
    for path in PAGES:
        named = re.findall(rf"`({rooms}/[\w./]+\.\w+)`", path.read_text("utf-8"))
        missing = [
            n for n in named if not (ROOT / n).exists() and not re.search("built|NAME|TYPE", n)
        ]
        assert missing == [], path.name
