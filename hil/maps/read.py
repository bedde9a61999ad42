"""A file of another to points: its format by its content, read by the module of that format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hil.maps.draft import Findings
from hil.maps.finish import Imported, finish
from hil.maps.homeassistant import read_home_assistant
from hil.maps.numbers import Notation
from hil.maps.read_csv import rows_of_csv, text_of_bytes
from hil.maps.read_xlsx import rows_of_xlsx
from hil.maps.sheet import Told, read_table
from hil.maps.sunspec import read_sunspec
from hil.maps.telegraf import read_telegraf
from hil.maps.wot import read_wot
from twin.errors import BadInput, unknown

FORMATS: Final = ("xlsx", "csv", "telegraf", "homeassistant", "sunspec", "wot")
MOST_BYTES: Final = 50_000_000


@dataclass(frozen=True)
class Options:
    """What the user says of a file; see the options of `hukka map import`."""

    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    notation: Notation | None = None
    base: int | None = None
    sheet: str | None = None
    device: str | None = None
    address: int | None = None
    length: int | None = None
    skip: bool = False


def import_map(path: Path, options: Options | None = None) -> tuple[Imported, str]:
    """Points and remarks of a file, and the format that it has.

    Raises:
        BadInput: it cannot be read or breaks rules; one line a mistake, each with its place.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise BadInput(f"{path}: must be at most {MOST_BYTES} bytes")
    return import_bytes(path.name, data, options)


def import_bytes(file: str, data: bytes, options: Options | None = None) -> tuple[Imported, str]:
    """As `import_map`, of what a file holds."""
    options = options or Options()
    chosen = options.format or format_of(file, data)
    findings = Findings(file)
    match chosen:
        case "xlsx" | "csv":
            _tables(chosen, findings, data, options)
        case "telegraf":
            read_telegraf(findings, data)
        case "homeassistant":
            read_home_assistant(findings, data)
        case "sunspec":
            read_sunspec(findings, data, options.address, options.length)
        case "wot":
            read_wot(findings, data, options.base)
        case _:
            raise unknown("--from", "format", chosen, FORMATS)
    imported = finish(findings, device=options.device, fill=options.fill, skip=options.skip)
    return imported, chosen


def format_of(file: str, data: bytes) -> str:
    """The format of a file, by what it holds.

    Raises:
        BadInput: it is none that is read here.
    """
    if data[:2] == b"PK":
        return "xlsx"
    text = text_of_bytes(file, data[:200_000] if data[:2] != b"\xff\xfe" else data)
    begin = text.lstrip()[:1]
    if begin in ("{", "["):
        if re.search(r'"(modv|modbus):|"@context"|"forms"', text):
            return "wot"
        if re.search(r'"group"\s*:', text):
            return "sunspec"
    if re.search(r"^\s*\[\[?\s*inputs\.modbus", text, re.MULTILINE):
        return "telegraf"
    if re.search(
        r"^(- |\s*)(modbus|sensors|binary_sensors|switches|climates)\s*:", text, re.MULTILINE
    ):
        return "homeassistant"
    if begin and re.search(r"[,;\t]", text):
        return "csv"
    raise BadInput(f"{file}: none of {', '.join(FORMATS)}; say --from if it is one")


def _tables(chosen: str, findings: Findings, data: bytes, options: Options) -> None:
    told = Told(options.columns, options.fill, options.notation, options.base)
    file = findings.file
    if data.lstrip(b"\xef\xbb\xbf").startswith(b"#!"):
        raise BadInput(f"{file}: is a register map already, with a header of its own")
    if chosen == "csv":
        found = [read_table(rows_of_csv(file, data), told, findings)]
    else:
        sheets = rows_of_xlsx(file, data, options.sheet)
        found = [read_table(rows, told, findings) for _, rows in sheets]
    if not any(found):
        rule = "no row names an address and one column more; say --columns address=WORD"
        raise BadInput(f"{file}: {rule}")
