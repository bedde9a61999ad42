"""Lines that are chained by SHA-256: each names its number and the hash of the one before.

Pure. A line is one JSON object; its last member `hash` is the hash of all bytes before it.
Any byte that is changed breaks the line itself; lines that are taken out, put in or moved
break the numbers and the chain. The end of the chain is held by a head kept elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

NOTHING = "0" * 64
"""Hash of the line before the first."""

GAP = "gap"
"""Event of a line that says: what lies before me was not as I had left it."""

_SEAL = b',"hash":"'
_SEAL_SIZE = len(_SEAL) + 64 + len(b'"}')


class Head(NamedTuple):
    """Number and hash of the last line; the first has number 1."""

    number: int = 0
    hash: str = NOTHING


class Record(NamedTuple):
    """A whole line: where it stands, its number, both hashes, and what it says."""

    place: str
    n: int
    prev: str
    hash: str
    fields: Mapping[str, Any]


class Finding(NamedTuple):
    """Something wrong with the line at `place` (`audit.jsonl:12`)."""

    place: str
    what: str


def seal(head: Head, fields: Mapping[str, Any]) -> tuple[bytes, Head]:
    """The line that says `fields` behind `head`, and the head with it."""
    numbered = {"n": head.number + 1, "prev": head.hash, **fields}
    text = json.dumps(numbered, separators=(",", ":"), ensure_ascii=False)[:-1]
    body = text.encode(errors="backslashreplace")  # bytes of a shell that are no UTF-8: \udc80
    digest = hashlib.sha256(body).hexdigest()
    return body + _SEAL + digest.encode() + b'"}\n', Head(head.number + 1, digest)


def parse(line: bytes, place: str) -> Record | None:
    """The record in `line` (without its end); None if a single byte of it is not as sealed."""
    body, end = line[:-_SEAL_SIZE], line[-_SEAL_SIZE:]
    digest = hashlib.sha256(body).hexdigest()
    if end != _SEAL + digest.encode() + b'"}':
        return None
    try:
        fields = json.loads(line)
        return Record(place, int(fields["n"]), str(fields["prev"]), digest, fields)
    except (ValueError, KeyError, TypeError):  # sealed, but by somebody else
        return None


def check(lines: Iterable[tuple[str, bytes]]) -> tuple[list[Record], list[Finding]]:
    """Records of `lines` (place, bytes), and everything that is wrong within the chain."""
    entries = [(place, parse(line, place)) for place, line in lines]
    records = [record for _, record in entries if record is not None]
    numbers = {record.n for record in records}
    findings: list[Finding] = []
    head, broken = Head(), list[str]()
    for place, record in entries:
        if record is None:
            broken.append(place)
            continue
        if record.fields.get("event") == GAP:
            findings.append(Finding(place, f"{record.fields.get('why', 'a gap')}"))
        findings += _broken(broken, record.n - head.number - 1)
        head = _follow(head, record, numbers, len(broken), findings)
        broken = []
    findings += _broken(broken, len(broken))
    return records, findings


def check_end(records: Sequence[Record], head: Head | None) -> list[Finding]:
    """What is wrong with the end of the chain, by the `head` that was kept for it.

    A crash between line and head leaves the head one line behind, which is no finding.
    """
    nothing = Record("the end", 0, "", NOTHING, {})
    last = max(records, key=lambda record: record.n, default=nothing)
    if head is None:
        if not records:
            return []
        what = "the head is missing or unreadable: lines may have been cut off the end"
        return [Finding(last.place, what)]
    if head.number > last.n:
        what = f"cut off: {head.number} lines were written, {last.n} is the last that is here"
        return [Finding(last.place, what)]
    if last.n - head.number > 1:
        return [Finding(last.place, f"the head is an old one, of {head.number} lines")]
    known = {record.n: record for record in records}
    held = known.get(head.number)
    if held is not None and held.hash != head.hash:
        return [Finding(held.place, "replaced: it is not the line that the head was kept for")]
    return []


def _follow(
    head: Head, record: Record, numbers: set[int], broken: int, findings: list[Finding]
) -> Head:
    """The head behind `record`; what does not fit is added to `findings`."""
    place, n = record.place, record.n
    wanted = head.number + 1
    if n < wanted:
        findings.append(
            Finding(place, f"inserted or moved: number {n} stands behind {head.number}")
        )
        return head
    missing = [k for k in range(wanted, n) if k not in numbers][broken:]
    moved = [k for k in range(wanted, n) if k in numbers]
    if moved:
        findings.append(Finding(place, f"moved: number {n} stands where {wanted} belongs"))
    if missing:
        lost = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
        findings.append(Finding(place, f"removed: number {lost} is missing before {n}"))
    if n == wanted and record.prev != head.hash:
        what = f"does not follow from number {n - 1}: one of both was replaced"
        findings.append(Finding(place, what))
    return Head(n, record.hash)


def _broken(places: Sequence[str], gap: int) -> list[Finding]:
    """Lines that are not as sealed: changed where their numbers are missing, else inserted."""
    return [
        Finding(place, "changed: its hash does not fit it" if k < gap else "inserted: no such line")
        for k, place in enumerate(places)
    ]
