"""A map as Telegraf's `inputs.modbus` in the metric style, which alone has bits and text.

Source: documentation of the plugin (inputs.modbus, metric configuration style).
"""

import json
from collections import defaultdict
from typing import Final

from hil.maps.draft import Remark
from hil.maps.export import lost
from twin.registers.point import BIT_TABLES, Point
from twin.registers.register_map import RegisterMap

_TABLES: Final = {"co": "coil", "di": "discrete", "hr": "holding", "ir": "input"}
_LOST: Final = (
    "unit", "access", "poll", "min", "max", "ramp", "nan", "enum", "nv", "tag", "default", "desc",
)  # fmt: skip


def to_telegraf(register_map: RegisterMap) -> tuple[str, list[Remark]]:
    """Configuration text, and what it does not hold.

    A point whose value would come out wrong is left out: one with an offset, a scale that is read
    from the device, decimal digits, or bits that Telegraf cannot name.
    """
    remarks: list[Remark] = []
    groups: defaultdict[str, list[Point]] = defaultdict(list)
    for point in register_map.points.values():
        why = _unfit(point)
        if why is None:
            groups[_order(point)].append(point)
        else:
            place = f"{register_map.file}:{point.line}"
            remarks.append(Remark(place, f"{point.name}: {why}: left out"))
    name = register_map.file.removesuffix(".csv")
    lines = [
        "[[inputs.modbus]]",
        f"  name = {json.dumps(name)}",
        "  slave_id = 1",
        f'  timeout = "{round(register_map.header.timeout * 1000)}ms"',
        '  controller = "tcp://localhost:502"',
        '  configuration_type = "metric"',
    ]
    for order, points in groups.items():
        lines += ["", "  [[inputs.modbus.metric]]", "    slave_id = 1"]
        lines += [f'    byte_order = "{order}"', "    fields = ["]
        lines += [f"      {_field(point)}," for point in points]
        lines.append("    ]")
    kept = [point for points in groups.values() for point in points]
    return "\n".join(lines) + "\n", remarks + lost(register_map, kept, _LOST)


def _unfit(point: Point) -> str | None:
    if point.scale_ref is not None:
        return "its scale is read from the device"
    if point.offset != 0.0:
        return "its offset has no place"
    if not point.is_text and point.kind.bcd:
        return "packed decimals are not known"
    if point.type in ("int16", "uint16") and point.part is not None:
        return "a range of bits is not known"
    return None


def _order(point: Point) -> str:
    """Orders that differ on one register only have two names there: the first of each pair."""
    if point.table in BIT_TABLES:
        return "ABCD"
    one = point.registers == 1 or point.is_text
    swapped = point.order in ("BADC", "DCBA")
    return ("DCBA" if swapped else "ABCD") if one else point.order


def _field(point: Point) -> str:
    cells: dict[str, object] = {"register": _TABLES[point.table], "address": point.address}
    cells["name"] = point.name
    if point.table in BIT_TABLES:
        pass
    elif point.is_bit:
        cells |= {"type": "BIT", "bit": point.bit}
    elif point.is_text:
        cells |= {"type": "STRING", "length": point.registers}
    elif point.type in ("int8", "uint8"):
        cells["type"] = f"{point.type.upper()}{'H' if point.bit == 8 else 'L'}"
    else:
        cells["type"] = point.type.upper()
    if point.scale != 1.0:
        cells["scale"] = point.scale
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in cells.items()) + " }"
