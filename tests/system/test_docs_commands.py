"""Commands, links, modules and layers that the documents name are those that there are."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hil.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "benchmarks").glob("*.md"),
    *(ROOT / "sites").rglob("*.md"),
    *(ROOT / "docs" / "deploy").glob("*.service"),
]
DEFAULTS = {"commission": "run", "report": "draw"}
"""Groups in which a first word that is no command is an argument of one (`defaulted.py`)."""
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def commands(text: str) -> list[list[str]]:
    """Lines that a person would type: in blocks, and `hukka ...` in a sentence."""
    text = re.sub(r"\\\n\s*", " ", text)
    typed = re.findall(r"^(?: {4,}|\$ |    \$ )(?:\.venv/bin/)?(hukka [^#\n]*)", text, re.MULTILINE)
    said = re.findall(r"`(hukka [^`\n]*)`", text)
    return [shlex.split(line.split(" | ")[0].replace("'", '"')) for line in [*typed, *said]]


def mistakes(words: list[str]) -> str:
    """What `hukka` would not understand of it; nothing where all of it is known."""
    command: Any = typer.main.get_command(app)  # of click, by whatever name typer has it
    rest, known = words[1:], {"--help"}
    while inner := getattr(command, "commands", None):
        default = DEFAULTS.get(command.name)
        if not rest or not (rest[0] in inner or default or re.fullmatch(r"[a-z][a-z-]*", rest[0])):
            break
        name, rest = (rest[0], rest[1:]) if rest[0] in inner else (default, rest)
        if name is None:
            return f"no command {rest[0]!r}"
        command = inner[name]
    known |= {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
    asked = {word.split("=")[0] for word in rest if re.match(r"--[a-z]", word)}
    return ", ".join(f"no option {option}" for option in sorted(asked - known))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_and_options_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wrong = {" ".join(c): why for c in commands(text) if (why := mistakes(c))}
    assert wrong == {}


def test_a_command_that_is_not_there_would_be_found() -> None:
    (made,) = commands("    hukka monitor mantsala --bake 3m   # no\n")
    assert mistakes(made) == "no option --bake"
    assert mistakes(["hukka", "data", "exprot"]) == "no command 'exprot'"
    assert mistakes(["hukka", "--verison"]) == "no option --verison"
    assert sum(len(commands(p.read_text(encoding="utf-8"))) for p in PAGES) > 150


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[\w-]*)?\)", text)
    missing = [t for t in targets if "://" not in t and not (path.parent / t).exists()]
    assert missing == []


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    there = sorted(p.name for p in folder.glob("0*.md"))
    listed = re.findall(r"\]\((0[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == there
    numbers = [int(name[:4]) for name in there]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_page_is_in_the_list_of_documents() -> None:
    docs = ROOT / "docs"
    text = (docs / "README.md").read_text(encoding="utf-8")
    pages = [p.relative_to(docs).as_posix() for p in docs.rglob("*.md")]
    wanted = [p for p in pages if p.split("/")[0] in ("how-to", "reference")]
    assert [p for p in wanted if f"({p})" not in text] == []


@pytest.mark.parametrize("room", ["twin", "hil"])
def test_layers_are_those_that_are_checked(room: str) -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    layers = contracts[f"importlinter:contract:{room}-layers"]["layers"].split("\n")
    (drawn,) = re.findall(rf"^ +{room}: +(.*→.*)$", ARCHITECTURE, re.MULTILINE)
    assert drawn == " → ".join(line.strip() for line in layers if line.strip())


def test_files_that_the_architecture_names_are_there() -> None:
    named = re.findall(r"`((?:twin|hil|firmware_sim|fmus|sites)/[\w/.*]+)`", ARCHITECTURE)
    assert len(named) > 40
    assert [name for name in named if not list(ROOT.glob(name.rstrip("/")))] == []


def test_processes_of_a_monitor_are_those_that_it_starts() -> None:
    rows = re.findall(r"^\| [\w ,]+ \| `(hil/[\w/]+worker\.py)` \|", ARCHITECTURE, re.MULTILINE)
    started = set()
    for name in ("hil/monitor/crew_list.py", "hil/neighbours/workers.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        started |= {f"{m.replace('.', '/')}.py" for m in re.findall(r'"(hil\.[\w.]+worker)"', text)}
    assert len(started) == 8
    assert {row for row in rows if not row.startswith("hil/bench/")} == started
