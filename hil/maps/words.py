"""Words by which makers call units, types, orders, access and tables, to those of our maps.

The words are data: `words.csv`, a row a word of ours.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from twin.registers.point import KINDS, ORDERS, TABLES
from twin.signals import known_units

_TEXT = re.compile(r"(?:string|str|char|ascii|text)([0-9]{1,3})")
TYPE_WORDS: Final = (*KINDS, "bool", "string16")
ORDER_WORDS: Final = ORDERS
TABLE_WORDS: Final = (*TABLES, "coil", "discrete input", "holding register", "input register")
_AMBIGUOUS: Final = ("m", "M", "K", "k")
"""Beginnings of units whose case decides: mW and MW, K and k; those of `_SURE` do not."""
_SURE: Final = ("kW", "kWh", "kPa", "kV", "kVA", "kg/s", "kg/h", "mbar")


@cache
def words(kind: str) -> Mapping[str, str]:
    """Our word by each of theirs, of one kind: `column`, `type`, `order`, `access`..."""
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as text:
        return {
            word: row["ours"]
            for row in csv.DictReader(text)
            if row["kind"] == kind
            for word in row["theirs"].split("|")
        }


@cache
def _folded_units() -> Mapping[str, str]:
    sure = [unit for unit in known_units() if not unit.startswith(_AMBIGUOUS) or unit in _SURE]
    return {unit.casefold(): unit for unit in sure}


def unit_of(word: str) -> str | None:
    """Our unit of a word; None where there is none."""
    word = word.strip().strip("[]()").strip()
    if word in known_units():
        return word
    if not word:
        return "-"
    folded = word.casefold()
    return words("unit").get(folded) or _folded_units().get(folded)


def type_of(word: str) -> str | None:
    """Our type of a word such as `UINT16`, `DINT`, `Float 32`, `char[8]`; None: no such type."""
    plain = re.sub(r"[^a-z0-9]", "", word.casefold())
    if match := _TEXT.fullmatch(plain):
        return f"string{int(match[1])}"
    return plain if plain in KINDS else words("type").get(plain)


def order_of(word: str) -> str | None:
    """Our byte order of a word; None where there is none."""
    plain = re.sub(r"[^a-z]", "", word.casefold())
    return plain.upper() if plain.upper() in ORDERS else words("order").get(plain)


def access_of(word: str) -> str | None:
    """Our access of a word such as `R/W`, `RO`; None where there is none."""
    return words("access").get(re.sub(r"[^a-z]", "", word.casefold()))


def table_of(word: str) -> str | None:
    """Our table of a word such as `Holding Register`, `4x`, `FC03`; None where there is none.

    A bare number is a function code.
    """
    plain = re.sub(r"[^a-z0-9]", "", word.casefold())
    return plain if plain in TABLES else words("table").get(plain)
