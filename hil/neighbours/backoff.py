"""How long to wait before the next try: longer each time, never for ever."""

from typing import Final

from twin.clock import NS_PER_S, monotonic_ns

FIRST_NS: Final = NS_PER_S
LONGEST_NS: Final = 60 * NS_PER_S


class Backoff:
    """Twice as long after each failure, from 1 s to 60 s; from 1 s again when a try worked."""

    def __init__(self) -> None:
        self._wait_ns = FIRST_NS

    def next_ns(self) -> int:
        """When to try next, on the monotonic clock [ns]."""
        wait_ns, self._wait_ns = self._wait_ns, min(2 * self._wait_ns, LONGEST_NS)
        return monotonic_ns() + wait_ns

    def worked(self) -> None:
        """The next failure is a first one."""
        self._wait_ns = FIRST_NS
