"""Procedures beside a plant that is watched: what `hukka commission` records in `DATA/procedures`.

    hukka commission SITE ... --out DATA/procedures/NAME

Its record (`commission.jsonl`) has a line when a block or a step begins and one when it has ended,
so that whoever reads it sees what runs now, and with the times at which it grew what ran then.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Any

from hil.historian.growth import Growth

FOLDER = "procedures"
RECORD = "commission.jsonl"
MOST = 200
"""The latest so many blocks are told [-]."""


def procedures_in(folder: Path, t_ns: int | None = None) -> list[dict[str, Any]]:
    """Blocks of all runs in the data `folder`, those that run first, then the latest.

    Each has `name`, `title` of its procedure, `run`, `state` (running, done, stopped), `since_ns`
    of the step that goes on, `steps` (`text`, `verdict` and `why`, null while it goes on), `of` how
    many [-], `verdict` and `why`, `began_ns` and `ended_ns` where that was written down.

    With `t_ns` [ns since 1970] as it was then.
    """
    grown = [(path, Growth(path)) for path in folder.glob(f"{FOLDER}/*/{RECORD}")]
    begun = [(growth.changed_ns(t_ns), path, growth) for path, growth in grown]
    found: list[dict[str, Any]] = []
    for changed_ns, path, growth in sorted(begun, key=itemgetter(0), reverse=True):
        if changed_ns:
            found += list(_blocks(_Record(path, growth, t_ns)))[::-1]
        if len(found) >= MOST:
            break
    return sorted(found[:MOST], key=lambda block: block["state"] != "running")


class _Record:
    """The record of a run, as it was at a moment, or as it is."""

    def __init__(self, path: Path, growth: Growth, t_ns: int | None) -> None:
        self.run = path.parent.name
        self._lock = path.parent / "lock"
        lines, ends = _whole_lines(path)
        count = len(lines) if t_ns is None else growth.lines_at(ends, t_ns)
        self._lines, self._ends, self._growth = lines[:count], ends[:count], growth
        self._next = _told(lines[count]) if count < len(lines) else None

    @property
    def last_ns(self) -> int:
        """When the last of it was written [ns since 1970]."""
        reached_ns = self._growth.reached_ns(self._ends[-1])
        return self._growth.changed_ns() if reached_ns is None else reached_ns

    def lines(self) -> Iterator[tuple[Mapping[str, Any], int | None]]:
        """Every line that is one, and when it was written if that is known [ns since 1970]."""
        for line, end in zip(self._lines, self._ends, strict=True):
            if (told := _told(line)) is not None:
                yield told, self._growth.reached_ns(end)

    def lives(self) -> bool:
        """Whether its process goes on: it wrote something later that is no new beginning."""
        if self._next is not None:
            return "begin" not in self._next
        return _lives(self._lock)


def _blocks(record: _Record) -> Iterator[dict[str, Any]]:
    titles: Mapping[str, str] = {}
    begun: str | None = None
    began_ns: int | None = None
    steps: list[dict[str, Any]] = []
    of = 0
    for line, t_ns in record.lines():
        match line:
            case {"run": {"titles": Mapping() as named}}:
                titles = named
            case {"begin": str(name)}:
                begun, began_ns, steps, of = name, t_ns, [], 0
            case {"step": {"number": int(number), "of": int(all_), "text": str()} as step}:
                steps, of = [*steps[: number - 1], _step(step)], all_
            case {"end": {"procedure": str(), "block": str(), "verdict": str()} as told}:
                ended = _ended(told, titles)
                yield {**ended, "run": record.run, "began_ns": began_ns, "ended_ns": t_ns}
                begun = began_ns = None
    if begun is not None:
        running = record.lives()
        yield {
            "name": begun,
            "title": titles.get(begun.partition("/")[0].partition("@")[0], ""),
            "run": record.run,
            "state": "running" if running else "stopped",
            "since_ns": record.last_ns if running else None,
            "began_ns": began_ns,
            "ended_ns": None,
            "steps": steps,
            "of": of,
            "verdict": None,
            "why": "" if running else "its process ended before it did",
        }


def _ended(told: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    where = f"@{told['controller']}" if told.get("controller") else ""
    steps = [_step(step) for step in told.get("steps") or ()]
    return {
        "name": f"{told['procedure']}{where}/{told['block']}",
        "title": titles.get(told["procedure"], ""),
        "state": "done",
        "since_ns": None,
        "steps": steps,
        "of": len(steps),
        "verdict": told["verdict"],
        "why": told.get("why") or "",
    }


def _step(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": told.get("text"), "verdict": told.get("verdict"), "why": told.get("why") or ""}


def _whole_lines(record: Path) -> tuple[list[bytes], list[int]]:
    """Lines and where they end [bytes]; what is being written just now is not one yet."""
    try:
        lines = record.read_bytes().split(b"\n")[:-1]
    except OSError:
        return [], []
    return lines, list(accumulate(len(line) + 1 for line in lines))


def _told(line: bytes) -> Mapping[str, Any] | None:
    with suppress(ValueError):
        told = json.loads(line)
        if isinstance(told, Mapping):
            return told
    return None


def _lives(lock: Path) -> bool:
    """Whether the process that took the folder is still there."""
    if os.name != "posix":  # asking for a process disturbs it there
        return True
    try:
        pid = int(lock.read_text().removeprefix("process "))
        os.kill(pid, 0)
    except PermissionError:  # somebody else's, and alive
        return True
    except (OSError, ValueError):
        return False
    return True
