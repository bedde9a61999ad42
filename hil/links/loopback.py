"""A link without a wire: the same PDU bytes, handed to the server function in this process."""

from collections.abc import Mapping

from hil.links.link import LinkFault
from hil.links.server import Memory, answer
from twin.signals import Quality


class LoopbackLink:
    """Units in memory; a transaction takes no time, and a unit that is not there is silent."""

    def __init__(self, name: str, memories: Mapping[int, Memory]) -> None:
        self.name = name
        self.transactions = 0
        self._memories = memories

    def transact(self, unit: int, request: bytes) -> bytes:
        """Reply PDU of `unit`; LinkFault (TIMEOUT) for a unit that is not there."""
        self.transactions += 1
        reply = answer(self._memories, unit, request)
        if reply is None:
            raise LinkFault(Quality.TIMEOUT, f"{self.name}: unit {unit} does not answer")
        return reply

    def broadcast(self, request: bytes) -> None:
        """Every unit does what `request` says, and none answers."""
        self.transactions += 1
        for unit in self._memories:
            answer(self._memories, unit, request)

    def close(self) -> None:
        """Nothing to give back."""
