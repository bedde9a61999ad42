"""When a process that ended is started again: at once at first, then more and more patiently."""

from dataclasses import dataclass, replace

from twin.clock import NS_PER_S

FIRST_NS = NS_PER_S // 2
LONGEST_NS = 60 * NS_PER_S
WELL_NS = 600 * NS_PER_S
"""Whoever has lived for so long begins again with the first pause [ns]."""


@dataclass(frozen=True)
class Lives:
    """Of one process: how often it ended in a row and in all, why, and when it may begin again."""

    in_a_row: int = 0
    restarts: int = 0
    next_ns: int = 0
    why: str = ""
    """What ended it last."""


def ended(lives: Lives, why: str, lived_ns: int, now_ns: int) -> Lives:
    """It has ended at `now_ns` [ns] after `lived_ns` [ns]: 0.5 s, 1 s, 2 s ... 60 s of pause."""
    in_a_row = 1 if lived_ns >= WELL_NS else lives.in_a_row + 1
    pause_ns = min(FIRST_NS << min(in_a_row - 1, 16), LONGEST_NS)
    return replace(
        lives, in_a_row=in_a_row, restarts=lives.restarts + 1, next_ns=now_ns + pause_ns, why=why
    )
