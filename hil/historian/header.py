"""`run.json`: what ran, on what, with which outcome. Written whole or not at all."""

import json
import math
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hil.historian.columns import Column
from twin.errors import BadInput

SCHEMA: Final = 1
FILE = "run.json"

Status = Literal[
    "running", "done", "interrupted", "plant lost", "link lost", "failed", "recording stopped"
]
"""`running` in the file of a process that is gone means that it was killed."""

_PACKAGES = ("hukka", "fmpy", "numba", "numpy", "pymodbus", "pyserial")


class RunHeader(BaseModel):
    """What is known of a run when it begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str
    title: str = ""
    seed: int
    options: Mapping[str, Any] = Field(default_factory=dict)
    """Options of the command that matter for the result."""
    hashes: Mapping[str, str] = Field(default_factory=dict)
    """File name → SHA-256 of the FMUs, register maps and site file that were used."""
    parts: Mapping[str, str] = Field(default_factory=dict)
    """Part → its title, in the order of the heat's way; parts of columns need not be here."""
    notes: tuple[str, ...] = ()
    """What a reader of the results should know, such as a synthetic load."""


class RunFile(RunHeader):
    """The whole of `run.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA
    software: Mapping[str, str] = Field(default_factory=dict)
    columns: tuple[Column, ...]
    started: str
    """UTC, ISO 8601."""
    ended: str | None = None
    status: Status = "running"
    reason: str | None = None
    """What ended it early, as the user was told."""
    result: Mapping[str, Any] | None = None
    """The object that `--json` prints; None before the end."""
    trace_sha256: str | None = None


def software_versions() -> dict[str, str]:
    """Versions that can change a result: Python, the platform and the packages that matter."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write_header(folder: Path, header: RunFile) -> None:
    """Put `run.json` in place in one move; a reader sees the old one or the new one."""
    content = header.model_dump(mode="python")
    content["columns"] = [asdict(column) for column in header.columns]
    temporary = folder / f"{FILE}.part"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(_plain(content), file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)


def abandon(folder: Path, status: Status) -> None:
    """Give a run whose recorder is gone its end; a folder without a readable header stays."""
    try:
        header = read_header(folder)
    except BadInput:
        return
    if header.status == "running":
        # a full disk: what ended the run is what its user must see
        with suppress(OSError):
            write_header(folder, header.model_copy(update={"status": status}))


def _plain(value: object) -> object:
    """The same as JSON has words for: a number that is none becomes null, a path its text."""
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def read_header(folder: Path) -> RunFile:
    """The header of a run folder.

    Raises:
        BadInput: names the file and what is wrong with it.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{folder}: not a run folder, it holds no {FILE}") from None
    except NotADirectoryError:
        raise BadInput(f"{folder}: not a run folder but a file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    try:
        content = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{path}: broken JSON: {error}") from None
    return _validated(path, content)


def _validated(path: Path, content: object) -> RunFile:
    found = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(found, int) and found > SCHEMA:
        raise BadInput(f"{path}: schema_version = {found}: this hukka reads up to {SCHEMA}")
    try:
        return RunFile.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise BadInput(f"{path}: {place}: {first['msg']}") from None
