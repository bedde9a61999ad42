"""Who a device says it is: Modbus device identification (function 43, type 14)."""

from collections.abc import Mapping
from typing import Final

from hil.io.ask import ask
from hil.links import pdu
from hil.links.link import Link

OBJECTS: Final[Mapping[int, str]] = {
    0: "vendor",
    1: "product_code",
    2: "revision",
    3: "url",
    4: "product",
    5: "model",
    6: "application",
}
"""Objects with a meaning of their own. Source: MODBUS Application Protocol V1.1b3, 6.21."""
_MOST_REPLIES = 16
"""Replies after which a device that always promises more is no longer believed."""
_EXTENDED_FROM = 3
"""Conformity level (lower 7 bits) from which there are objects of the maker's own."""
_REGULAR_FROM = 2
"""Conformity level (lower 7 bits) from which the regular objects are there too."""


def identify(link: Link, unit: int, *, extended: bool = False) -> dict[str, str]:
    """What the device says of itself, by name; empty where it does not know the question.

    With `extended` also what its maker likes (objects from 128 on).
    """
    objects: dict[int, bytes] = {}
    level = _collect(link, unit, 1, objects)
    if level & 0x7F >= _REGULAR_FROM:
        _collect(link, unit, 2, objects)
    if extended and level & 0x7F >= _EXTENDED_FROM:
        _collect(link, unit, 3, objects)
    return {
        OBJECTS.get(key, f"object_{key:#04x}"): _plain(text)
        for key, text in sorted(objects.items())
    }


def _collect(link: Link, unit: int, code: int, objects: dict[int, bytes]) -> int:
    """Add the objects of one category; the device's conformity level, 0 when it refuses."""
    level, following = 0, 0
    for _ in range(_MOST_REPLIES):
        request = pdu.identification_request(code, following)
        answer = ask(link, unit, request)
        if answer.reply is None or answer.code or answer.why:
            break
        found, more = pdu.check_identification_reply(request, answer.reply)
        objects |= found
        level = answer.reply[3]
        if more is None or more <= following:
            break
        following = more
    return level


def _plain(text: bytes) -> str:
    """Printable characters only: it goes to a terminal."""
    words = text.decode("utf-8", errors="replace").strip("\0 ")
    return "".join(c if c.isprintable() else "?" for c in words)
