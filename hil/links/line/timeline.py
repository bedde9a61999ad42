"""Events of a line in the order of their time, moved by whoever waits for one of them."""

import heapq
from collections.abc import Callable

from twin.clock import Clock


class Timeline:
    """A heap of actions on the time of `clock` [ns].

    In an action the time is when it was due, even if the real clock was late to it: what happens
    on a line does not depend on how busy the computer is.
    """

    def __init__(self, clock: Clock) -> None:
        self.until_ns = clock.now_ns()
        """As far as whoever waits lets time pass [ns]."""
        self._clock = clock
        self._at_ns: int | None = None
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._pushed = 0

    def now_ns(self) -> int:
        """Time of the line [ns]."""
        return self._clock.now_ns() if self._at_ns is None else self._at_ns

    def next_ns(self) -> int | None:
        """When something happens next [ns]; None while nothing is going on."""
        return self._events[0][0] if self._events else None

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Do `action` when it is `t_ns` [ns]."""
        self._pushed += 1
        heapq.heappush(self._events, (t_ns, self._pushed, action))

    def run(self, until_ns: int, ready: Callable[[], bool] = lambda: False) -> None:
        """Let time pass to `until_ns` [ns], or until `ready` and all that is due has happened."""
        self.until_ns = until_ns
        while self._events and self._events[0][0] <= until_ns:
            t_ns, _, action = self._events[0]
            if ready() and t_ns > self._clock.now_ns():
                return
            self._clock.wait_until(t_ns)
            heapq.heappop(self._events)
            self._at_ns = t_ns
            try:
                action()
            finally:
                self._at_ns = None
        if not ready():
            self._clock.wait_until(until_ns)

    def go_on(self, t_ns: int) -> None:
        """Inside an action: let it last until `t_ns` [ns], before which nothing else is due."""
        self._clock.wait_until(t_ns)
        self._at_ns = t_ns

    def catch_up(self) -> None:
        """Let happen what was due before now; inside an action that has happened."""
        if self._at_ns is None:
            self.run(self._clock.now_ns())
