"""One question to a unit, and everything that can be said about what came back."""

from typing import Final, NamedTuple

from hil.links import pdu
from hil.links.device import Missed
from hil.links.link import Link, LinkFault, quality_of
from twin.clock import monotonic_ns
from twin.signals import Quality

_SILENCES: Final = 2
"""Silences in a row after which the rest is not asked: it would only take long."""


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
        reply = link.transact(unit, pdu.only_read(request))
        pdu.check_reply(request, reply)
    except (LinkFault, pdu.ModbusException, pdu.BadReply) as fault:
        quality, why = quality_of(fault), str(fault)
        code = fault.code if isinstance(fault, pdu.ModbusException) else 0
    return Answer(reply, quality, why, code, monotonic_ns() - asked_ns)


class Asker:
    """A unit as somebody asks who looks at it: earlier looks are not held against it.

    Within a look, which `begin` begins, a silent unit is not asked for everything.
    """

    def __init__(self, link: Link, unit: int) -> None:
        self.name = f"unit {unit}"
        self.answered_ns = 0
        self._link = link
        self._unit = unit
        self._silences = 0
        self._last = Missed(Quality.NOT_YET, "not read yet", 0)

    def begin(self) -> None:
        """Forget that it was silent."""
        self._silences = 0

    def now_ns(self) -> int:
        """Time on the clock that readings are stamped with [ns]."""
        return monotonic_ns()

    def fetch(self, request: bytes) -> bytes | Missed:
        """Data of a read, which was there at `answered_ns` [ns]; or why there is none."""
        if self._silences >= _SILENCES:
            return self._last._replace(t_ns=monotonic_ns())
        answer = ask(self._link, self._unit, request)
        self._silences = self._silences + 1 if answer.quality is Quality.TIMEOUT else 0
        if answer.quality is Quality.GOOD and answer.reply is not None:
            self.answered_ns = monotonic_ns()
            return answer.reply[2:]
        self._last = Missed(answer.quality, answer.why, monotonic_ns(), answer.code)
        return self._last
