"""Home Assistant's `modbus:` section: sensors, switches, climates and their kin.

Source: documentation of the integration (modbus: platforms, data_type, swap, virtual_count).
"""

import re
from collections.abc import Mapping
from typing import Final

from hil.maps.draft import Findings
from hil.maps.structured import Tree
from hil.maps.yaml_tree import yaml_of
from twin.registers.point import KINDS

_MOST_REGISTERS: Final = 125
"""Registers of one read, and so of one sensor [-]."""

_INPUTS: Final = {
    "holding": "hr", "input": "ir", "coil": "co", "discrete_input": "di", "discrete": "di",
    "holdings": "hr", "coils": "co",
}  # fmt: skip
_SWAPS: Final = {"none": "ABCD", "byte": "BADC", "word": "CDAB", "word_byte": "DCBA"}
_TYPES: Final = {
    **{kind: kind for kind in KINDS if kind[-2:] in ("16", "32", "64") and kind[0] != "b"},
    "int": "int16", "uint": "uint16", "float": "float32", "string": "string",
    "custom": "custom", "float16": "float16", "int8": "int8", "uint8": "uint8",
}  # fmt: skip
_MODES: Final = {
    "hvac_mode_register": "mode", "fan_mode_register": "fan", "swing_mode_register": "swing",
}  # fmt: skip
_STRUCT: Final = {
    kind.code: name
    for name, kind in KINDS.items()
    if name[-2:] in ("16", "32", "64") and not kind.bcd
}
_NOT_READ: Final = {"float16", "int8", "uint8"}
_MOST: Final = 2000
_TOGGLES: Final = ("switches", "lights", "fans")
_PLATFORMS: Final = ("sensors", "binary_sensors", *_TOGGLES, "climates", "covers")


def read_home_assistant(findings: Findings, data: bytes) -> None:
    """Add the entities of every hub; a device is `HUB/UNIT`."""
    value, lines = yaml_of(findings.file, data)
    root = Tree(findings, value, lines=lines)
    if isinstance(value, Mapping) and "modbus" in value:
        root = root.get("modbus")
    for hub in root.list():
        name = hub.get("name").text() or "modbus_hub"
        for platform in _PLATFORMS:
            for entity in hub.get(platform).list():
                units = [entity.get(key).whole() for key in ("slave", "device_address")]
                unit = next((u for u in units if u is not None), 0)
                _entity(platform, entity, f"{name}/{unit}")


def _entity(platform: str, entity: Tree, device: str) -> None:
    match platform:
        case "sensors":
            _sensor(entity, device)
        case "binary_sensors":
            _binary(entity, device)
        case "climates":
            _climate(entity, device)
        case "covers":
            _cover(entity, device)
        case _:
            _toggle(entity, device)


def _common(entity: Tree) -> dict[str, object]:
    poll = entity.get("scan_interval").number()
    return {"name": entity.get("name").text(), "poll": poll or None}


def _count(entity: Tree) -> int:
    """How many entities follow one another: the first and its virtual ones."""
    found = [entity.get(key) for key in ("virtual_count", "slave_count")]
    for tree in found:
        extra = tree.whole()
        if extra is not None:
            if 0 <= extra <= _MOST:
                return extra + 1
            tree.wrong(f"must be 0 to {_MOST}")
    return 1


def _sensor(entity: Tree, device: str) -> None:
    numbers = _structure(entity)
    if len(numbers) > 1:
        _several(entity, numbers, device)
        return
    kind = _type(entity)
    table = entity.get("input_type").word(_INPUTS, "holding")
    if kind is None or table is None:
        return
    cells = _common(entity) | {"table": _INPUTS[table], "type": kind}
    cells |= _number_cells(entity)
    cells["nan"] = _sentinel(entity.get("nan_value").value, kind)
    address, name = entity.get("address").whole(), cells["name"]
    if kind.startswith("string"):
        cells |= {"unit": None, "scale": None, "offset": None}
    width = KINDS[kind].registers if kind in KINDS else 0
    for i in range(_count(entity)):
        cells |= {"address": None if address is None else address + i * width}
        cells["name"] = name if i == 0 else f"{name}_{i}"
        entity.findings.add(entity.place, cells, device)


