"""A maker's table, from CSV or XLSX alike: its header row, and a draft of every row below."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from hil.maps.draft import Findings
from hil.maps.header import columns_of, complete, position
from hil.maps.numbers import Notation, Place, notation_of, place_of
from hil.maps.words import (
    ORDER_WORDS,
    TABLE_WORDS,
    TYPE_WORDS,
    access_of,
    order_of,
    table_of,
    type_of,
)
from twin.errors import did_you_mean
from twin.registers.point import KINDS

_TEXT_WORD: Final = r"(string|str|char|ascii|text)(\[\])?"
"""Text that does not say how long it is."""
_INTERVAL: Final = r"\[(.+)(?:;|,\s)(.+)\]|\[([^,]+),([^,]+)\]"
"""`[-50, 150]`; a comma without a space parts the two only where there is no other."""
_BETWEEN: Final = r"\s*(?:\.\.\.?|…|–|\bto\b|\bbis\b|(?<=[0-9])\s*-)\s*"
HEADER_WITHIN: Final = 60
"""Rows in which the header row is looked for."""
Rows = Sequence[tuple[str, list[str]]]
"""Place and cells of every row."""


@dataclass(frozen=True)
class Told:
    """What the user says of a table: header words of columns, what addresses mean, what is empty.

    `base` is what plain addresses count from, `notation` whether they are 4xxxx numbers.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    notation: Notation | None = None
    base: int | None = None


def read_table(rows: Rows, told: Told, findings: Findings) -> bool:
    """Add what a table holds to `findings`; False when it has no header row with an address."""
    start, columns = _header(rows, told)
    if start is None:
        return False
    place, header = rows[start]
    columns = complete(columns, header, place, told.columns, findings)
    body = [(place, cells) for place, cells in rows[start + 1 :] if any(map(str.strip, cells))]
    addresses = [cell for _, cells in body if (cell := _cell(cells, columns["address"]))]
    notation = told.notation or notation_of(addresses)
    _say_notation(notation, place, told, findings)
    for place, cells in body:
        if not _cell(cells, columns["address"]):
            findings.remark(place, "has no address: not a point")
            continue
        _Line(place, cells, columns, findings, told).add(notation)
    return True


def _header(rows: Rows, told: Told) -> tuple[int | None, dict[str, int]]:
    for i, (place, cells) in enumerate(islice(rows, HEADER_WITHIN)):
        if found := columns_of(cells):
            return i, found
        if "address" in told.columns and told.columns["address"] in cells:
            return i, {"address": position(told.columns["address"], "address", cells, place)}
    return None, {}


def _say_notation(notation: Notation, place: str, told: Told, findings: Findings) -> None:
    if told.notation is None and notation == "modicon":
        text = "addresses are taken as 4xxxx numbers: 40001 is hr 0; else say --numbers plain"
        findings.remark(place, text)
    if notation == "plain" and told.base is None:
        text = "addresses are taken as counting from 0; else say --base 1"
        findings.remark(place, text)


def _cell(cells: Sequence[str], i: int) -> str:
    return cells[i].strip() if i < len(cells) else ""


