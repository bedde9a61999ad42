"""A row of a checkout: one point of one controller, what it showed, and what is said of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, Self


class Checked(StrEnum):
    """What can be said of a point."""

    PASS = "pass"
    FAIL = "fail"
    NOT = "not checked"
    """Nothing is known to hold it against; `why` says so."""


class Kind(StrEnum):
    """What a point is for."""

    READING = "reading"
    COMMAND = "command"
    SETTING = "setting"
    LIMIT = "limit"
    """A setting at which the controller limits, warns or trips."""
    ALARM = "alarm"
    STATE = "state"
    HEARTBEAT = "heartbeat"
    IDENTITY = "identity"


@dataclass(frozen=True)
class Row:
    """A point as sheets have it; the fields are the columns, in their order.

    Numbers are in `unit`; `raw` is the registers as they lie on the wire, in hex. The four fields
    from `reference_reading` on are a person's.
    """

    controller: str
    point: str
    kind: Kind
    title: str
    place: str
    """Table and address."""
    type: str
    unit: str
    min: float | None = None
    max: float | None = None
    raw: str = ""
    scaled: float | str | None = None
    """What the controller shows: a number, or a word of its enumeration."""
    reference: float | str | None = None
    """What it must show: the reading that it got, what acted on the plant, the site's design."""
    deviation: float | None = None
    tolerance: float | None = None
    verdict: Checked | None = None
    """None: nothing was touched."""
    reference_reading: float | str | None = None
    """Of an instrument, a nameplate, somebody's eyes."""
    checked_by: str = ""
    instrument: str = ""
    remark: str = ""
    why: str = ""
    direction: str = ""
    """Of an actuator: whether it brings back what it holds."""
    alarm_limits: str = ""
    """Limits that the site has for this reading."""
    tried: str = ""
    """What was put on the point and what came of it."""

    @property
    def key(self) -> tuple[str, str]:
        """Controller and point: there is one row of them."""
        return self.controller, self.point

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {name: getattr(self, name) for name in COLUMNS}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        verdict = plain["verdict"]
        verdict = None if verdict is None else Checked(verdict)
        return cls(**{**plain, "kind": Kind(plain["kind"]), "verdict": verdict})


COLUMNS: Final = tuple(field.name for field in fields(Row))


def rounded(deviation: float | None, tolerance: float | None) -> float | None:
    """A deviation [row.unit] as people write it: 0 where it is far below the tolerance."""
    if deviation is None:
        return None
    return 0.0 if abs(deviation) < 1e-6 * (tolerance or 0.0) else float(f"{deviation:.4g}")


def count(rows: Iterable[Row]) -> dict[str, int]:
    """`points`, and how many of them `passed`, `failed`, were `not_checked` [-]."""
    verdicts = [row.verdict for row in rows]
    return {
        "points": len(verdicts),
        "passed": verdicts.count(Checked.PASS),
        "failed": verdicts.count(Checked.FAIL),
        "not_checked": verdicts.count(Checked.NOT) + verdicts.count(None),
    }
