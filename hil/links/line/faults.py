"""Faults of a serial line that can be ordered by name: their catalogue, and how they are read."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from types import MappingProxyType
from typing import Any, Self

from twin.clock import NS_PER_S, parse_duration_s
from twin.errors import BadInput, refuse, unknown


@dataclass(frozen=True)
class LineFaultKind:
    """What can go wrong, and how much of it is usual [-]; `default` None: it has no size."""

    default: float | None
    of_slaves: bool
    """Whether single slaves can have it; else it is the whole line's."""
    what: str
    meaning: str


KINDS: Mapping[str, LineFaultKind] = MappingProxyType(
    {
        "late": LineFaultKind(
            0.1, True, "share of replies",
            "reply comes after the link's time-out, within twice of it",
        ),
        "drop": LineFaultKind(0.1, True, "share of replies", "reply does not come"),
        "corrupt": LineFaultKind(
            0.05, True, "share of replies",
            "a character of the reply is changed, lost or added before parity is made",
        ),
        "collide": LineFaultKind(
            0.1, True, "share of replies", "another slave answers at the same time"
        ),
        "noise": LineFaultKind(
            0.01, False, "share of characters", "one or two bits are turned on the wire"
        ),
        "echo": LineFaultKind(None, False, "", "the master's adapter hears what it sends"),
        "babble": LineFaultKind(
            None, False, "", "a slave talks without being asked and without a pause"
        ),
        "stuck": LineFaultKind(
            None, False, "", "the wires are held at the dominant level: nobody is heard"
        ),
        "unplug": LineFaultKind(
            None, False, "", "the master's adapter is pulled, and put back at the end"
        ),
    }
)  # fmt: skip

_EXAMPLE = "hp_line.late=0.1@10s or hp_line.unplug@1m..2m"


@dataclass(frozen=True)
class LineFault:
    """A fault of `line`, of one `slave` or of all, that is there from one instant to another."""

    line: str
    slave: str
    """Name of the only slave that has it; empty for all, or for the line itself."""
    kind: str
    size: float
    """Share of replies or characters [-]; 1 of a kind without a size."""
    at_ns: int
    """Time since the run began [ns]."""
    until_ns: int | None
    """When it is over [ns]; None: it stays."""

    @property
    def name(self) -> str:
        """As it is ordered: `hp_line.late`, `hp_line.heat_pump.late`."""
        return ".".join(word for word in (self.line, self.slave, self.kind) if word)

    @property
    def text(self) -> str:
        """Name, size and meaning for people."""
        kind = KINDS[self.kind]
        size = "" if kind.default is None else f" = {self.size:g} of {kind.what.split()[-1]}"
        return f"{self.name}{size}: {kind.meaning}"

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        return cls(**plain)


def parse_line_fault(
    text: str, lines: Mapping[str, Collection[str]], place: str = "--line-fault"
) -> LineFault:
    """`LINK[.CONTROLLER].KIND[=SIZE]@TIME[..TIME]`, held against the slaves of each line.

    Raises:
        BadInput: a word that nobody knows (with the nearest), a size or a time that is none.
    """
    what, at, when = text.rpartition("@")
    name, has_size, size_text = what.partition("=")
    words = name.split(".")
    if not at or not 2 <= len(words) <= 3:
        raise refuse(
            place, text, f"must be LINK[.CONTROLLER].KIND[=SIZE]@TIME[..TIME], such as {_EXAMPLE}"
        )
    line, kind, slave = words[0], words[-1], words[1] if len(words) == 3 else ""
    if line not in lines:
        raise unknown(place, "serial line", line, lines)
    if kind not in KINDS:
        raise unknown(f"{place} {line}", "line fault", kind, KINDS)
    if slave and slave not in lines[line]:
        raise unknown(f"{place} {line}", "controller on this line", slave, lines[line])
    if slave and not KINDS[kind].of_slaves:
        raise refuse(place, name, f"must be {line}.{kind}: it is the whole line's")
    at_ns, until_ns = _times(f"{place} {name}", when)
    size = _size(f"{place} {name}", kind, size_text if has_size else None)
    return LineFault(line, slave, kind, size, at_ns, until_ns)


def check_apart(faults: Collection[LineFault], place: str = "--line-fault") -> None:
    """Refuse two faults of one kind that hold the same slave or line at the same time.

    Raises:
        BadInput: names both.
    """
    ordered = sorted(faults, key=lambda f: f.at_ns)
    for i, later in enumerate(ordered):
        for former in ordered[:i]:
            same = former.line == later.line and former.kind == later.kind
            meet = not former.slave or not later.slave or former.slave == later.slave
            if same and meet and (former.until_ns is None or former.until_ns > later.at_ns):
                begins = f"begins at {later.at_ns / NS_PER_S:g} s"
                raise BadInput(f"{place}: {later.name} {begins} while {former.name} still holds")


def _times(place: str, text: str) -> tuple[int, int | None]:
    begin, ends, end = text.partition("..")
    try:
        at_ns = round(parse_duration_s(begin) * NS_PER_S)
        until_ns = round(parse_duration_s(end) * NS_PER_S) if ends else None
    except ValueError as error:
        raise BadInput(f"{place}: {error}") from None
    if until_ns is not None and until_ns <= at_ns:
        raise refuse(place, text, "must end after it begins")
    return at_ns, until_ns


def _size(place: str, kind: str, text: str | None) -> float:
    default = KINDS[kind].default
    if default is None:
        if text is not None:
            raise refuse(place, text, f"{kind} has no size")
        return 1.0
    if text is None:
        return default
    try:
        size = float(text)
    except ValueError:
        size = float("nan")
    if not isfinite(size) or not 0.0 < size <= 1.0:
        raise refuse(place, text, f"must be a {KINDS[kind].what}, above 0 and at most 1")
    return size
