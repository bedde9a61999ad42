"""How urgent a fault of the twin is: by what follows if nobody does anything."""

import csv
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from twin.alarms.listed import Priority

BY_CONSEQUENCE: Mapping[str, Priority] = MappingProxyType(
    {
        "servers": "high",
        "heat": "high",
        "efficiency": "medium",
        "unknown": "medium",
        "sensor": "low",
        "link": "diagnostic",
    }
)
"""Harm to servers and heat that is not delivered first; what is only the desk's own last."""

_FILE = Path(__file__).with_name("consequences.csv")
_NUMBER = re.compile(r"\[\d+\]$")


@functools.cache
def consequences() -> Mapping[str, str]:
    """Fault (its last word, as in the catalogue of faults): what follows."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({r["fault"]: r["consequence"] for r in csv.DictReader(file)})


def consequence_of(fault: str | None) -> str:
    """What follows of a fault by its name: `unit2.condenser_fouling`, `T_consumer.bias`."""
    word = _NUMBER.sub("", fault or "").rpartition(".")[2]
    return consequences().get(word, "unknown")


def priority_of(fault: str | None, own: Mapping[str, Priority]) -> Priority:
    """Priority of a fault; `own` are the site's, by full name, last word or consequence."""
    name = fault or ""
    follows = consequence_of(fault)
    for word in (name, _NUMBER.sub("", name).rpartition(".")[2], follows):
        if word in own:
            return own[word]
    return BY_CONSEQUENCE[follows]
