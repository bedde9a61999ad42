"""How every peer is talked to: a line says what to ask or keep, a line says what came of it."""

import sys
from collections.abc import Callable

TABLES = ("co", "di", "hr", "ir")


class Lacks(Exception):
    """The peer has no such function."""


def ask_each_line(ask: Callable[..., str]) -> None:
    """Call `ask(unit, function, *arguments)` for each line of the input and print its answer."""
    for line in sys.stdin:
        unit, function, *arguments = map(int, line.split())
        try:
            found = ask(unit, function, *arguments)
        except Lacks:
            found = "lacks"
        except Exception as error:
            found = f"error {type(error).__name__}: {error}".replace("\n", " ")
        print(found, flush=True)


def values(found: object) -> str:
    """The answer that brings values."""
    return " ".join(["values", *(str(int(value)) for value in found)])  # type: ignore[attr-defined]


def tables_from_input() -> dict[str, list[int]]:
    """What the tables hold, from the lines before `serve`."""
    tables: dict[str, list[int]] = {name: [] for name in TABLES}
    for line in sys.stdin:
        name, *found = line.split()
        if name == "serve":
            break
        tables[name] += map(int, found)
    return tables


def dump_each_line(dump: Callable[[], tuple[list[int], list[int]]]) -> None:
    """Print coils and holding registers whenever a line asks for them."""
    print("ready", flush=True)
    for _ in sys.stdin:
        coils, registers = dump()
        print("co", *map(int, coils), "hr", *registers, flush=True)
