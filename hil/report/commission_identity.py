"""What a commissioning run was of: site, controllers, devices, instruments, and hashes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hil.report.commission_audit import Audit
from hil.report.commission_data import Block, Record
from hil.report.numbers import span, words
from hil.report.remarks import Remarks
from hil.report.summary import Table
from twin.site.amounts import MISSING

_NS = 1e9
_HASHES = {
    "fmus": "FMU", "maps": "register map", "outside": "weather or load", "procedures": "procedure"
}  # fmt: skip
_SILENT = "does not say"
_OWN_COLUMN = ("vendor", "product", "product_code", "revision")


def identity(record: Record, audit: Audit, remarks: Remarks, hukka: str) -> dict[str, Any]:
    """What was run, on what, and how to know it again."""
    told = record.told
    groups = (*_HASHES, "options", "controllers", "devices", "instruments")
    return {
        "run": record.folder.resolve().name,
        "site": str(told.get("site", "")),
        "site_sha256": told.get("site_sha256", ""),
        **{name: told[name] for name in groups},
        "tried": sorted({b.controller for b in record.blocks if b.controller}),
        "run_by": f"hukka {told['hukka']}" if told.get("hukka") else "",
        "first_utc": audit.lines[0].utc if audit.lines else "",
        "last_utc": audit.lines[-1].utc if audit.lines else "",
        "by": sorted({line.who for line in audit.lines}),
        "record_sha256": record.sha256,
        "notes_sha256": remarks.sha256,
        "report_by": f"hukka {hukka}",
    }


def identity_table(told: Mapping[str, Any]) -> Table:
    """The run in words."""
    rows = [
        ("site", told["site"]),
        ("run folder", told["run"]),
        ("carried out by", ", ".join(told["by"]) or "not recorded"),
        ("carried out with", told["run_by"] or "not recorded"),
        *(_option(name, value) for name, value in sorted(told["options"].items())),
        ("report drawn by", told["report_by"]),
    ]
    return Table("Run", (), tuple((name, str(text)) for name, text in rows), numeric_from=9)


def hash_table(told: Mapping[str, Any]) -> Table:
    """SHA-256 of all that decides what a run is."""
    rows = [("record of the run", told["record_sha256"])]
    rows += [("notes", told["notes_sha256"])] if told["notes_sha256"] else []
    rows += [("site file", told["site_sha256"])]
    for group, kind in _HASHES.items():
        rows += [(f"{kind} {name}", text) for name, text in sorted(told[group].items())]
    table = tuple((name, str(text)) for name, text in rows)
    return Table("SHA-256", (), table, numeric_from=9)


def controller_table(record: Record, audit: Audit) -> Table:
    """The controllers that were tried: what the site says of them, and what was done to them."""
    rows = []
    for name in sorted({b.controller for b in record.blocks if b.controller}):
        own = [b for b in record.blocks if b.controller == name]
        site = record.told["controllers"].get(name, {})
        lines = [line for line in audit.lines if line.device == name]
        unit = site.get("unit") or next((line.unit for line in lines if line.unit), MISSING)
        procedures = str(len({b.procedure for b in own}))
        counts = (procedures, str(len(own)), str(sum(b.writes for b in own)))
        kind = f"{site['type']}, {site['role']}" if {"type", "role"} <= set(site) else MISSING
        register_map = str(site.get("map", MISSING))
        address = next((line.address for line in lines if line.address), "")
        via = _reached(site, address, record.told["options"])
        rows.append((name, kind, register_map, via, str(unit), *counts))
    head = ("controller", "type, role", "register map", "reached by", "unit",
            "procedures", "blocks", "writes")  # fmt: skip
    empty = "none: no procedure is of a controller"
    return Table("Controllers", head, tuple(rows), 4, empty)


def device_table(record: Record) -> Table:
    """What controllers say of themselves when they are asked who they are."""
    devices: Mapping[str, Mapping[str, Any]] = record.told["devices"]
    rows = tuple(
        (
            name,
            _said(said, "vendor"),
            _said(said, "product", "product_code"),
            _said(said, "revision"),
            _said(said, *_serials(said)),
            ", ".join(f"{words(k)}: {v}" for k, v in sorted(said.items()) if _is_other(k, said)),
        )
        for name, said in sorted(devices.items())
    )
    head = ("controller", "vendor", "product", "firmware", "serial number", "also")
    empty = "Nobody asked the controllers who they are (Modbus function 43/14)."
    return Table("Devices, as they say it themselves", head, rows, 9, empty)


def instrument_table(told: Mapping[str, Any], blocks: Sequence[Block]) -> Table:
    """Instruments with their certificates; one that had expired when it was used stands out."""
    used = _used(blocks)
    rows: list[tuple[str, ...]] = []
    bad: list[int] = []
    for one in told["instruments"]:
        name = str(one.get("id") or MISSING)
        why = _void(one.get("expires"), told["last_utc"])
        bad += [len(rows)] if why else []
        expires = f"✗ {why}" if why else str(one.get("expires") or "not recorded")
        own = (str(one.get(key) or MISSING) for key in ("kind", "serial", "certificate"))
        rows.append((name, *own, expires, ", ".join(used.pop(name, [])) or "nothing"))
    for name, where in used.items():
        bad.append(len(rows))
        cells = ("✗ not among the instruments of the run", *[MISSING] * 3)
        rows.append((name, *cells, ", ".join(where)))
    head = ("instrument", "kind", "serial number", "certificate", "valid until", "used for")
    return Table("Instruments", head, tuple(rows), 9, "none was used", (0,), tuple(bad))


def instrument_notes(told: Mapping[str, Any], blocks: Sequence[Block]) -> list[str]:
    """Of instruments that should not have been used, or are not known."""
    used = _used(blocks)
    known = {str(one.get("id")): one for one in told["instruments"]}
    found = []
    for name in used:
        if name not in known:
            found.append(f"Instrument {name} was used and is not among those of the run.")
        elif why := _void(known[name].get("expires"), told["last_utc"]):
            found.append(f"Instrument {name} was used, and its certificate: {why}.")
    return found


def _used(blocks: Sequence[Block]) -> dict[str, list[str]]:
    """Steps by the instrument that was used for them."""
    found: dict[str, list[str]] = {}
    for block in blocks:
        for step in block.steps:
            if step.instrument:
                place = f"{block.key} step {step.number}"
                found.setdefault(step.instrument, []).append(place)
    return found


def _void(expires: object, last_utc: str) -> str:
    """Why a certificate that is valid until `expires` does not count; empty if it does."""
    if not expires:
        return ""
    try:
        end = date.fromisoformat(str(expires)[:10])
    except ValueError:
        return f"{expires} is no date"
    if not last_utc:
        return ""
    return f"expired {end}" if end < date.fromisoformat(last_utc[:10]) else ""


def _reached(site: Mapping[str, Any], address: str, options: Mapping[str, Any]) -> str:
    """`emulated, tcp`, or the link of a real one and what is at its end."""
    if site and not site.get("emulated", True):
        return f"{site.get('link')}, {address or site.get('transport')}"
    return f"emulated, {options.get('transport') or 'not recorded'}"


def _said(said: Mapping[str, Any], *keys: str) -> str:
    return ", ".join(str(said[key]) for key in keys if said.get(key)) or _SILENT


def _serials(said: Mapping[str, Any]) -> list[str]:
    return [key for key in said if "serial" in key.casefold()]


def _is_other(key: str, said: Mapping[str, Any]) -> bool:
    return bool(said[key]) and key not in _OWN_COLUMN and key not in _serials(said)


def _option(name: str, value: object) -> tuple[str, str]:
    if name.endswith("_ns") and isinstance(value, int | float):
        return words(name.removesuffix("_ns")), span(value / _NS)
    if isinstance(value, list):
        return words(name), ", ".join(map(str, value)) or "none"
    return words(name), "none" if value is None else str(value)
