"""Procedures beside a plant that is watched: what `hukka commission` records in `DATA/procedures`.

    hukka commission SITE ... --out DATA/procedures/NAME

Its record (`commission.jsonl`) has a line when a block begins and one when it has ended, so that
whoever reads it sees what runs now.
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

    Each has `name`, `run`, `state` (running, done, stopped), `since_ns`, `step` (the one that
    decided), `verdict` and `why`.
    """
    found: list[dict[str, Any]] = []
    records = sorted(folder.glob(f"{FOLDER}/*/{RECORD}"), key=_changed_ns, reverse=True)
    for record in records:
        found += list(_blocks(record))[::-1]
        if len(found) >= MOST:
            break
    return sorted(found[:MOST], key=lambda block: block["state"] != "running")


def _blocks(record: Path) -> Iterator[dict[str, Any]]:
    begun: str | None = None
    for line in _lines(record):
        if "begin" in line:
            begun = str(line["begin"])
        elif isinstance(line.get("end"), Mapping):
            begun = None
            yield _ended(line["end"], record.parent.name)
    if begun is not None:
        running = _lives(record.parent / "lock")
        yield {
            "name": begun,
            "run": record.parent.name,
            "state": "running" if running else "stopped",
            "since_ns": _changed_ns(record) if running else None,
            "step": None,
            "verdict": None,
            "why": "" if running else "its process ended before it did",
        }


def _ended(told: Mapping[str, Any], run: str) -> dict[str, Any]:
    where = f"@{told['controller']}" if told.get("controller") else ""
    steps = told.get("steps") or [{}]
    deciding = next((s for s in steps if s.get("verdict") == told["verdict"]), steps[-1])
    return {
        "name": f"{told['procedure']}{where}/{told['block']}",
        "run": run,
        "state": "done",
        "since_ns": None,
        "step": deciding.get("text"),
        "verdict": told["verdict"],
        "why": told.get("why") or "",
    }


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