def _structure(entity: Tree) -> list[str]:
    """The numbers of a `structure` such as '>2Hf', in their order; none where it has others."""
    text = entity.get("structure").value
    if entity.get("data_type").value != "custom" or not isinstance(text, str):
        return []
    parts = re.findall(r"(\d{0,3})([a-zA-Z])", text[1:])
    if not re.fullmatch(r"[>!](?:\d{0,3}[a-zA-Z])+", text):
        return []
    codes = [code for count, code in parts for _ in range(int(count or 1))]
    if len(codes) > _MOST_REGISTERS or not all(code in _STRUCT for code in codes):
        return []
    return [_STRUCT[code] for code in codes]


def _several(entity: Tree, kinds: list[str], device: str) -> None:
    """One sensor of several numbers, one behind another: a point each."""
    table = entity.get("input_type").word(_INPUTS, "holding")
    address, name = entity.get("address").whole(), entity.get("name").text()
    if table is None:
        return
    registers = sum(KINDS[kind].registers for kind in kinds)
    if entity.get("count").whole() not in (None, registers):
        entity.get("count").wrong(f"its structure takes {registers} registers")
        return
    for i, kind in enumerate(kinds):
        cells = _common(entity) | _number_cells(entity) | {"table": _INPUTS[table], "type": kind}
        cells |= {"name": f"{name}_{i}", "address": address}
        entity.findings.add(entity.place, cells, device)
        address = None if address is None else address + KINDS[kind].registers


def _sentinel(said: object, kind: str) -> object:
    """What stands for "no value": a whole number beyond the type is its bit pattern."""
    if not isinstance(said, int) or kind not in KINDS or not KINDS[kind].integer:
        return said
    return f"{said:#x}" if KINDS[kind].high < said < 1 << 64 else said


def _number_cells(entity: Tree) -> dict[str, object]:
    swap = entity.get("swap").word(_SWAPS, "none")
    return {
        "order": None if swap is None else _SWAPS[swap],
        "scale": entity.get("scale").number(),
        "offset": entity.get("offset").number(),
        "unit": entity.get("unit_of_measurement").text(),
    }


def _type(entity: Tree) -> str | None:
    word = entity.get("data_type").word(_TYPES, "int16")
    if word in _NOT_READ:
        entity.get("data_type").wrong(
            "is not read here: which byte or form it has is not documented"
        )
        return None
    if word == "string":
        count = entity.get("count").whole()
        if count is None:
            entity.get("count").wrong("a string needs its count of registers")
            return None
        return f"string{2 * count}"
    if word == "custom":
        structure = entity.get("structure").text() or ""
        match = re.fullmatch(r"[>!]([a-zA-Z])", structure)
        if match is None or match[1] not in _STRUCT:
            entity.get("structure").wrong("only big-endian numbers such as '>f' or '>3H' are read")
            return None
        return _STRUCT[match[1]]
    if word is None:
        return None
    kind, count = _TYPES[word], entity.get("count").whole()
    if count not in (None, KINDS[kind].registers):
        rule = f"{word} takes {KINDS[kind].registers} registers: name the type that is meant"
        entity.get("count").wrong(rule)
        return None
    return kind


def _binary(entity: Tree, device: str) -> None:
    word = entity.get("input_type").word(_INPUTS, "coil")
    if word is None:
        return
    table = _INPUTS[word]
    cells = _common(entity) | {"table": table, "type": "bool"}
    address, name, count = entity.get("address").whole(), cells["name"], _count(entity)
    if table in ("hr", "ir"):
        cells["bit"] = 0
        if count > 1:
            entity.remark(f"{name}: its virtual sensors on registers are not read here")
            count = 1
    for i in range(count):
        cells["address"] = None if address is None else address + i
        cells["name"] = name if i == 0 else f"{name}_{i}"
        entity.findings.add(entity.place, cells, device)


