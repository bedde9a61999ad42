"""Whether what a peer and we did together is right, by content on both sides."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from interop_cases import Case, Step, Tables
from interop_program import PeerDead
from interop_wire import Heard

Memory = tuple[list[int], list[int]]
"""Coils and holding registers of a server, as it has them itself."""


class Verdict(NamedTuple):
    """What came of one case; `wrong` says what was not as it must be, `heard` what was spoken."""

    column: str
    step: Step
    lacks: bool
    wrong: str
    heard: Heard


class Wired(NamedTuple):
    """A client that can be made to ask, the memory of its server, and the wire between them."""

    ask: Callable[[Step], str]
    memory: Callable[[], Memory]
    heard: Heard
    function_at: int


def verdicts(
    todo: Iterator[Case], tables: Tables, wired: Wired, refused: tuple[str, ...] = ()
) -> Iterator[Verdict]:
    """Do all of `todo`; columns of `refused` are lacking where they get exception 1."""
    for column, step, right in todo:
        wired.heard.clear()
        try:
            found = wired.ask(step)
        except PeerDead as dead:
            yield Verdict(column, step, False, str(dead), list(wired.heard))
            return
        held = wired.memory()
        lacks = found == "lacks" or (column in refused and found == "exception 1")
        wrong = "" if lacks else _wrong(step, found, right, wired, (tables.co, tables.hr), held)
        tables.co, tables.hr = held  # the next step is judged by what is there
        yield Verdict(column, step, lacks, wrong, list(wired.heard))


def _wrong(
    step: Step, found: str, right: tuple[str, ...], wired: Wired, wanted: Memory, held: Memory
) -> str:
    at = wired.function_at
    functions = {data[at] for who, data in wired.heard if who == "master" and len(data) > at}
    if found not in right:
        return f"{_short(found)} instead of {' or '.join(map(_short, right))}"
    if step.function not in functions:
        return f"asked with functions {sorted(functions)}"
    for name, there, due in zip(("coil", "register"), held, wanted, strict=True):
        for i, pair in enumerate(zip(there, due, strict=True)):
            if pair[0] != pair[1]:
                return f"{name} {i} is {pair[0]} instead of {pair[1]}"
    return ""


def _short(text: str) -> str:
    return text if len(text) < 60 else f"{text[:56]} ..."
