"""What can be said of a step, a block, a procedure."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """From what needs somebody's eye most to what needs none."""

    FAIL = "fail"
    """It did otherwise than is expected of it."""
    INCONCLUSIVE = "inconclusive"
    """Nobody can say: a value was not to be had, the plant or a link was lost."""
    BLOCKED = "blocked"
    """It was not begun: what has to be there first was not."""
    PASS = "pass"
    """Everything was as expected."""
    SKIPPED = "skipped"
    """It does not apply here."""


_ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that decides; of none at all, SKIPPED."""
    return min(verdicts, key=_ORDER.index, default=Verdict.SKIPPED)
