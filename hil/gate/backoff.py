"""Waits that grow with every password that was wrong."""

from collections import OrderedDict
from collections.abc import Callable

from twin.clock import NS_PER_S, monotonic_ns

_MOST = 10_000
"""Keys that are remembered [-]; those that failed longest ago are forgotten first."""


class BackOff:
    """After `free` failures in a row each further one doubles the wait, up to `longest_s` [s].

    A key (a name, an address) that has been quiet for twice the longest wait begins anew.
    """

    def __init__(self, free: int, longest_s: int, now_ns: Callable[[], int] = monotonic_ns) -> None:
        self._free = free
        self._longest_ns = longest_s * NS_PER_S
        self._now_ns = now_ns
        self._failed: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """How long `key` must still wait [s]; 0 when it need not."""
        count, last_ns = self._failed.get(key, (0, 0))
        if count < self._free:
            return 0
        wait_ns = min(self._longest_ns, NS_PER_S << min(count - self._free, 40))
        return max(0, -(-(last_ns + wait_ns - self._now_ns()) // NS_PER_S))

    def failed(self, key: str) -> None:
        """A wrong password."""
        now = self._now_ns()
        count, last_ns = self._failed.pop(key, (0, now))
        if now - last_ns > 2 * self._longest_ns:
            count = 0
        self._failed[key] = (count + 1, now)
        while len(self._failed) > _MOST:
            self._failed.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """The right one."""
        self._failed.pop(key, None)
