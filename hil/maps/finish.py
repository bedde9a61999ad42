"""Drafts to points, by the rules that hold for every map; what does not fit is said or refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hil.maps.draft import Draft, Findings, Remark
from hil.maps.words import unit_of
from twin.errors import BadInput, did_you_mean
from twin.registers.map_row import COLUMNS, Row, check_together
from twin.registers.point import Point


@dataclass(frozen=True)
class Imported:
    """The points of a file, and its remarks in the order of their rows."""

    points: list[Point]
    remarks: list[Remark]
    left_out: int


def finish(
    findings: Findings,
    *,
    device: str | None = None,
    fill: Mapping[str, str] | None = None,
    skip: bool = False,
) -> Imported:
    """Points of what an importer found.

    `device` picks one of several, `fill` gives what empty cells of a column mean. With `skip`
    rows that break a rule are left out with a remark instead of refusing the file.

    Raises:
        BadInput: mistakes, one line each; no points; several devices and none picked.
    """
    given = dict(fill or {})
    for column in given:
        if column not in COLUMNS:
            raise BadInput(f"--fill {column}: unknown column{did_you_mean(column, COLUMNS)}")
    drafts = _of_device(findings, device)
    remarks, mistakes = list(findings.remarks), list(findings.mistakes)
    points, places = _points(drafts, given, remarks, mistakes)
    points = _consistent(points, places, mistakes)
    if mistakes and not skip:
        raise BadInput("\n".join(mistakes))
    remarks += [Remark(findings.file, f"left out: {line}") for line in mistakes]
    if not points:
        told = "\n".join(str(remark) for remark in remarks)
        raise BadInput(f"{findings.file}: has no points{told and chr(10)}{told}")
    return Imported(points, remarks, len(mistakes))


def _of_device(findings: Findings, device: str | None) -> list[Draft]:
    known = list(dict.fromkeys(draft.device for draft in findings.drafts))
    if device is not None:
        if device not in known:
            hint = did_you_mean(device, [name for name in known if name])
            raise BadInput(f"{findings.file}: --device {device!r}: unknown device{hint}")
        return [draft for draft in findings.drafts if draft.device == device]
    if len(known) > 1:
        names = ", ".join(repr(name) for name in known[:20])
        raise BadInput(
            f"{findings.file}: holds {len(known)} devices, pick one by --device: {names}"
        )
    return findings.drafts


def _points(
    drafts: list[Draft], fill: Mapping[str, str], remarks: list[Remark], mistakes: list[str]
) -> tuple[list[Point], list[str]]:
    """Points with their places; `Point.line` is the index of its place."""
    points: list[Point] = []
    places: list[str] = []
    names: dict[str, str] = {}
    taken: set[str] = set()
    for draft in drafts:
        cells = {**fill, **{name: cell for name, cell in draft.cells.items() if cell}}
        _name(cells, draft.place, names, taken, remarks)
        _unit(cells, draft.place, remarks)
        _limits(cells, draft.place, remarks)
        point = Row(draft.place, len(places), cells, mistakes, 0).point()
        places.append(draft.place)
        if point is not None:
            points.append(point)
    return [replace(p, scale_ref=names.get(p.scale_ref or "", p.scale_ref)) for p in points], places


def _name(
    cells: dict[str, str],
    place: str,
    names: dict[str, str],
    taken: set[str],
    remarks: list[Remark],
) -> None:
    """A name by our rules, of its own; the maker's is kept in `desc`."""
    said = cells.get("name", "")
    plain = "_".join(re.findall(r"[A-Za-z0-9_.]+", said)).strip(".")[:60]
    if plain and not re.match(r"[A-Za-z_]", plain):
        plain = f"p_{plain}"
    if not plain:  # Row says that it has no name
        return
    name, count = plain, 1
    while name in taken:
        count += 1
        name = f"{plain}_{count}"
    if count > 1:
        remarks.append(Remark(place, f"the name {said!r} comes again: {name}"))
    names.setdefault(said, name)
    taken.add(name)
    if name != said and count == 1 and said not in cells.get("desc", ""):
        cells["desc"] = f"{said}: {cells['desc']}" if cells.get("desc") else said
    cells["name"] = name


def _unit(cells: dict[str, str], place: str, remarks: list[Remark]) -> None:
    said = cells.get("unit")
    if said is None:
        return
    unit = unit_of(said)
    if unit is None:
        remarks.append(
            Remark(place, f"{cells.get('name', '?')}: unit {said!r} is kept in desc only")
        )
        cells["desc"] = f"{cells.get('desc', '')} [{said}]".strip()
    cells["unit"] = unit or "-"


def _limits(cells: dict[str, str], place: str, remarks: list[Remark]) -> None:
    """A number that may be written and has no limits is read only, until somebody gives them."""
    if "w" not in cells.get("access", "") or cells.get("type") == "bool":
        return
    free = cells.get("type", "").startswith("string") or cells.get("tag") == "heartbeat"
    if cells.get("table") in ("ir", "di"):
        remarks.append(
            Remark(place, f"{cells.get('name', '?')}: no master can write an input: access r")
        )
    elif not free and not (cells.get("min") and cells.get("max")):
        name = cells.get("name", "?")
        text = f"{name}: may be written and has no min and max: access r until it has"
        remarks.append(Remark(place, text))
    else:
        return
    cells["access"] = "r"


def _consistent(points: list[Point], places: list[str], mistakes: list[str]) -> list[Point]:
    """The points that can be in one map; of two that clash the later one goes."""
    while True:
        clashes = check_together(points, lambda point: places[point.line])
        for point, column, rule in clashes:
            found = getattr(point, column)
            mistakes.append(f"{places[point.line]} {point.name}.{column} = {found!r}: {rule}")
        if not clashes:
            return points
        gone = {clash.point.line for clash in clashes}
        points = [point for point in points if point.line not in gone]
