"""Words of exports: units in headers, states in cells, and what a number with blanks in it is."""

import re
from typing import Final

from hil.maps.words import unit_of as map_unit_of
from twin.trend.order import BAD, EMPTY, VALUE
from twin.trend.units import file_units

_NOTHING: Final = frozenset(["null", "none", "-", "--", "---", "n/a", "na", ""])
_STATES: Final = {
    "on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "active": 1.0,
    "inactive": 0.0, "running": 1.0, "run": 1.0, "stopped": 0.0, "stop": 0.0, "open": 1.0,
    "closed": 0.0, "enabled": 1.0, "disabled": 0.0, "ein": 1.0, "aus": 0.0, "päällä": 1.0,
    "pois": 0.0,
}  # fmt: skip
_UNITS: Final = {
    "°f": "degF", "f": "degF", "degf": "degF", "deg f": "degF", "fahrenheit": "degF", "℉": "degF",
    "lpm": "l/min", "l/h": "l/h", "lph": "l/h", "m3h": "m3/h", "usgpm": "gpm", "psig": "psi",
    "t/h": "t/h", "‰": "per mille", "degc": "degC", "cel": "degC", "kpa": "kPa", "mpa": "MPa",
    "kw": "kW", "mw": "MW", "0/1": "-", "bool": "-", "ratio": "-",
}  # fmt: skip
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f'.,]\d{3})+(?:[.,]\d+)?")
_IN_BRACKETS: Final = re.compile(r"\s*[\[({]\s*([^\[\](){}]{0,16}?)\s*[\])}]\s*$")


def unit_of(word: str) -> str | None:
    """Our unit of a word in a header or behind a number; None where there is none."""
    word = word.strip()
    if not word:
        return None
    if word in file_units():
        return word
    return _UNITS.get(word.casefold()) or map_unit_of(word)


def name_and_unit(header: str) -> tuple[str, str | None]:
    """`Supply (°C)`, `Supply [°C]`, `Supply, °C`, `T_supply_degC`: the name and our unit."""
    if match := _IN_BRACKETS.search(header):
        name = header[: match.start()].strip()
        if (unit := unit_of(match[1])) is not None and name:
            return name, unit
    for mark in (",", "/", " ", "_"):
        name, found, last = header.rpartition(mark)
        unit = unit_of(last) if found and name.strip() else None
        if unit is not None and (mark != "_" or len(last) > 1) and not last.strip().isdigit():
            if mark == "/":  # `Flow m3/h` is one word behind the blank
                continue
            return name.strip(" ,_"), unit
    return header.strip(), None


def meaning(text: str, decimal: str, words: dict[str, float]) -> tuple[float, int, bool]:
    """Number, state, and whether it was understood, of a cell that is not a plain number."""
    folded = text.strip().casefold()
    if folded in words:
        return words[folded], VALUE, True
    if folded in _NOTHING:
        return float("nan"), EMPTY, True
    if folded in _STATES:
        return _STATES[folded], VALUE, True
    if folded in ("nan", "#n/a", "inf", "-inf", "bad", "fault", "error", "{fault}", "{down}"):
        return float("nan"), BAD, True
    plain = folded.replace("\u2212", "-")
    try:
        return _finite(plain.replace(decimal, ".") if decimal == "," else plain)
    except ValueError:
        pass
    if _GROUPED.fullmatch(plain):
        kept = "".join(c for c in plain if c.isdigit() or c in "+-" or c == decimal)
        try:
            return _finite(kept.replace(decimal, "."))
        except ValueError:
            pass
    return float("nan"), BAD, False


def _finite(text: str) -> tuple[float, int, bool]:
    number = float(text)
    if number - number != 0.0:
        return float("nan"), BAD, True
    return number, VALUE, True
