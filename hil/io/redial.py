"""A connection to what may hang up: whenever it is lost, the next question has a new one."""

from collections.abc import Callable
from typing import Final

from hil.links.link import Link, LinkFault
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.tcp import TcpLink
from twin.signals import Quality


class Redial:
    """A link over those that `dial` makes, one after the other; nothing is sent before it is asked.

    The links of a plant leave a peer alone that hangs up again and again. Whoever has another
    question for each unit wants each of them asked.
    """

    def __init__(self, dial: Callable[[], Link]) -> None:
        self._dial = dial
        self._link = dial()
        self.links: Final = [self._link]
        """All of them, for what they have counted."""
        self.name = self._link.name
        self.hung_up = False
        """Whether the last question was lost with its connection."""

    def transact(self, unit: int, request: bytes) -> bytes:
        """Reply PDU of `unit`; LinkFault as of the link itself."""
        try:
            return self._asking().transact(unit, request)
        except LinkFault as fault:
            self._note(fault)
            raise

    def broadcast(self, request: bytes) -> None:
        """As of the link itself."""
        try:
            self._asking().broadcast(request)
        except LinkFault as fault:
            self._note(fault)
            raise

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _asking(self) -> Link:
        if self.hung_up:
            self._link = self._dial()
            self.links.append(self._link)
            self.hung_up = False
        return self._link

    def _note(self, fault: LinkFault) -> None:
        if fault.quality is Quality.LINK_DOWN and _was_connected(self._link):
            self._link.close()
            self.hung_up = True


def _was_connected(link: Link) -> bool:
    """Whether there ever was a connection; a serial port that is gone is no peer that hung up."""
    match link:
        case TcpLink():
            return link.connects > 0
        case RtuTcpLink():
            return link.opens > 0
        case _:
            return False
