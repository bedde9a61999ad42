"""Whether a unit is there: two different questions, both read-only, both answered in form."""

from typing import Final, NamedTuple

from hil.io.ask import Answer, ask
from hil.io.identify import identify
from hil.io.redial import Redial
from hil.io.sunspec import marker_at
from hil.links import pdu
from hil.links.link import Link, LinkFault
from twin.signals import Quality

_FIRST: Final = ("hr 0", pdu.read_request("hr", 0, 1))
_SECOND: Final = (
    ("ir 0", pdu.read_request("ir", 0, 1)),
    ("hr 0..1", pdu.read_request("hr", 0, 2)),
    ("co 0", pdu.read_request("co", 0, 1)),
)
"""Other functions and lengths: what answers one of them too did not do so by chance."""
_FAILURE: Final = 4
_ALWAYS_FAILS: Final = (
    "says that it failed (exception 4), whatever is asked: so do some servers for units they"
    " do not have"
)


class Found(NamedTuple):
    """A unit that is there: what it answered, and who it says it is (often nothing)."""

    unit: int
    answers: tuple[str, ...]
    identity: dict[str, str]
    took_ns: int
    sunspec: int | None = None
    """Address of the marker of a SunSpec device; None where it has none."""


class Hint(NamedTuple):
    """Something came back from `unit` that proves nothing by itself."""

    unit: int
    what: str


def probe(link: Link, unit: int) -> Found | Hint | None:
    """Ask `unit` once, and more only when something came back; None: silence.

    Raises:
        LinkFault: the port is gone, or no connection can be made.
    """
    place, request = _FIRST
    first = _asked(link, unit, request)
    if first.quality is Quality.GARBLED:
        return Hint(unit, f"garbled: {first.why}")
    if _is_down(first):
        return Hint(unit, f"hangs up: {first.why}")
    if not first.somebody:
        return None
    for second_place, second_request in _SECOND:
        second = _asked(link, unit, second_request)
        if first.code == second.code == _FAILURE:
            return Hint(unit, _ALWAYS_FAILS)
        if second.somebody:
            answers = (_told(place, first), _told(second_place, second))
            who, marker = identify(link, unit), marker_at(link, unit)
            return Found(unit, answers, who, first.took_ns, marker)
    return Hint(unit, f"answered once ({_told(place, first)}) and to no other question")


def _asked(link: Link, unit: int, request: bytes) -> Answer:
    answer = ask(link, unit, request)
    if _is_down(answer) and not (isinstance(link, Redial) and link.hung_up):
        raise LinkFault(answer.quality, answer.why)
    return answer


def _is_down(answer: Answer) -> bool:
    """Whether our own connection is lost; a gateway that says so of its line has answered."""
    return answer.quality is Quality.LINK_DOWN and not answer.code


def _told(place: str, answer: Answer) -> str:
    if answer.reply is None or answer.code:
        return f"{place}: exception {answer.code}"
    return f"{place} = {int.from_bytes(answer.reply[2:4], 'big')}"
