"""Who is at the other end of a server's connection, and how much it may ask."""

from collections.abc import Callable
from typing import NamedTuple

from twin.clock import NS_PER_S


class Peer(NamedTuple):
    """A client as a server knows it; with TLS also by its certificate."""

    address: str
    subject: str = ""
    role: str | None = None
    """Role of its certificate; None where it has none, or without TLS."""

    def __str__(self) -> str:
        return f"{self.subject} at {self.address}" if self.subject else self.address


class ServerLimits(NamedTuple):
    """What a server bears: numbers of clients and bytes, and requests of one address."""

    clients: int = 512
    unread: int = 65_536
    """Bytes of replies that a client may leave unread, here and in the kernel, until it must go."""
    requests_per_s: int = 50_000
    """Requests of one address that are answered in a second, whoever many connections it has."""
    burst: int = 25_000
    """Requests that an address which was calm before may send at once."""


class TokenBucket:
    """Requests that an address may still send: `burst` at first, then `per_s` [1/s] come back."""

    __slots__ = ("_burst", "_per_s", "_tokens", "_until_ns", "clients")

    def __init__(self, per_s: int, burst: int, now_ns: int) -> None:
        self.clients = 0
        """Connections that share it."""
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._until_ns = now_ns

    def left(self, now_ns: int) -> int:
        """How many requests may be answered at `now_ns` [ns]."""
        grown = self._tokens + (now_ns - self._until_ns) * self._per_s / NS_PER_S
        self._tokens = min(grown, float(self._burst))
        self._until_ns = now_ns
        return int(self._tokens)

    def take(self, requests: int) -> None:
        """So many were answered."""
        self._tokens = max(self._tokens - requests, -float(self._burst))


class Notes:
    """What a server has to say of its clients, each kind at most once a second, and counted."""

    def __init__(self, say: Callable[[str], None], now_ns: Callable[[], int]) -> None:
        self._say = say
        self._now_ns = now_ns
        self._said_ns: dict[str, int] = {}
        self._unsaid: dict[str, int] = {}

    def tell(self, kind: str, sentence: str) -> None:
        """Say `sentence`, unless one of its kind was said less than a second ago."""
        now_ns = self._now_ns()
        if now_ns - self._said_ns.get(kind, -NS_PER_S) < NS_PER_S:
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return
        self._said_ns[kind] = now_ns
        left_out = self._unsaid.pop(kind, 0)
        self._say(f"{sentence} (and {left_out} more like this before)" if left_out else sentence)
