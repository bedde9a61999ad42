"""A block in a process of its own, that begins where the warmed-up plant stands."""

from collections.abc import Callable

from hil.commissioning.record import BlockRecord
from hil.crew.apart import Tell, apart


def in_branch(work: Callable[[Tell], BlockRecord], tell: Tell = lambda t_s: None) -> BlockRecord:
    """The record that `work` gives in a copy of this process, as `apart` has it."""
    return BlockRecord.of(apart(lambda told: work(told).plain(), tell))
