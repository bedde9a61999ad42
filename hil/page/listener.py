"""A listening socket that gives nobody all the room: so many connections an address, and in all."""

import socket
from collections import Counter
from collections.abc import Callable, Container
from functools import partial
from typing import Any

from hil.page.public import neighbourhood

EACH = 100
"""Connections of one address at once [-] (assumed); a browser makes six."""
MOST = 600
"""In all [-] (assumed): below the 1024 files that a process may have open by default."""
_WHY = b'{"error": "too many connections from your address"}'
FULL = b"\r\n".join(
    (
        b"HTTP/1.1 429 Too Many Requests",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(_WHY),
        b"Retry-After: 10",
        b"Connection: close",
        b"",
        _WHY,
    )
)


class Listener(socket.socket):
    """Counts what it takes until that is closed, TLS or not; what is too much is closed at once."""

    def __init__(
        self, made: socket.socket, known: Container[str], *, tls: bool, each: int = EACH
    ) -> None:
        """Take the place of the socket `made`; `known` are proxies, who ask for many.

        Without `tls` whoever is too many is told so.
        """
        super().__init__(fileno=made.detach())
        self._known = known
        self._tls = tls
        self._each = each
        self._taken: Counter[str] = Counter()

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection that there is room for."""
        while True:
            plain, address = super().accept()
            peer = str(address[0])
            near = neighbourhood(peer)
            full = self._taken[near] >= self._each and peer not in self._known
            if full or self._taken.total() >= MOST:
                if not self._tls:
                    _told(plain)
                plain.close()
                continue
            self._taken[near] += 1
            return _Counted(plain, partial(self._release, near)), address

    def _release(self, near: str) -> None:
        self._taken[near] -= 1
        if not self._taken[near]:
            del self._taken[near]


class _Counted(socket.socket):
    """A connection that says when it is over."""

    def __init__(self, plain: socket.socket, over: Callable[[], None]) -> None:
        super().__init__(fileno=plain.detach())
        self._over: Callable[[], None] | None = over

    def close(self) -> None:
        """Close it, and give its place back once."""
        super().close()
        if self._over is not None:
            over, self._over = self._over, None
            over()


def _told(plain: socket.socket) -> None:
    try:
        plain.setblocking(False)
        plain.send(FULL)
        plain.shutdown(socket.SHUT_WR)
    except OSError:  # already gone
        return
