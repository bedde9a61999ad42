"""Names that point across a site file: `heat_pump`, `heat_pump.T_sink_out`, `a.x -> b.y`."""

import re
from dataclasses import dataclass

_PART = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 100
"""Characters of a name [-]: folders and files are called after it, with a time behind."""
_REFERENCE = re.compile(r"[a-z][a-z0-9_]*\.[^\s=@]+")


@dataclass(frozen=True, slots=True)
class Connection:
    """An output of one part that is an input of another, both as `PART.VARIABLE`."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


def part_name(text: str) -> str:
    """`text` if it can name a part; ValueError otherwise."""
    if not _PART.fullmatch(text):
        raise ValueError("a name is lower-case letters, digits and _, beginning with a letter")
    if len(text) > _LONGEST:
        raise ValueError(f"a name has at most {_LONGEST} characters")
    return text


def reference(text: str) -> str:
    """`text` if it reads PART.VARIABLE; ValueError otherwise."""
    if not _REFERENCE.fullmatch(text):
        raise ValueError("must be PART.VARIABLE, such as heat_pump.T_sink_out")
    return text


def parse_connection(text: object) -> Connection:
    """`a.x -> b.y` as a Connection; ValueError says what is wrong with it."""
    if isinstance(text, Connection):
        return text
    ends = [end.strip() for end in text.split("->")] if isinstance(text, str) else []
    if len(ends) != 2:
        raise ValueError("must be PART.OUTPUT -> PART.INPUT")
    return Connection(reference(ends[0]), reference(ends[1]))


def part_of(ref: str) -> str:
    """`heat_pump` of `heat_pump.T_sink_out`."""
    return ref.partition(".")[0]


def variable_of(ref: str) -> str:
    """`T_sink_out` of `heat_pump.T_sink_out`."""
    return ref.partition(".")[2]
