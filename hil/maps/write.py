"""Points as cells of our CSV, and the CSV."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from hil.maps.draft import Remark, text_of
from hil.maps.finish import Imported
from twin.registers.map_row import COLUMNS
from twin.registers.point import Point

_LEFT_ALONE: Final = {
    "order": "ABCD", "scale": "1", "offset": "0", "unit": "-", "access": "r", "tag": "status",
}  # fmt: skip


def cells_of(point: Point) -> dict[str, str]:
    """The cells of a point, without those that say what an empty one means."""
    cells = {
        "name": point.name,
        "table": point.table,
        "address": str(point.address),
        "type": point.type,
        "order": point.order,
        "bit": _bits(point),
        "scale": _number(point.scale),
        "scale_ref": point.scale_ref or "",
        "offset": _number(point.offset),
        "unit": point.unit,
        "access": point.access,
        "nan": "|".join(_number(number) for number in _sentinels(point)),
        "enum": "|".join(f"{number}={_word(word)}" for number, word in point.enum.items()),
        "nv": "yes" if point.nv else "",
        "tag": point.tag,
        "desc": point.desc,
    }
    for name in ("poll", "min", "max", "ramp"):
        cells[name] = _number(getattr(point, name))
    default = point.default
    cells["default"] = default if isinstance(default, str) else _number(default)
    return {name: cells[name] for name in COLUMNS if cells[name] != _LEFT_ALONE.get(name, "")}


def csv_of(source: str, imported: Imported) -> str:
    """A map file: remarks at its top, then the points."""
    rows = [cells_of(point) for point in imported.points]
    used = [name for name in COLUMNS if any(name in cells for cells in rows)]
    out = io.StringIO()
    out.write(f"#! source: {text_of(source)}\n#! base: 0\n")
    for remark in _together(imported.remarks):
        out.write(f"# {text_of(remark)}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([cells.get(name, "") for name in used] for cells in rows)
    return out.getvalue()


def _together(remarks: Sequence[Remark]) -> list[str]:
    """Remarks as lines, the same sentence of many places once."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for remark in remarks:
        places[remark.text].append(remark.place)
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}: {text}"
        for text, found in places.items()
    ]


def _bits(point: Point) -> str:
    if point.part is None:
        return ""
    first, bits = point.part
    if point.is_bit:
        return str(first)
    return f"{first}-{first + bits - 1}"


def _sentinels(point: Point) -> list[float]:
    return [] if point.nan is None else [point.nan, *point.nan_also]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    whole = isinstance(value, int) or (abs(value) < 1e15 and value == int(value))
    return str(int(value)) if whole else repr(value)


def _word(word: str) -> str:
    return " ".join(word.replace("|", "/").split())
