"""Telegraf's `inputs.modbus`, in its three styles: by register, by request, by metric.

Source: documentation of the plugin (inputs.modbus, sample configurations of the three styles).
"""

from typing import Final

from hil.maps.draft import Findings
from hil.maps.structured import Tree, toml_of
from twin.registers.point import KINDS

_REGISTER_TABLES: Final = {
    "coils": "co", "discrete_inputs": "di", "holding_registers": "hr", "input_registers": "ir",
}  # fmt: skip
_TABLES: Final = {"coil": "co", "discrete": "di", "holding": "hr", "input": "ir"}
_ORDERS: Final = {
    "AB": "ABCD", "BA": "DCBA", **{o: o for o in ("ABCD", "DCBA", "BADC", "CDAB")},
    "MSW-BE": "ABCD", "LSW-LE": "DCBA", "MSW-LE": "BADC", "LSW-BE": "CDAB",
}  # fmt: skip
_TYPES: Final = {
    "INT8L": ("int8", "0-7"), "INT8H": ("int8", "8-15"),
    "UINT8L": ("uint8", "0-7"), "UINT8H": ("uint8", "8-15"),
    **{kind.upper(): (kind, None) for kind in KINDS if kind[0] != "b" and kind[-1] != "8"},
}  # fmt: skip
_OLD_TYPES: Final = {
    **{name: kind for name, kind in _TYPES.items() if not name.startswith("FLOAT")},
    "FLOAT32-IEEE": ("float32", None), "FLOAT64-IEEE": ("float64", None),
}  # fmt: skip
_Kind = tuple[str, str | None]
"""Our type, and the bits of the register that it is."""
_FIXED: Final = {"FIXED": "int", "UFIXED": "uint", "FLOAT32": "uint"}
"""Types of the register style that are integers as wide as their addresses."""
_NOT_HERE: Final = ("FLOAT16", "FLOAT16-IEEE")


def read_telegraf(findings: Findings, data: bytes) -> None:
    """Add the fields of every `inputs.modbus` of a configuration; a device is `NAME/UNIT`."""
    root = Tree(findings, toml_of(findings.file, data))
    plugins = root.get("inputs").get("modbus")
    for plugin in plugins.list():
        name = plugin.get("name").text() or "modbus"
        unit = plugin.get("slave_id").whole()
        for key, table in _REGISTER_TABLES.items():
            for field in plugin.get(key).list():
                _register_field(field, table, f"{name}/{1 if unit is None else unit}")
        for request in plugin.get("request").list():
            device = f"{name}/{_unit(request, unit)}"
            table_of_all = request.get("register").word(_TABLES, "holding")
            order = _order(request)
            for field in request.get("fields").list():
                if table_of_all is not None and not field.get("omit").flag(False):
                    _field(field, _TABLES[table_of_all], order, device)
        for metric in plugin.get("metric").list():
            device = f"{name}/{_unit(metric, unit)}"
            order = _order(metric)
            for field in metric.get("fields").list():
                word = field.get("register").word(_TABLES, "holding")
                if word is not None:
                    _field(field, _TABLES[word], order, device)


def _order(part: Tree) -> str:
    return _ORDERS.get(part.get("byte_order").word(_ORDERS, "ABCD") or "ABCD", "ABCD")


def _unit(part: Tree, default: int | None) -> int:
    unit = part.get("slave_id").whole()
    return next((u for u in (unit, default) if u is not None), 1)


def _field(field: Tree, table: str, order: str, device: str) -> None:
    """A field of the request or the metric style, whose FLOAT32 is IEEE 754."""
    cells: dict[str, object] = {"name": field.get("name").text(), "table": table}
    cells["address"] = field.get("address").whole()
    if table in ("co", "di"):
        _add(field, {**cells, "type": "bool"}, device)
        return
    word = field.get("type").text()
    if word == "STRING":
        length = field.get("length").whole()
        swapped = order in ("DCBA", "BADC")
        cells |= {"type": f"string{2 * (length or 0)}", "order": "BADC" if swapped else "ABCD"}
    elif word == "BIT":
        bit = field.get("bit").whole() or 0
        swapped = order in ("DCBA", "BADC")
        cells |= {"type": "bool", "bit": bit, "order": "BADC" if swapped else "ABCD"}
    else:
        kind = _kind(field.get("type"), _TYPES)
        if kind is None:
            return
        cells |= {"type": kind[0], "bit": kind[1], "order": order}
        cells["scale"] = field.get("scale").number()
    _add(field, cells, device)


def _register_field(field: Tree, table: str, device: str) -> None:
    """A field of the register style: a list of addresses, and types of its own."""
    addresses = [item.whole() for item in field.get("address").list()]
    numbers = [address for address in addresses if address is not None]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(addresses))):
        field.get("address").wrong("must be neighbouring addresses that rise")
        return
    cells: dict[str, object] = {
        "name": field.get("name").text(), "table": table, "address": numbers[0],
    }  # fmt: skip
    if table in ("co", "di"):
        _add(field, {**cells, "type": "bool"}, device)
        return
    order = _order(field)
    word = field.get("data_type").value
    if word in ("STRING", "BIT"):
        bit = field.get("bit").whole() or 0
        text = word == "STRING"
        kind: _Kind = (f"string{2 * len(numbers)}", None) if text else ("bool", str(bit))
        order = "BADC" if order in ("DCBA", "BADC") else "ABCD"
    elif isinstance(word, str) and word in _FIXED:
        kind = (f"{_FIXED[word]}{16 * len(numbers)}", None)
        if word == "FLOAT32":
            field.remark("FLOAT32 is an unsigned integer in this style; a float is FLOAT32-IEEE")
    else:
        found = _kind(field.get("data_type"), _OLD_TYPES)
        if found is None:
            return
        kind = found
        if KINDS[kind[0]].registers != len(numbers):
            field.get("address").wrong(f"{word} takes {KINDS[kind[0]].registers} registers")
            return
    cells |= {"type": kind[0], "bit": kind[1], "order": order}
    cells["scale"] = _scale(field.get("scale"))
    _add(field, cells, device)


def _scale(scale: Tree) -> float | None:
    """A number; configurations of Telegraf's first versions have it as text."""
    try:
        return float(scale.value) if isinstance(scale.value, str) else scale.number()
    except ValueError:
        return scale.number()


def _kind(word: Tree, known: dict[str, _Kind]) -> _Kind | None:
    if word.value in _NOT_HERE:
        word.wrong("16-bit floats are not read here")
        return None
    if word.value is None:
        word.wrong("must be given")
        return None
    found = word.word(known)
    return None if found is None else known[found]


def _add(field: Tree, cells: dict[str, object], device: str) -> None:
    if cells.get("scale") == 0:
        cells["scale"] = None  # the plugin's "no scale"
    field.findings.add(field.place, cells, device)
