"""What changed between two runs of procedures, block by block."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hil.report.commission_data import ORDER, Block, Record, read_record

_PLAIN = ("site", "site_sha256", "hukka")
_GROUPS = ("fmus", "maps", "outside", "procedures", "options")
_DEEP = ("controllers", "devices")


@dataclass(frozen=True)
class Change:
    """A block that ended otherwise, or whose steps found something else."""

    key: str
    before: str
    """Verdict; empty where the block was not there."""
    after: str
    why: str

    @property
    def worse(self) -> bool:
        """Whether it passed before and does not now, or is further from it."""
        if not self.before or not self.after:
            return False
        return ORDER.index(self.after) < ORDER.index(self.before)


@dataclass(frozen=True)
class Comparison:
    """What is different of the second run: what it was of, and what came of it."""

    identity: tuple[str, ...]
    verdicts: tuple[Change, ...]
    findings: tuple[Change, ...]
    """The same verdict, and other values."""
    same: int
    """Blocks in which nothing changed [-]."""

    @property
    def worse(self) -> int:
        """Blocks whose verdict is worse [-]."""
        return sum(change.worse for change in self.verdicts)

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "worse": self.worse}


def compare(before: Path, after: Path) -> Comparison:
    """The run in folder `after` against that in `before`.

    Raises:
        BadInput: one of them holds no run of procedures.
    """
    one, other = read_record(before), read_record(after)
    first, second = ({block.key: block for block in r.blocks} for r in (one, other))
    verdicts, findings, same = [], [], 0
    for key in dict.fromkeys((*first, *second)):
        change = _change(key, first.get(key), second.get(key))
        if change is None:
            same += 1
        elif change.before == change.after:
            findings.append(change)
        else:
            verdicts.append(change)
    return Comparison(_identity(one, other), tuple(verdicts), tuple(findings), same)


def _change(key: str, one: Block | None, other: Block | None) -> Change | None:
    if one is None or other is None:
        there = one or other
        assert there is not None
        words = ("", there.verdict) if one is None else (there.verdict, "")
        return Change(key, *words, "was not run before" if one is None else "was not run again")
    if one.verdict != other.verdict:
        return Change(key, one.verdict, other.verdict, other.why or one.why)
    for a, b in zip(one.steps, other.steps, strict=False):
        if (a.text, a.why) != (b.text, b.why):
            said = f"{b.text}: {a.why} → {b.why}" if a.text == b.text else f"{a.text} → {b.text}"
            return Change(key, one.verdict, other.verdict, said)
    if len(one.steps) != len(other.steps):
        why = f"{len(one.steps)} → {len(other.steps)} steps"
        return Change(key, one.verdict, other.verdict, why)
    return None


def _identity(one: Record, other: Record) -> tuple[str, ...]:
    found = _differing("", *({n: r.told.get(n) for n in _PLAIN} for r in (one, other)))
    for group in _GROUPS:
        found += _differing(f"{group}.", one.told[group], other.told[group])
    for group in _DEEP:
        found += _deeper(group, one.told[group], other.told[group])
    named = ({str(i.get("id")): i for i in r.told["instruments"]} for r in (one, other))
    return (*found, *_deeper("instruments", *named))


def _deeper(group: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """`devices.heat_pump.revision: 1.2 → 1.3`."""
    found = []
    for name in dict.fromkeys((*one, *other)):
        if name in one and name in other:
            found += _differing(f"{group}.{name}.", one[name], other[name])
        else:
            found.append(f"{group}.{name}: {_all_of(one.get(name))} → {_all_of(other.get(name))}")
    return found


def _all_of(said: Mapping[str, Any] | None) -> str:
    """What there is of one that the other run does not have."""
    if said is None:
        return "not recorded"
    return ", ".join(str(value) for value in said.values()) or "says nothing"


def _differing(place: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [
        f"{place}{name}: {_short(one.get(name))} → {_short(other.get(name))}"
        for name in dict.fromkeys((*one, *other))
        if one.get(name) != other.get(name)
    ]


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) < 24 else f"{text[:12]}…"
