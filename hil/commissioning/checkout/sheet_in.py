"""A sheet that somebody filled in: what was read on site, by whom, with which instrument."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hil.commissioning.checkout.form import Form, Item
from hil.commissioning.checkout.row import COLUMNS
from hil.commissioning.checkout.sheet_out import ENDINGS
from hil.maps.read_csv import rows_of_csv
from hil.maps.read_xlsx import rows_of_xlsx
from hil.maps.sheet import Rows
from twin.errors import BadInput, did_you_mean, refuse, unknown
from twin.registers import Point

_NEEDED: Final = ("controller", "point")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Filled:
    """What a person wrote in a row; numbers in the unit of the point."""

    place: str
    reference: float | str | None = None
    shown: float | str | None = None
    """What the controller showed then."""
    tolerance: float | None = None
    checked_by: str = ""
    instrument: str = ""
    remark: str = ""


def read_sheet(path: Path, forms: Sequence[Form]) -> dict[tuple[str, str], Filled]:
    """What is filled in, by controller and point.

    Raises:
        BadInput: no such file or no sheet of these points; with place and column.
    """
    rows = _rows(path)
    at = next((i for i, (_, cells) in enumerate(rows) if any(map(str.strip, cells))), None)
    if at is None:
        raise BadInput(f"{path}: is empty")
    columns = _columns(*rows[at])
    items = {form.name: {i.point.name: i for i in form.items} for form in forms}
    found: dict[tuple[str, str], Filled] = {}
    for place, cells in rows[at + 1 :]:
        said = {n: cells[i].strip() if i < len(cells) else "" for n, i in columns.items()}
        if not any(said.values()):
            continue
        item = _item(place, said, items)
        key = item.row.key
        if key in found:
            first = found[key].place.rpartition(":")[2]
            raise refuse(f"{place} point", said["point"], f"is already in row {first}")
        found[key] = _filled(place, said, item)
    return found


def _rows(path: Path) -> Rows:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise refuse("--sheet", str(path), f"must end in {' or '.join(ENDINGS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise refuse("--sheet", str(path), f"cannot be read: {error.strerror}") from None
    if ending == ".csv":
        return rows_of_csv(str(path), data)
    return next((rows for _, rows in rows_of_xlsx(str(path), data)), [])


def _columns(place: str, header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, cell in enumerate(header):
        name = re.sub(r"[\s_]+", "_", cell.strip().casefold())
        if not name:
            continue
        if name not in COLUMNS:
            raise unknown(place, "column", cell.strip(), COLUMNS)
        if name in found:
            raise refuse(f"{place} column", cell.strip(), "is there twice")
        found[name] = i
    for name in _NEEDED:
        if name not in found:
            raise BadInput(f"{place}: no column {name!r}")
    return found


def _item(place: str, said: Mapping[str, str], items: Mapping[str, Mapping[str, Item]]) -> Item:
    controller, name = said["controller"], said["point"]
    if controller not in items:
        raise unknown(f"{place} controller", "controller", controller, items)
    if name not in items[controller]:
        hint = did_you_mean(name, items[controller])
        raise BadInput(f"{place} point: {controller} has no point {name!r}{hint}")
    item = items[controller][name]
    if "unit" in said and said["unit"] != item.row.unit:
        rule = f"the map has {item.row.unit or 'no unit'}: convert the numbers, not the column"
        raise refuse(f"{place} unit", said["unit"], rule)
    return item


def _filled(place: str, said: Mapping[str, str], item: Item) -> Filled:
    tolerance = _number(f"{place} tolerance", said.get("tolerance", ""))
    if tolerance is not None and tolerance < 0.0:
        raise refuse(f"{place} tolerance", said["tolerance"], "must be 0 or more")
    reference = _value(f"{place} reference_reading", said.get("reference_reading", ""), item.point)
    shown = None
    if reference is not None:  # else nobody asks what was shown then
        shown = _value(f"{place} scaled", said.get("scaled", ""), item.point)
    return Filled(
        place, reference, shown, tolerance,
        said.get("checked_by", ""), said.get("instrument", ""), said.get("remark", ""),
    )  # fmt: skip


def _value(place: str, text: str, point: Point) -> float | str | None:
    """A number [point.unit], a word of the point, or its text."""
    if not text or point.is_text:
        return text or None
    if point.is_bit:
        words = {"on": "on", "true": "on", "1": "on", "off": "off", "false": "off", "0": "off"}
        if text.casefold() not in words:
            raise unknown(place, "word", text, words)
        return words[text.casefold()]
    if point.enum:
        words = {w.casefold(): w for w in point.enum.values()}
        words |= {str(number): word for number, word in point.enum.items()}
        if text.casefold() not in words:
            raise unknown(place, "word", text, point.enum.values())
        return words[text.casefold()]
    return _number(place, text)


def _number(place: str, text: str) -> float | None:
    if not text:
        return None
    plain = text.replace("−", "-")
    value = float(plain.replace(",", ".")) if _NUMBER.fullmatch(plain) else math.nan
    if not math.isfinite(value):
        raise refuse(place, text, "must be a number such as 21.5 or 21,5, without its unit")
    return value
