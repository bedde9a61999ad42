"""Names of columns held against names of signals: words in common, units that can be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hil.trend.mapping import si_of
from hil.trend.words import name_and_unit
from twin.errors import BadInput
from twin.site.model import Site
from twin.trend.units import scale_of

SURE: Final = 0.55
"""Share of words in common from which a match is taken [-] (assumed)."""
MARGIN: Final = 0.05
"""By so much it must be better than any other signal's [-] (assumed)."""

_SAME: Final[Mapping[str, str]] = {
    "t": "temperature", "temp": "temperature", "temperatur": "temperature", "tmp": "temperature",
    "m": "flow", "mass": "flow", "massflow": "flow", "flowrate": "flow", "p": "power",
    "el": "electric", "electrical": "electric", "electricity": "electric", "q": "heat",
    "dp": "pressure", "press": "pressure", "diff": "pressure", "hp": "heat_pump",
    "heatpump": "heat_pump", "dh": "district", "sup": "supply", "flowtemp": "supply",
    "vorlauf": "supply", "ruecklauf": "return", "rücklauf": "return",
    "ret": "return", "rtn": "return",
    "outside": "outdoor", "oat": "outdoor", "ambient": "outdoor", "outdoors": "outdoor",
    "ground": "soil", "cond": "condensing", "condenser": "condensing", "evap": "evaporating",
    "evaporator": "evaporating", "net": "network", "src": "source", "cmd": "u", "command": "u",
    "setpoint": "u", "signal": "u", "comp": "compressor", "fan": "fan", "thermal": "heat",
    "demand": "delivered", "load": "delivered", "server": "it", "servers": "it",
}  # fmt: skip
_PLAIN: Final = {"measured", "command", "value", "sensor", "the", "of", "pv", "av", "ai", "ao"}


@dataclass(frozen=True)
class Match:
    """A column and the signal or command that it was taken for; `score` of the words [-]."""

    target: str
    score: float
    second: str | None
    """Another one that is as good, so that nothing is taken."""


def match(site: Site, names: Sequence[str], units: Sequence[str | None]) -> dict[str, Match]:
    """The best signal or command for each column that has one, each taken once."""
    targets = [*site.signals, *site.commands]
    scores: list[tuple[float, str, str]] = []
    for name, unit in zip(names, units, strict=True):
        fitting = [t for t in targets if unit is None or _unit_fits(site, t, unit)]
        scores += [(s, name, t) for t in fitting if (s := score(name, t)) > 0.0]
    scores.sort(key=lambda s: (-s[0], s[1], s[2]))
    found: dict[str, Match] = {}
    taken: set[str] = set()
    for value, name, target in scores:
        if name in found or target in taken or value < SURE:
            continue
        rivals = [t for s, n, t in scores if n == name and t != target and s > value - MARGIN]
        rivals = [t for t in rivals if t not in taken]
        found[name] = Match(target, value, rivals[0] if rivals and value < 1.0 else None)
        if found[name].second is None:
            taken.add(target)
    return found


def score(column: str, target: str) -> float:
    """Share of words that two names have in common [-]; 1 for the same name."""
    plain = column.rpartition(":")[0] if column.endswith((":measured", ":command")) else column
    if re.sub(r"[^a-z0-9]", "", plain.casefold()) == re.sub(r"[^a-z0-9]", "", target.casefold()):
        return 1.0
    bare, _ = name_and_unit(plain)
    if re.sub(r"[^a-z0-9]", "", bare.casefold()) == re.sub(r"[^a-z0-9]", "", target.casefold()):
        return 1.0
    a, b = _words(bare), _words(target)
    return len(a & b) / max(1.0, len(a | b)) * 0.99


def _words(name: str) -> set[str]:
    apart = re.sub(r"([a-zäöü0-9])([A-Z])", r"\1 \2", name)
    words = [w.casefold() for w in re.split(r"[^0-9A-Za-zÀ-ÿ]+", apart) if w]
    found: set[str] = set()
    for word in words:
        found |= set(_SAME.get(word, word).split("_"))
    return found - _PLAIN


def _unit_fits(site: Site, target: str, unit: str) -> bool:
    try:
        scale_of(unit, si_of(site, target), 1000.0)
    except BadInput:
        return False
    return True
