"""Definitions of SunSpec models: those that most devices have, and the alliance's own files.

`sunspec_models.csv` has the layouts of the common model (1), inverters (101 to 103, 111 to 113,
160) and meters (201 to 204, 211 to 214), written down from SunSpec's information model;
descriptions are ours. Every other model comes from a folder of the alliance's JSON files, which
the user brings.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hil.maps.structured import json_of
from twin.errors import BadInput

_TABLE: Final = Path(__file__).with_name("sunspec_models.csv")


def definition_of(model: int, folder: Path | None) -> tuple[str, object] | None:
    """File and definition of a model, of `folder` (or its `json/`) before those known here.

    None where nobody knows it.

    Raises:
        BadInput: the file of `folder` cannot be read, or is no JSON.
    """
    if folder is not None:
        for path in (folder / f"model_{model}.json", folder / "json" / f"model_{model}.json"):
            if path.is_file():
                return path.name, json_of(path.name, _read(path))
    known = _known().get(model)
    return None if known is None else (f"model {model}", known)


def check_folder(folder: Path) -> None:
    """BadInput unless `folder` holds files of models."""
    if not any(folder.glob("model_*.json")) and not any(folder.glob("json/model_*.json")):
        raise BadInput(f"--models {folder}: holds no model_*.json, nor does its folder json")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None


@cache
def _known() -> Mapping[int, Mapping[str, Any]]:
    """Definitions in the form of the alliance's files, by model id."""
    found: dict[int, dict[str, Any]] = {}
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for model in map(int, row["models"].split()):
                _points_of(found.setdefault(model, {"id": model}), row["group"]).append(_entry(row))
    return found


def _points_of(definition: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Where the points of a group are listed: `mppt`, or `mppt module*N` for one that repeats."""
    name, _, inner = path.partition(" ")
    head = [{"name": "ID", "type": "uint16"}, {"name": "L", "type": "uint16"}]
    group = definition.setdefault("group", {"name": name, "points": head, "groups": []})
    if inner:
        name, _, count = inner.partition("*")
        if not group["groups"]:
            group["groups"].append({"name": name, "count": count, "points": []})
        group = group["groups"][0]
    points: list[dict[str, Any]] = group["points"]
    return points


def _entry(row: Mapping[str, str]) -> dict[str, Any]:
    kind, _, size = row["type"].partition(":")
    entry: dict[str, Any] = {"name": row["name"], "type": kind, "label": row["desc"]}
    if size:
        entry["size"] = int(size)
    for ours, theirs in (("sf", "sf"), ("unit", "units")):
        if row[ours]:
            entry[theirs] = row[ours]
    if row["symbols"]:
        words = (word.partition("=") for word in row["symbols"].split("|"))
        entry["symbols"] = [{"name": name, "value": int(value)} for name, _, value in words]
    return entry
