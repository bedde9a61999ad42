"""Words of exports: units in headers, states in cells, and what a number with blanks in it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from hil.maps.words import unit_of as map_unit_of
from hil.trend.decimals import decimal_in, either, grouped, with_words
from twin.trend.order import BAD, EMPTY, VALUE
from twin.trend.units import Scale, Unit, file_units

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
_PLAIN: Final = Scale(1.0, 0.0)
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


class Meaning(NamedTuple):
    """What a cell says that is not a plain number."""

    value: float
    state: int
    known: bool = True
    doubtful: bool = False
    """Whether its one mark was taken to part thousands, and might begin decimals."""


_UNKNOWN: Final = Meaning(float("nan"), BAD, known=False)


def meanings(
    texts: Sequence[str], decimal: str, words: Mapping[str, float], unit: Unit | None
) -> list[Meaning]:
    """What each of the texts of a column says, in its `unit`; None: any unit is as good."""
    plain = {k.casefold(): v for k, v in words.items()}
    other = "," if decimal == "." else "."
    # beside 21.5 nobody knows what 1.048 is where commas begin decimals
    clash = any(decimal_in(with_words(text)[0]) == other for text in texts)
    found = [_meaning(text.strip(), decimal, plain, unit) for text in texts]
    return [_UNKNOWN if m.doubtful and clash else m for m in found]


def scale_behind(word: str, unit: Unit | None) -> Scale | None:
    """From the unit written behind a number to that of its column; None where there is no way."""
    written = unit_of(word) if word.strip() else None
    if written is None:
        return None
    return _PLAIN if unit is None else unit.scale_from(written)


def _meaning(text: str, decimal: str, words: Mapping[str, float], unit: Unit | None) -> Meaning:
    folded = text.casefold()
    if folded in words:
        return Meaning(words[folded], VALUE)
    if folded in _NOTHING:
        return Meaning(float("nan"), EMPTY)
    if folded in _STATES:
        return Meaning(_STATES[folded], VALUE)
    if folded in ("nan", "#n/a", "inf", "-inf", "bad", "fault", "error", "{fault}", "{down}"):
        return Meaning(float("nan"), BAD)
    plain = text.replace("\u2212", "-")
    if (found := _number(plain, decimal)) is not None:
        return found
    number, word = with_words(plain)
    scale, found = scale_behind(word, unit), _number(number, decimal)
    if scale is None or found is None or found.state != VALUE:
        return _UNKNOWN
    return found._replace(value=scale.factor * found.value + scale.offset)


def _number(text: str, decimal: str) -> Meaning | None:
    doubtful = either(text)
    parted = grouped(decimal).fullmatch(text)
    if parted:
        text = text.replace(parted["part"], "")
    if "_" in text:  # Python would read 1_000 as a number
        return None
    try:
        number = float(text.replace(decimal, "."))
    except ValueError:
        return None
    if number - number != 0.0:
        return Meaning(float("nan"), BAD)
    return Meaning(number, VALUE, doubtful=doubtful not in (None, decimal))
