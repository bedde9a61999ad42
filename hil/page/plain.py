"""What the page sends: the records of a `Source` as JSON types.

Times become whole ms (`_ms`), numbers six digits, what is missing null: a browser draws no more.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.alarms.row import AlarmRow
from hil.historian.envelope import Envelope
from hil.monitor.health import Health
from hil.page.source import Moment

NS_PER_MS = 1_000_000


def body(content: object) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def ms(t_ns: int) -> int:
    """Whole ms of a time in ns [ms]."""
    return t_ns // NS_PER_MS


def number(value: float | None) -> float | None:
    """Six digits of a number [SI]; None for none."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")


def numbers(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Six digits of each number [its unit]."""
    return {name: number(value) for name, value in values.items()}


def moment(seen: Moment) -> dict[str, Any]:
    """A moment; `predicted_ms` is what the newest prediction is for."""
    return {
        "t_ms": ms(seen.t_ns),
        "measured": numbers(seen.measured),
        "quality": dict(seen.quality),
        "commands": numbers(seen.commands),
        "predicted": numbers(seen.predicted),
        "band": numbers(seen.band),
        "predicted_ms": ms(seen.predicted_ns),
        "standing": dict(seen.standing),
        "reasons": dict(seen.reasons),
    }


def alarm(row: AlarmRow) -> dict[str, Any]:
    """An alarm of the list."""
    return dict(timed(asdict(row)))


def alarms(rows: Iterable[AlarmRow]) -> list[dict[str, Any]]:
    """The list of alarms."""
    return [alarm(row) for row in rows]


def health(seen: Health) -> dict[str, Any]:
    """How links, processes, clock and disk are."""
    plain = asdict(seen)
    plain["gaps"] = [
        {"from_ms": ms(begin), "to_ms": ms(end), "why": why} for begin, end, why in seen.gaps
    ]
    return dict(timed(plain))


def series(keys: Sequence[str], drawn: Envelope) -> dict[str, Any]:
    """Stretches by their beginnings, and of each key what lay in them."""
    return {
        "t": (drawn.t_ns // NS_PER_MS).tolist(),
        "series": {
            key: {
                "low": _column(drawn.low[:, i]),
                "mean": _column(drawn.mean[:, i]),
                "high": _column(drawn.high[:, i]),
            }
            for i, key in enumerate(keys)
        },
    }


def timed(value: Any) -> Any:  # noqa: ANN401
    """The same with every `_ns` and `_s` of a time as `_ms`, and numbers that JSON has."""
    match value:
        case Mapping():
            return dict(_field(str(key), item) for key, item in value.items())
        case list() | tuple():
            return [timed(item) for item in value]
        case bool() | int() | str() | None:
            return value
        case float() | np.floating():
            return number(float(value))
        case np.integer():
            return int(value)
    return str(value)


_SECONDS = {"t_s", "since_s", "raised_s", "cleared_s", "until_s"}
"""Times in seconds, as events of the diagnosis are told; other seconds are durations."""


def _field(name: str, item: Any) -> tuple[str, Any]:  # noqa: ANN401
    if name.endswith("_ns"):
        return f"{name[:-3]}_ms", None if item is None else ms(int(item))
    if name in _SECONDS:
        return f"{name[:-2]}_ms", None if item is None else round(item * 1e3)
    return name, timed(item)


def _column(values: NDArray[np.float64]) -> list[float | None]:
    digits = 6
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(values))))
        rounded = np.where(values == 0.0, 0.0, np.round(values * scale) / scale)
    return [v if math.isfinite(v) else None for v in rounded.tolist()]