class _Line:
    """One row: cells by our columns, mistakes with place, value, rule."""

    def __init__(
        self,
        place: str,
        cells: Sequence[str],
        columns: Mapping[str, int],
        findings: Findings,
        told: Told,
    ) -> None:
        self.place, self.findings, self.told = place, findings, told
        self.said = {name: _cell(cells, i) for name, i in columns.items()}
        self.said = {name: cell for name, cell in self.said.items() if cell}
        self.wrong = False

    def add(self, notation: Notation) -> None:
        """Put the row among the drafts, unless something of it was refused."""
        where = place_of(self.said["address"], notation, self.told.base or 0)
        if where is None:
            rule = "must be a 4xxxx number" if notation == "modicon" else "must be an address"
            self.refuse("address", f"{rule}, or a range of up to 126 of them")
            return
        cells: dict[str, str | None] = dict(self.said)
        table = self.table(where)
        cells |= {
            "address": str(where.address),
            "table": table,
            "type": self.type(where, table),
            "order": self.word("order", order_of, ORDER_WORDS),
            "access": self.word("access", access_of, ("r", "w", "rw")),
            "bit": self.said.get("bit") or (None if where.bit is None else str(where.bit)),
            "enum": self.enum(),
            "desc": self.said.get("desc"),
        }
        for name in ("scale", "offset", "min", "max", "poll", "ramp"):
            cells[name] = self.number(name)
        if (divisor := self.number("divisor")) is not None:
            if float(divisor) == 0:
                self.refuse("divisor", "must not be 0")
            else:
                cells["scale"] = repr(1 / float(divisor))
        cells |= self.range()
        cells.setdefault("name", cells["desc"] or f"{table}_{where.address}")
        cells.pop("count", None)
        cells.pop("range", None)
        cells.pop("divisor", None)
        if not self.wrong:
            self.findings.add(self.place, cells)

    def refuse(self, column: str, rule: str) -> None:
        self.wrong = True
        name = self.said.get("name", "(no name)")
        self.findings.mistake(f"{self.place} {name}.{column}", self.said.get(column, ""), rule)

    def word(
        self, column: str, known: Callable[[str], str | None], words: Iterable[str]
    ) -> str | None:
        said = self.said.get(column)
        if said is None:
            return None
        found = known(said)
        if found is None:
            self.refuse(column, f"unknown {column}{did_you_mean(said, words)}")
        return found

    def table(self, where: Place) -> str | None:
        table = self.word("table", table_of, TABLE_WORDS) or self.told.fill.get("table")
        if where.table is not None and table is not None and table != where.table:
            rule = f"the number says {where.table}; if it is no 4xxxx number, say --numbers plain"
            self.refuse("table", rule)
        if table is None and where.table is None and not self.wrong:
            self.refuse("table", "which table it lies in is not said: --fill table=hr for all")
        return where.table or table

    def type(self, where: Place, table: str | None) -> str | None:
        count = where.count or self.count()
        if count is not None and re.fullmatch(_TEXT_WORD, self.said.get("type", "").casefold()):
            return f"string{2 * count}"
        kind = self.word("type", type_of, TYPE_WORDS)
        if kind is None and table in ("co", "di"):
            kind = "bool"
        if kind is None and not self.wrong and "type" not in self.told.fill:
            self.refuse("type", "what type it is, is not said: --fill type=uint16 for all")
        if kind is not None and kind in KINDS and count not in (None, KINDS[kind].registers):
            rule = f"{kind} takes {KINDS[kind].registers} registers and {count} are given"
            self.refuse("type", rule)
        placed = where.bit is not None or "bit" in self.said or "bit" in self.told.fill
        if kind == "bool" and table in ("hr", "ir") and not placed:
            self.refuse("bit", "which bit of the register it is, is not said")
        return kind

    def count(self) -> int | None:
        text = self.said.get("count", "")
        return int(text) if re.fullmatch(r"[0-9]{1,3}", text) and int(text) else None

    def number(self, column: str) -> str | None:
        said = self.said.get(column)
        if said is None or said in ("-", "–", "n/a"):
            return None
        found = number_of(said)
        if found is None:
            self.refuse(column, doubt_of(said) or "must be a number such as 0.1, 1/10 or 10^-1")
        elif column == "scale" and abs(float(found)) > 1:
            text = "a scale above 1 multiplies the raw number: see whether the maker means so"
            self.findings.remark(self.place, text)
        return found

    def range(self) -> dict[str, str]:
        """Min and max of a cell such as `-50..150` or `[-50, 150]`."""
        said = self.said.get("range", "")
        if said in ("", "-", "N/A") or "min" in self.said or "max" in self.said:
            return {}
        if match := re.fullmatch(_INTERVAL, said):
            ends = [end for end in match.groups() if end]
        else:
            ends = re.split(_BETWEEN, said, maxsplit=1)
        low, high = (number_of(ends[0]), number_of(ends[1])) if len(ends) == 2 else (None, None)
        if low is None or high is None:
            doubt = next(filter(None, map(doubt_of, ends)), None)
            text = f"the range {said!r} is not read as min and max{f': {doubt}' if doubt else ''}"
            self.findings.remark(self.place, text)
            return {}
        return {"min": low, "max": high}

    def enum(self) -> str | None:
        """`0=off, 1=on` or `0: off; 1: on` as a map has it; else it is kept with the text."""
        said = self.said.get("enum")
        if said is None:
            return None
        parts = [part.strip() for part in re.split(r"[|;\n]|,(?=\s*[0-9-])", said)]
        pairs = [
            re.fullmatch(r"(-?[0-9]{1,10}|0x[0-9a-fA-F]{1,8})\s*[=:–-]\s*(.+)", p)
            for p in parts
            if p
        ]
        if pairs and all(pairs):
            return "|".join(f"{m[1]}={m[2]}" for m in pairs if m)
        self.findings.remark(self.place, f"the values {said[:60]!r} are kept in desc only")
        self.said["desc"] = f"{self.said.get('desc', '')} {said}".strip()
        return None


def number_of(text: str) -> str | None:
    """A number as a maker writes it (`0,1`, `1/10`, `/10`, `10^-1`), as ours; None for none."""
    text = _bare(text)
    if match := re.fullmatch(r"(1?)\s*[/÷]\s*([0-9]{1,9})", text):
        return repr(1 / int(match[2])) if int(match[2]) else None
    if match := re.fullmatch(r"10\s*\^\s*\(?([+-]?[0-9]{1,2})\)?", text):
        return f"1e{int(match[1])}"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text) and not doubt_of(text):
        text = text.replace(",", ".")
    if re.fullmatch(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?", text):
        return text
    return None


def doubt_of(text: str) -> str | None:
    """What to ask of `1,000`, which is 1000 to one maker and 1 to the next; None of other text."""
    text = _bare(text)
    if not re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", text):
        return None
    thousands, decimals = text.replace(",", ""), text.replace(",", ".")
    return f"thousands or a decimal comma? write {thousands} or {decimals}"


def _bare(text: str) -> str:
    """Without what makers put in front of a factor."""
    return text.strip().replace("−", "-").lstrip("*×").strip()
