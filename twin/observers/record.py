"""What a part's observer was given lately, and what it believed every hour, in bounded memory."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.estimation.following import Observer, Trail
from twin.observers.model import Model

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

REACH_NS = 36 * 3_600_000_000_000
"""How far back it remembers [ns]: a day's window, and half a day before it."""
EVERY_NS = 3_600_000_000_000
"""A belief is kept for each full hour [ns]."""


@dataclass(frozen=True)
class Given:
    """One window of a part's observer; arguments of `Observer.window`."""

    end_ns: int
    inputs: Matrix
    readings: Matrix
    heard: Flags
    usable: Flags
    """bool[m], whether its innovation was judged."""
    trail: Trail | None
    """How it was corrected."""


class Record:
    """The last `REACH_NS` of one part since its model began."""

    def __init__(self, begin: Callable[[], tuple[Model, Observer]]) -> None:
        """`begin` makes another copy of the part's model and observer."""
        self.begin = begin
        self.given: deque[Given] = deque()
        self.beliefs: deque[tuple[int, Any]] = deque()
        """Ends of windows [ns], and what was believed then."""

    def add(self, given: Given, observer: Observer) -> None:
        """One more window that `observer` has taken; nothing, if it cannot say what it believes."""
        last_ns = self.given[-1].end_ns if self.given else None
        if last_ns is None or given.end_ns // EVERY_NS != last_ns // EVERY_NS:
            belief = observer.belief
            if belief is None:
                return
            self.beliefs.append((given.end_ns, belief))
        self.given.append(given)
        oldest_ns = given.end_ns - REACH_NS
        while self.beliefs[0][0] < oldest_ns and len(self.beliefs) > 1:
            self.beliefs.popleft()
        while self.given[0].end_ns < self.beliefs[0][0]:
            self.given.popleft()

    def clear(self) -> None:
        """Forget: the model has begun anew."""
        self.given.clear()
        self.beliefs.clear()
