"""Docstrings: everything public has one, and a number with a unit says which."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [f for room in ("twin", "hil", "firmware_sim", "fmus") for f in (ROOT / room).rglob("*.py")]

NUMBERS = frozenset({"float", "float | None"})
# a name that ends in its unit (`dt_s`, `power_W`) has said it
HAS_UNIT = re.compile(r".*_(ns|us|ms|s|min|h|K|degC|W|kW|W_K|J|kWh|Pa|kg|kg_s|m|m2|m3|si)$")
# names of functions and arguments that serve numbers of any unit, whatever they are called with
ANY_UNIT = frozenset(
    [
        "value",
        "raw",
        "low",
        "high",
        "min",
        "max",
        "start",
        "largest",
        "x",
        "error",
        "output",
        "floor",
        "softness",
        "seconds",
        "get",
        "to",
        "difference_in",
        "clamp",
        "curve",
        "fits",
    ]
)
# `[kg/s]`, `[-]`, `[point.unit]`: short, and no blank in it
UNIT = re.compile(r"\[[^\]\s]{1,14}\]")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def public(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, Definition]]:
    """Public classes and functions with those inside public classes, by their dotted name."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield f"{owner}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{owner}{node.name}.")


def missing(tree: ast.Module) -> list[str]:
    """What is public and has no docstring; `module` for the file itself."""
    found = [] if ast.get_docstring(tree) else ["module"]
    return found + [name for name, node in public(tree.body) if not ast.get_docstring(node)]


def numbers(node: Definition) -> list[str]:
    """Arguments, and the function itself, that are a physical number without a unit in the name."""
    if isinstance(node, ast.ClassDef):
        return []
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    typed = [(a.arg, a.annotation) for a in arguments] + [(node.name, node.returns)]
    return [
        name
        for name, kind in typed
        if kind is not None
        and ast.unparse(kind) in NUMBERS
        and name not in ANY_UNIT
        and not HAS_UNIT.match(name)
    ]


def without_unit(tree: ast.Module) -> list[str]:
    """Functions with such numbers that name no unit; class or module may say it for all."""
    if UNIT.search(ast.get_docstring(tree) or ""):
        return []
    nodes = dict(public(tree.body))
    said = {name for name, node in nodes.items() if UNIT.search(ast.get_docstring(node) or "")}
    return [
        name
        for name, node in nodes.items()
        if numbers(node) and name not in said and name.rpartition(".")[0] not in said
    ]


@pytest.mark.parametrize("path", FILES, ids=names)
def test_public_names_have_docstrings(path: Path) -> None:
    assert missing(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", FILES, ids=names)
def test_physical_numbers_name_their_unit(path: Path) -> None:
    assert without_unit(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_the_rules_find_what_they_are_for() -> None:
    bad = ast.parse(
        '"""Doc."""\n'
        "def heat(T_in: float, n: int) -> float:\n"
        '    """Heat taken up."""\n'
        "class Pump:\n"
        "    def speed(self) -> float: ...\n"
        "    def _hidden(self) -> float: ...\n"
    )
    assert missing(bad) == ["Pump", "Pump.speed"]
    assert without_unit(bad) == ["heat", "Pump.speed"]
    good = ast.parse('"""Doc."""\ndef heat(T_in: float) -> float:\n    """Heat at `T_in` [K]."""')
    assert missing(good) == []
    assert without_unit(good) == []


def test_there_is_something_to_check() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]
    found = [node for tree in trees for _, node in public(tree.body) if numbers(node)]
    assert len(found) > 15
