"""One question to a unit, and everything that can be said about what came back."""

from typing import NamedTuple

from hil.links import pdu
from hil.links.link import Link, LinkFault
from twin.clock import monotonic_ns
from twin.signals import Quality

_NOBODY: dict[int, Quality] = {10: Quality.LINK_DOWN, 11: Quality.TIMEOUT}
"""Exceptions by which a gateway says that its line, or a unit on it, is not there."""


class Answer(NamedTuple):
    """The reply PDU, or None and why; `code` is the Modbus exception's, 0 without one [-].

    `took_ns` is from the question to here [ns]. A refusal has a reply: somebody is there.
    """

    reply: bytes | None
    quality: Quality
    why: str
    code: int
    took_ns: int

    @property
    def somebody(self) -> bool:
        """Whether a device answered in a form that only a device has, if only to refuse."""
        return self.quality in (Quality.GOOD, Quality.REFUSED)


def ask(link: Link, unit: int, request: bytes) -> Answer:
    """Send `request` once; whatever the line or the device does is in the answer."""
    asked_ns = monotonic_ns()
    reply: bytes | None = None
    quality, why, code = Quality.GOOD, "", 0
    try:
        reply = link.transact(unit, request)
        pdu.check_reply(request, reply)
    except LinkFault as fault:
        quality, why = fault.quality, str(fault)
    except pdu.ModbusException as fault:
        quality, why, code = _NOBODY.get(fault.code, Quality.REFUSED), str(fault), fault.code
    except pdu.BadReply as fault:
        quality, why = Quality.GARBLED, str(fault)
    return Answer(reply, quality, why, code, monotonic_ns() - asked_ns)
