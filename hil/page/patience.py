"""An end to connections on which a request never comes to be whole: they would fill the server."""

from collections.abc import Callable, Iterable
from typing import Any

from twin.clock import NS_PER_S, monotonic_ns

ARRIVES_NS = 10 * NS_PER_S
"""A request with its body has to be here so long after its connection, or the last answer [ns]."""


class Patience:
    """Looks at the connections of a server and closes those that keep it waiting."""

    def __init__(
        self, longest_ns: int = ARRIVES_NS, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        """`longest_ns` [ns] is how long one may wait."""
        self._longest_ns = longest_ns
        self._now_ns = now_ns
        self._waiting: dict[Any, tuple[Any, int]] = {}

    def look(self, connections: Iterable[Any]) -> None:
        """Close what has waited too long; `connections` are uvicorn's, each with its `cycle`."""
        now_ns = self._now_ns()
        waiting = {}
        for connection in connections:
            cycle = connection.cycle
            if cycle is not None and not cycle.more_body and not cycle.response_complete:
                continue  # all of it is here, and it is being answered
            before, since_ns = self._waiting.get(connection, (cycle, now_ns))
            if before is not cycle:  # something came to its end meanwhile
                since_ns = now_ns
            waiting[connection] = cycle, since_ns
            if now_ns - since_ns > self._longest_ns:
                connection.transport.close()
        self._waiting = waiting
