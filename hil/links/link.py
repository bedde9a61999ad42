"""What every link is: a question to a unit, and its answer or a fault that says why not."""

from typing import Protocol

from hil.links import pdu
from twin.errors import LinkLost
from twin.signals import Quality


class LinkFault(LinkLost):
    """A transaction without an answer; `quality` is what its values get instead.

    TIMEOUT: nobody answered. GARBLED: what came back is not the answer.
    LINK_DOWN: port or connection are gone; nothing was sent, or nobody knows how far it got.
    """

    def __init__(self, quality: Quality, sentence: str) -> None:
        self.quality = quality
        super().__init__(sentence)


def quality_of(fault: Exception) -> Quality:
    """What a value gets instead, of a transaction that ended in `fault`."""
    match fault:
        case LinkFault(quality=quality):
            return quality
        case pdu.ModbusException(code=10):  # the gateway lost its line
            return Quality.LINK_DOWN
        case pdu.ModbusException(code=11):  # the gateway's way to say that nobody answered
            return Quality.TIMEOUT
        case pdu.ModbusException():
            return Quality.REFUSED
        case _:
            return Quality.GARBLED


class Link(Protocol):
    """One line or connection, with one owner and one outstanding request."""

    name: str

    def transact(self, unit: int, request: bytes) -> bytes:
        """Reply PDU of `unit` to the PDU `request`; an exception reply is a reply.

        Raises:
            LinkFault: no answer; a request is never sent a second time by itself.
        """
        ...

    def broadcast(self, request: bytes) -> None:
        """Send the PDU `request` to unit 0, once, without waiting for an answer.

        Raises:
            LinkFault: it could not be sent.
        """
        ...

    def close(self) -> None:
        """Give port or connection back; a later `transact` opens it again."""
        ...
