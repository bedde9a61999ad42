"""A map as a W3C Thing Description with Modbus forms.

What the binding has no word for is in terms of our own (`hukka:`), which others ignore: they get
the raw number of a scaled point, and a remark says so.
"""

import json
from typing import Any, Final

from hil.maps.draft import Remark
from hil.maps.wot import ENTITIES, MODBUS_URI, OWN, OWN_COLUMNS, OWN_URI, TYPES
from hil.maps.write import cells_of
from twin.registers.point import BIT_TABLES, Point
from twin.registers.register_map import RegisterMap

_ENTITY_OF: Final = {table: entity for entity, table in ENTITIES.items()}
_XSD_OF: Final = {kind: xsd for xsd, kind in TYPES.items()}
_BASE: Final = "modbus+tcp://localhost:502"


def to_wot(register_map: RegisterMap) -> tuple[str, list[Remark]]:
    """JSON text of a Thing Description, and what others will not understand of it."""
    name = register_map.file.removesuffix(".csv")
    points = register_map.points.values()
    thing = {
        "@context": [
            "https://www.w3.org/2022/wot/td/v1.1",
            {"modv": MODBUS_URI, "xsd": "http://www.w3.org/2001/XMLSchema#", "hukka": OWN_URI},
        ],
        "title": name,
        "id": f"urn:hukka:{name}",
        "securityDefinitions": {"nosec_sc": {"scheme": "nosec"}},
        "security": "nosec_sc",
        "properties": {point.name: _property(point) for point in points},
    }
    own = [p.name for p in points if not _is_plain(p)]
    remarks = []
    if own:
        some = ", ".join(own[:3]) + (f" and {len(own) - 3} more" if len(own) > 3 else "")
        text = f"scale, offset, bits and sentinels are terms that only hukka reads: {some}"
        remarks.append(Remark(register_map.file, text))
    return json.dumps(thing, indent=2, ensure_ascii=False) + "\n", remarks


def _is_plain(point: Point) -> bool:
    """Whether the binding's own terms give the value of a point."""
    if point.table in BIT_TABLES or point.is_text:
        return True
    scaled = point.scale != 1.0 or point.offset != 0.0 or point.scale_ref is not None
    return not scaled and point.part is None and point.type in _XSD_OF and not point.sentinels


def _property(point: Point) -> dict[str, Any]:
    cells = cells_of(point)
    found: dict[str, Any] = {"type": _json_type(point)}
    if point.desc:
        found["description"] = point.desc
    if point.unit != "-":
        found["unit"] = point.unit
    found["readOnly"], found["writeOnly"] = point.access == "r", point.access == "w"
    dropped = {"access"}
    if _is_plain(point):
        for key, column in (("minimum", "min"), ("maximum", "max")):
            if (limit := getattr(point, column)) is not None:
                found[key] = limit
        dropped |= {"min", "max", "order"}
        if point.type in _XSD_OF or point.is_text:
            dropped.add("type")
    found |= {OWN + name: cells[name] for name in OWN_COLUMNS if name in cells.keys() - dropped}
    return found | {"forms": [_form(point)]}


def _json_type(point: Point) -> str:
    if point.is_text:
        return "string"
    if point.is_bit:
        return "boolean"
    whole = point.kind.integer and point.scale == 1.0 and point.scale_ref is None
    return "integer" if whole and point.offset == int(point.offset) else "number"


def _form(point: Point) -> dict[str, Any]:
    operations = {"r": ["readproperty"], "w": ["writeproperty"]}.get(
        point.access, ["readproperty", "writeproperty"]
    )
    form: dict[str, Any] = {
        "href": f"{_BASE}/1/{point.address}?quantity={point.registers}",
        "op": operations,
        "contentType": "application/octet-stream",
        "modv:entity": _ENTITY_OF[point.table],
        "modv:zeroBasedAddressing": True,
    }
    if point.table not in BIT_TABLES:
        word = "xsd:string" if point.is_text else _XSD_OF.get(point.type)
        form["modv:type"] = "xsd:hexBinary" if word is None or point.part else word
        form["modv:mostSignificantByte"] = point.order in ("ABCD", "CDAB")
        form["modv:mostSignificantWord"] = point.order in ("ABCD", "BADC")
    if point.poll is not None:
        form["modv:pollingTime"] = round(point.poll * 1000)
    return form
