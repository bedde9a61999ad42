"""Requests of other masters and the replies to them, put together by function and timing."""

from typing import Literal, NamedTuple

from hil.io.wiretap import Heard
from hil.links import pdu

Ending = Literal["answered", "refused", "unanswered", "broadcast", "late", "orphan"]
"""`late`: after the time-out, or after another request. `orphan`: a reply that nobody asked for."""

_BROADCAST = 0


class Exchange(NamedTuple):
    """A request with what became of it; `took_ns` from its end to the reply's beginning [ns].

    `code` is that of a Modbus exception, 0 without one [-].
    """

    ending: Ending
    unit: int
    request: bytes | None
    reply: bytes | None
    start_ns: int
    took_ns: int | None
    code: int = 0


class Pairing:
    """Takes frames in their order; a request is waited for until `timeout_ns` [ns].

    Two things nobody can tell who only listens: whether a reply that fits the newest
    request was meant for an equal one before it, and whether the echo of a written register
    (functions 5, 6 and 22) is the device's answer or the master's second try.
    """

    def __init__(self, timeout_ns: int) -> None:
        self._timeout_ns = timeout_ns
        self._pending: Heard | None = None
        self._owed: dict[int, Heard] = {}

    def hear(self, heard: Heard) -> list[Exchange]:
        """What is clear after one more frame."""
        out = self.wait(heard.start_ns)
        pending = self._pending
        if pending is not None and _fits(pending, heard):
            self._pending = None
            return [*out, _answered(pending, heard)]
        if _is_request(heard.message):
            out += self._give_up()
            if heard.unit == _BROADCAST:
                return [*out, Exchange("broadcast", 0, heard.message, None, heard.start_ns, None)]
            self._pending = heard
            return out
        owed = self._owed.pop(heard.unit, None)
        if owed is not None and _fits(owed, heard):
            took_ns = heard.start_ns - owed.end_ns
            late = Exchange("late", heard.unit, owed.message, heard.message, owed.start_ns, took_ns)
            return [*out, late]
        return [*out, Exchange("orphan", heard.unit, None, heard.message, heard.start_ns, None)]

    def wait(self, now_ns: int) -> list[Exchange]:
        """What is clear because it is `now_ns` [ns] already."""
        pending = self._pending
        if pending is not None and now_ns - pending.end_ns > self._timeout_ns:
            return self._give_up()
        return []

    def _give_up(self) -> list[Exchange]:
        pending, self._pending = self._pending, None
        if pending is None:
            return []
        self._owed[pending.unit] = pending
        message = pending.message
        return [Exchange("unanswered", pending.unit, message, None, pending.start_ns, None)]


def _answered(request: Heard, reply: Heard) -> Exchange:
    took_ns = max(0, reply.start_ns - request.end_ns)
    refused = bool(reply.message[0] & 0x80)
    ending: Ending = "refused" if refused else "answered"
    code = reply.message[1] if refused else 0
    unit, start_ns = request.unit, request.start_ns
    return Exchange(ending, unit, request.message, reply.message, start_ns, took_ns, code)


def _is_request(message: bytes) -> bool:
    """Whether it can be one; of functions that only their makers know, everything can."""
    length = pdu.request_length(message)
    return length == len(message) or (length == 0 and not message[0] & 0x80)


def _fits(request: Heard, reply: Heard) -> bool:
    if request.unit != reply.unit or reply.message[0] & 0x7F != request.message[0]:
        return False
    if not pdu.request_length(request.message):
        return True  # an unknown function: unit and function are all there is
    try:
        pdu.check_reply(request.message, reply.message)
    except pdu.BadReply:
        return False
    except pdu.ModbusException:
        return True
    return True
