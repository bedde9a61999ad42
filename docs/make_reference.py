"""Fills the generated tables of `docs/reference/`: `.venv/bin/python docs/make_reference.py`.

A table stands between `<!-- generated: NAME -->` and `<!-- end -->`; everything else in the
files is written by hand. A test says when a table is out of date.
"""

import csv
import re
from collections.abc import Iterator
from enum import EnumMeta
from pathlib import Path
from typing import Any

import typer.main

import twin.site.faults
from hil.cli.commands import app
from hil.links.counters import COUNTERS
from hil.links.line.faults import KINDS

REFERENCE = Path(__file__).parent / "reference"
Command = Any  # of click, which some versions of typer bring along under another name
_BLOCK = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str) -> str:
    """`text` with every generated block as it would be generated now."""
    return _BLOCK.sub(lambda m: f"{m[1]}{_generated(m[2])}{m[3]}", text)


def blocks(text: str) -> list[str]:
    """Names of the generated blocks of a file."""
    return [m[2] for m in _BLOCK.finditer(text)]


def commands() -> dict[str, Command]:
    """Every command of `hukka` by what a user types behind it: `bench`, `fmu build`."""
    return dict(_commands(typer.main.get_command(app), ""))


def _commands(command: Command, name: str) -> Iterator[tuple[str, Command]]:
    inner = getattr(command, "commands", None)
    if inner is None or getattr(command, "invoke_without_command", False):
        yield name, command
    if inner is not None:
        for word, below in inner.items():
            yield from _commands(below, f"{name} {word}".strip())


def _generated(name: str) -> str:
    kind, _, rest = name.partition(" ")
    match kind:
        case "faults":
            return _faults(rest)
        case "counters":
            return _counters()
        case "line-faults":
            return _line_faults()
        case "command":
            return _options(commands()[rest])
    raise ValueError(f"no such table: {name}")


def _options(command: Command) -> str:
    lines = ["| | default | |", "|---|---|---|"]
    for parameter in command.params:
        if parameter.name == "help":
            continue
        lines.append(f"| {_spelling(parameter)} | {_default(parameter)} | {_help(parameter)} |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else "No options.\n"


def _spelling(parameter: Any) -> str:  # noqa: ANN401
    option = ", ".join(parameter.opts)
    metavar = str(parameter.metavar or parameter.opts[-1].lstrip("-")).upper()
    if not option.startswith("-"):
        return f"`{metavar}`"
    if getattr(parameter, "is_flag", False):
        return f"`{option}`"
    choices = "\\|".join(_choices(parameter))
    return f"`{option} {choices or metavar}`"


def _choices(parameter: Any) -> list[str]:  # noqa: ANN401
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if isinstance(kind, EnumMeta):
        return [str(member.value) for member in kind]  # type: ignore[attr-defined]
    found = getattr(getattr(parameter, "type", None), "choices", ())
    return [str(getattr(choice, "value", choice)) for choice in found]


def _default(parameter: Any) -> str:  # noqa: ANN401
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return shown
    if parameter.required:
        return "required"
    value = getattr(parameter.default, "value", parameter.default)
    if value is None or value is False or value == () or not isinstance(value, str | int | float):
        return ""
    return f"`{value}`"


def _help(parameter: Any) -> str:  # noqa: ANN401
    return str(getattr(parameter, "help", "") or "").replace("|", "\\|")


def _faults(part: str) -> str:
    path = Path(twin.site.faults.__file__).with_name("faults.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    lines = ["| fault | size | default | or of span | least | most | meaning | look first at |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in rows:
        unit = row["unit"] + ("/h" if row["fault"] == "drift" else "")
        numbers = [f"{float(row[key]):g}" for key in ("default", "min", "max")]
        numbers.insert(1, row["of_span"])
        cells = [f"`{row['fault']}`", unit, *numbers, row["meaning"], row["check"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _counters() -> str:
    rows = [f"| `{name}` | {c.meaning} | {c.advice} |" for name, c in COUNTERS.items()]
    return "\n".join(["| | what it counts | what to do |", "|---|---|---|", *rows]) + "\n"


def _line_faults() -> str:
    lines = ["| kind | size | default | of | meaning |", "|---|---|---|---|---|"]
    for name, kind in KINDS.items():
        default = "" if kind.default is None else f"{kind.default:g}"
        of = "slaves" if kind.of_slaves else "line"
        lines.append(f"| `{name}` | {kind.what} | {default} | {of} | {kind.meaning} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Bring every file of the reference up to date."""
    for path in sorted(REFERENCE.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(fill(text), encoding="utf-8")


if __name__ == "__main__":
    main()
