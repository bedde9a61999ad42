"""The record of a commissioning run as it lies in its folder, in the order in which it was planned.

Plain JSON is read here, as docs/reference/procedures.md says it: who runs procedures is not asked.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import BadInput

NAME = "commission.jsonl"
UNFINISHED = "no verdict"
ORDER = ("fail", "inconclusive", "blocked", UNFINISHED, "pass", "skipped")
"""Verdicts, from what needs somebody's eye most to what needs none."""
_NONE_NAMED = "not recorded"
_READ = re.compile(r"value \[(.*)\]")
_HASHED = ("fmus", "maps", "outside", "procedures")
"""What a run was of, by name and SHA-256."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a block: times in [s] since the block began."""

    number: int
    text: str
    verdict: str
    begin_s: float
    end_s: float
    why: str
    requirement: str
    action: str
    """What it does: `set`, `force`, `expect`..."""
    point: str | None
    """The one that is expected to lie between `low` and `high` [SI]; None is open."""
    low: float | None
    high: float | None
    read: str = ""
    """What somebody read on site, with its unit; with what instrument, and who it was."""
    instrument: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a procedure on one controller; `lasted_s` of plant time [s]."""

    anchor: str
    key: str
    procedure: str
    controller: str | None
    name: str
    verdict: str
    why: str
    requirements: tuple[str, ...]
    """What it proves; of a block without steps, what the others of its procedure prove."""
    steps: tuple[Step, ...]
    lasted_s: float
    trace: str
    writes: int

    @property
    def trial(self) -> str:
        """Its procedure and the controller that is tried."""
        return f"{self.procedure}@{self.controller}" if self.controller else self.procedure


@dataclass(frozen=True, slots=True)
class Record:
    """A run: what it is of, its blocks, and whether the last line was cut off."""

    folder: Path
    told: Mapping[str, Any]
    blocks: tuple[Block, ...]
    torn: bool
    sha256: str
    logged: int = 0
    """Lines that the audit log had before it: those of others [-]."""


def read_record(folder: Path) -> Record:
    """The record in `folder`, also of a run that goes on or was killed.

    Raises:
        BadInput: there is none, or it is not the record of a run.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    whole, _, rest = data.rpartition(b"\n")
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
        if not lines:
            raise BadInput(f"{path}: nothing is recorded yet")
        told = _clean(lines[0]["run"])
        told |= _groups(told)
        ends = [_clean(line["end"]) for line in lines if "end" in line]
        begins = [line for line in lines if "begin" in line]
        begun = {str(line["begin"]) for line in begins}
        logged = int(begins[0].get("logged", 0)) if begins else 0
        blocks = _blocks([str(key) for key in told["blocks"]], ends, begun)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise BadInput(f"{path}: is not the record of a run: {why}") from None
    return Record(folder, told, blocks, bool(rest), hashlib.sha256(data).hexdigest(), logged)


def read_block(end: Mapping[str, Any]) -> Block:
    """One block by itself, from what its record says of its end."""
    return _block(_key(end), "b1", _clean(end), {})


def _groups(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the identity holds by name; empty of what an older run did not write down."""
    flat = {name: dict(told.get(name) or {}) for name in (*_HASHED, "titles", "options")}
    deep = {
        name: {str(k): dict(v or {}) for k, v in dict(told.get(name) or {}).items()}
        for name in ("controllers", "devices")
    }
    return flat | deep | {"instruments": [dict(i) for i in told.get("instruments") or ()]}


def worst(verdicts: Iterable[str]) -> str:
    """The one that decides; of none at all, skipped."""
    return min(verdicts, key=ORDER.index, default="skipped")


def requirements_of(text: str) -> tuple[str, ...]:
    """`HP-03, HP-04` one by one."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _blocks(
    planned: Sequence[str], ends: Sequence[Mapping[str, Any]], begun: set[str]
) -> tuple[Block, ...]:
    done = {_key(end): end for end in ends}
    proves: dict[str, dict[str, None]] = {}
    for end in done.values():
        for step in end["steps"]:
            of = proves.setdefault(end["procedure"], {})
            of.update(dict.fromkeys(requirements_of(step["requirement"])))
    return tuple(
        _block(key, f"b{i}", done.get(key) or _open(key, key in begun), proves)
        for i, key in enumerate(dict.fromkeys((*planned, *done)), 1)
    )


def _block(
    key: str, anchor: str, end: Mapping[str, Any], proves: Mapping[str, Iterable[str]]
) -> Block:
    steps = tuple(_step(i, step) for i, step in enumerate(end["steps"], 1))
    own = dict.fromkeys(r for step in steps for r in requirements_of(step.requirement))
    if not steps:
        own = dict.fromkeys(proves.get(end["procedure"], ()))
    return Block(
        anchor,
        key,
        str(end["procedure"]),
        None if end["controller"] is None else str(end["controller"]),
        str(end["block"]),
        _verdict(end["verdict"]),
        str(end["why"]),
        tuple(own) or (_NONE_NAMED,),
        steps,
        float(end["lasted_s"]),
        str(end["trace"]),
        int(end["writes"]),
    )


def _step(number: int, step: Mapping[str, Any]) -> Step:
    figures = step["figures"]
    return Step(
        number,
        str(step["text"]),
        _verdict(step["verdict"]),
        float(step["begin_s"]),
        float(step["end_s"]),
        str(step["why"]),
        str(step["requirement"]),
        str(step["action"]),
        None if figures.get("point") is None else str(figures["point"]),
        _number(figures.get("low")),
        _number(figures.get("high")),
        _read(figures),
        str(figures.get("instrument") or ""),
        str(figures.get("by") or ""),
    )


def _read(figures: Mapping[str, Any]) -> str:
    """`1.9 bar` of a step that a person did."""
    found = _READ.fullmatch(next((name for name in figures if _READ.fullmatch(name)), ""))
    if found is None or figures[found.group()] is None:
        return ""
    value = figures[found.group()]
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"{text} {found.group(1)}" if found.group(1) != "-" else text


def _open(key: str, begun: bool) -> dict[str, Any]:
    """A block that was planned and has no verdict."""
    trial, _, block = key.partition("/")
    procedure, _, controller = trial.partition("@")
    why = "was begun, and its end is not recorded" if begun else "was not begun"
    return {
        "procedure": procedure, "controller": controller or None, "block": block,
        "verdict": UNFINISHED, "why": why, "steps": (), "lasted_s": 0.0, "trace": "", "writes": 0,
    }  # fmt: skip


def _key(end: Mapping[str, Any]) -> str:
    where = f"@{end['controller']}" if end["controller"] else ""
    return f"{end['procedure']}{where}/{end['block']}"


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) else None


def _verdict(word: str) -> str:
    if word not in ORDER:
        raise ValueError(f"unknown verdict {word!r}")
    return word


def _clean(plain: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """The same with None for numbers that are none, and text that any file can hold."""
    match plain:
        case str():
            return plain.encode(errors="backslashreplace").decode()
        case float():
            return plain if math.isfinite(plain) else None
        case dict():
            return {_clean(key): _clean(value) for key, value in plain.items()}
        case list():
            return [_clean(value) for value in plain]
    return plain
