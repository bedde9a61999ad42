"""What a request asks: its parameters, checked, with words for what is wrong."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import QueryParams

from twin.errors import BadInput, refuse, unknown

MOST_KEYS = 50
MOST_STRETCHES = 5000
_LATEST_MS = 4_102_444_800_000_000
"""Later than any time that fits in ns [ms]."""


def only(asked: QueryParams, *known: str) -> None:
    """Refuse parameters that nobody declared."""
    for name in asked:
        if name not in known:
            raise unknown("address", "parameter", name, known)


def time_ns(asked: QueryParams, name: str) -> int | None:
    """A time parameter, which is given in ms [ns]; None where it is not given."""
    text = asked.get(name)
    return None if text is None else millis(name, text) * 1_000_000


def span_ns(asked: QueryParams, whole: tuple[int, int] | None) -> tuple[int, int]:
    """`from` and `to` [ns], `whole` where they are not given.

    Raises:
        BadInput: one of them is no time, or they are the wrong way round.
    """
    first, last = whole or (0, 0)
    begin, end = time_ns(asked, "from"), time_ns(asked, "to")
    t0_ns = first if begin is None else begin
    t1_ns = last + 1 if end is None else end
    if t1_ns <= t0_ns and (begin is not None or end is not None):
        raise refuse("to", t1_ns // 1_000_000, f"must be after from = {t0_ns // 1_000_000}")
    return t0_ns, max(t1_ns, t0_ns + 1)


def millis(name: str, text: object) -> int:
    """Whole ms [ms]; BadInput if it is none."""
    try:
        found = int(str(text))
    except ValueError:
        raise refuse(name, text, "must be a whole number of ms") from None
    if not -_LATEST_MS < found < _LATEST_MS:
        raise refuse(name, text, "must be a time in ms")
    return found


def whole(asked: QueryParams, name: str, default: int, least: int, most: int) -> int:
    """A whole number between `least` and `most` [-]."""
    text = asked.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise refuse(name, text, f"must be {least} to {most}")
    return int(text)


def keys(asked: QueryParams, known: Mapping[str, str]) -> list[str]:
    """`keys=a,b`, each of them known."""
    found = [key for key in asked.get("keys", "").split(",") if key]
    if not found:
        raise BadInput("keys: must name at least one, such as heat_pump.T_sink_out:measured")
    if len(found) > MOST_KEYS:
        raise refuse("keys", len(found), f"must be at most {MOST_KEYS} at once")
    for key in found:
        if key not in known:
            raise unknown("keys", "key", key, known)
    return list(dict.fromkeys(found))


def fields(content: bytes, *known: str) -> dict[str, Any]:
    """A JSON object of sound text, with no other fields than `known`."""
    try:
        found = json.loads(content or b"{}")
        # half of a surrogate pair passes as JSON, but is no character: nothing could encode it
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput(f"body: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput("body: must be a JSON object")
    for name in found:
        if name not in known:
            raise unknown("body", "field", name, known)
    return found


def text(found: Mapping[str, Any], name: str, most: int, *, needed: bool = False) -> str:
    """A text field of at most `most` characters [-]."""
    value = found.get(name, "")
    if not isinstance(value, str):
        raise refuse(name, value, "must be text")
    value = value.strip()
    if needed and not value:
        raise BadInput(f"{name}: must be given")
    if len(value) > most:
        raise BadInput(f"{name}: {len(value)} characters, must be at most {most}")
    if any(ord(char) < 32 and char not in "\n\t" for char in value):
        raise BadInput(f"{name}: must be without control characters")
    return value
