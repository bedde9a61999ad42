"""Procedures beside a plant that is watched: what `hukka commission` records in `DATA/procedures`.

    hukka commission SITE ... --out DATA/procedures/NAME

Its record (`commission.jsonl`) has a line when a block or a step begins and one when it has ended,
so that whoever reads it sees what runs now.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER = "procedures"
RECORD = "commission.jsonl"
MOST = 200
"""The latest so many blocks are told [-]."""


def procedures_in(folder: Path) -> list[dict[str, Any]]:
    """Blocks of all runs in the data `folder`, those that run first, then the latest.

    Each has `name`, `title` of its procedure, `run`, `state` (running, done, stopped), `since_ns`
    of the step that goes on, `steps` (`text`, `verdict` and `why`, null while it goes on), `of` how
    many [-], `verdict` and `why`.
    """
    found: list[dict[str, Any]] = []
    records = sorted(folder.glob(f"{FOLDER}/*/{RECORD}"), key=_changed_ns, reverse=True)
    for record in records:
        found += list(_blocks(record))[::-1]
        if len(found) >= MOST:
            break
    return sorted(found[:MOST], key=lambda block: block["state"] != "running")


def _blocks(record: Path) -> Iterator[dict[str, Any]]:
    titles: Mapping[str, str] = {}
    begun: str | None = None
    steps: list[dict[str, Any]] = []
    of = 0
    for line in _lines(record):
        match line:
            case {"run": {"titles": Mapping() as named}}:
                titles = named
            case {"begin": str(name)}:
                begun, steps, of = name, [], 0
            case {"step": {"number": int(number), "of": int(all_), "text": str()} as step}:
                steps, of = [*steps[: number - 1], _step(step)], all_
            case {"end": {"procedure": str(), "block": str(), "verdict": str()} as told}:
                begun = None
                yield _ended(told, titles, record.parent.name)
    if begun is not None:
        running = _lives(record.parent / "lock")
        yield {
            "name": begun,
            "title": titles.get(begun.partition("/")[0].partition("@")[0], ""),
            "run": record.parent.name,
            "state": "running" if running else "stopped",
            "since_ns": _changed_ns(record) if running else None,
            "steps": steps,
            "of": of,
            "verdict": None,
            "why": "" if running else "its process ended before it did",
        }


def _ended(told: Mapping[str, Any], titles: Mapping[str, str], run: str) -> dict[str, Any]:
    where = f"@{told['controller']}" if told.get("controller") else ""
    steps = [_step(step) for step in told.get("steps") or ()]
    return {
        "name": f"{told['procedure']}{where}/{told['block']}",
        "title": titles.get(told["procedure"], ""),
        "run": run,
        "state": "done",
        "since_ns": None,
        "steps": steps,
        "of": len(steps),
        "verdict": told["verdict"],
        "why": told.get("why") or "",
    }


def _step(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": told.get("text"), "verdict": told.get("verdict"), "why": told.get("why") or ""}


def _lines(record: Path) -> Iterator[Mapping[str, Any]]:
    """Whole lines of a record; what is being written just now is not one yet."""
    try:
        text = record.read_bytes()
    except OSError:
        return
    for line in text.split(b"\n")[:-1]:
        with suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, Mapping):
                yield told


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


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
