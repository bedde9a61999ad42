"""What the write gate's audit log of a commissioning run says, and whether its chain holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.gate.audit import verify
from hil.gate.chain import Record
from twin.errors import BadInput

FOLDER = "gate"
_BACK = ("put back", "not put back", "given up")

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log; values are in the units of the device's register map.

    `before` is what was there, `wanted` what was to be there, `after` what was read back.
    """

    n: int
    utc: str
    event: str
    who: str
    device: str
    address: str
    unit: str
    points: tuple[str, ...]
    wanted: Values | None
    before: Values | None
    after: Values | None
    why: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The log; `missing` says why there is none, `findings` (place, what) what is wrong with it."""

    missing: str
    lines: tuple[Line, ...]
    findings: tuple[tuple[str, str], ...]
    torn: bool
    last_number: int
    last_hash: str

    @property
    def verified(self) -> bool:
        """Whether it is there and its chain holds."""
        return not self.missing and not self.findings


def read_audit(folder: Path, after: int = 0) -> Audit:
    """The log of the run in `folder`, behind line `after` [-]; the whole chain is checked."""
    try:
        found = verify(folder / FOLDER)
    except BadInput as error:
        why = str(error).replace(str(folder / FOLDER), FOLDER)
        return Audit(_text(why), (), (), torn=False, last_number=0, last_hash="")
    return Audit(
        "",
        tuple(_line(record) for record in found.records if record.n > after),
        tuple((_text(f.place), _text(f.what)) for f in found.findings),
        found.torn,
        found.head.number,
        found.head.hash,
    )


def _line(record: Record) -> Line:
    fields = record.fields
    event = _text(fields.get("event", ""))
    wanted, before = fields.get("wanted"), fields.get("found", fields.get("before"))
    if event in _BACK:  # there `before` is what goes back, and `found` what was there
        wanted, before = fields.get("before") or fields.get("safe"), fields.get("found")
    return Line(
        record.n,
        _text(fields.get("utc", "")),
        event,
        _text(fields.get("who", "")),
        _text(fields.get("device", "")),
        _text(fields.get("address", "")),
        _text(fields.get("unit", "")),
        tuple(_text(p) for p in _several(fields.get("points")) or ()),
        _values(wanted),
        _values(before),
        _values(fields.get("after")),
        _text(fields.get("why") or fields.get("reason") or ""),
    )


def _several(found: Any) -> Sequence[Any] | None:  # noqa: ANN401
    return found if isinstance(found, list) else None


def _values(found: Any) -> Values | None:  # noqa: ANN401
    several = _several(found)
    if several is None:
        return None
    known = (float(v) if isinstance(v, int | float) else math.nan for v in several)
    return tuple(v if math.isfinite(v) else None for v in known)


def _text(found: Any) -> str:  # noqa: ANN401
    return str(found).encode(errors="backslashreplace").decode()