def _toggle(entity: Tree, device: str) -> None:
    word = entity.get("write_type").word(_INPUTS, "holding")
    if word is None:
        return
    table = _INPUTS[word]
    cells = _common(entity) | {"table": table, "access": "rw"}
    cells["address"] = entity.get("address").whole()
    if table == "co":
        cells["type"] = "bool"
    else:
        on, off = entity.get("command_on").whole(), entity.get("command_off").whole()
        on, off = 1 if on is None else on, 0 if off is None else off
        cells |= {"type": "uint16", "enum": f"{off}=off|{on}=on"}
    entity.findings.add(entity.place, cells, device)
    verify = entity.get("verify")
    if isinstance(verify.value, Mapping) and verify.get("address").value is not None:
        entity.remark(f"{cells['name']}: the address of its verify is not read here")


def _climate(entity: Tree, device: str) -> None:
    kind = _type(entity)
    table = entity.get("input_type").word(_INPUTS, "holding")
    if kind is None or table is None:
        return
    name = entity.get("name").text()
    shared = _number_cells(entity) | {"type": kind, "unit": _degrees(entity)}
    cells = _common(entity) | shared
    cells |= {"table": _INPUTS[table], "address": entity.get("address").whole()}
    entity.findings.add(entity.place, cells, device)
    target = entity.get("target_temp_register")
    if type(target.value) is int:
        low, high = entity.get("min_temp").number(), entity.get("max_temp").number()
        for key in ("scale", "offset"):
            own = entity.get(f"target_temp_{key}").number()
            shared |= {} if own is None else {key: own}
        setpoint = {**shared, "name": f"{name}_target", "table": "hr", "address": target.value}
        setpoint |= {"access": "rw", "min": low, "max": high, "tag": "setting"}
        entity.findings.add(target.place, setpoint, device)
    elif target.value is not None:
        target.remark(f"{name}: only one register for the target is read here")
    for key, word in _MODES.items():
        _mode(entity.get(key), f"{name}_{word}", device)
    on_off = entity.get("hvac_onoff_register").whole()
    if on_off is not None:
        cells = {"name": f"{name}_on", "table": "hr", "type": "uint16", "access": "rw"}
        cells |= {"address": on_off, "enum": "0=off|1=on", "tag": "setting"}
        entity.findings.add(entity.get("hvac_onoff_register").place, cells, device)


def _mode(mode: Tree, name: str, device: str) -> None:
    """A register of a climate that holds one of some modes; a mode may have several numbers."""
    if mode.value is None:
        return
    words = [
        f"{number.value}={word}"
        for word, tree in mode.get("values").object().items()
        for number in (tree.list() if isinstance(tree.value, list) else [tree])
        if type(number.value) is int
    ]
    address = mode.get("address")
    numbers = address.list() if isinstance(address.value, list) else [address]  # fans have a list
    cells: dict[str, object] = {"name": name, "table": "hr", "type": "uint16", "access": "rw"}
    cells |= {"address": numbers[0].whole() if numbers else None}
    cells |= {"enum": "|".join(words), "tag": "setting"}
    mode.findings.add(mode.place, cells, device)


def _degrees(entity: Tree) -> str:
    return "degC" if entity.get("temperature_unit").value in (None, "C") else "degF"


def _cover(entity: Tree, device: str) -> None:
    word = entity.get("input_type").word(_INPUTS, "holding")
    if word is None:
        return
    table = _INPUTS[word]
    cells = _common(entity) | {"table": table, "access": "rw"}
    cells |= {"address": entity.get("address").whole()}
    cells["type"] = "bool" if table == "co" else "uint16"
    entity.findings.add(entity.place, cells, device)
    if entity.get("status_register").value is not None:
        entity.remark(f"{cells['name']}: its status_register is not read here")
