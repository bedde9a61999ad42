"""Room for everybody: how many pages and requests of one address there may be at once.

Requests of one address take turns, so that a client that asks much waits for itself and for nobody
else. Streams cost next to nothing, but each holds a connection.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hil.page.public import Proxies, neighbourhood
from hil.page.questions import answered

STREAM = "/api/stream"
LOGIN = "/api/login"
"""Has a queue of its own for passwords; who is in does not wait for who wants in."""
STREAMS_EACH, STREAMS_MOST = 40, 200
"""Open pages of one address, and of all [-] (assumed)."""
REQUESTS_EACH, REQUESTS_MOST = 100, 250
"""Requests under way, without streams, of one address, and of all [-] (assumed)."""
TURNS = 8
"""Requests of one address that are worked on at once [-] (assumed); all have 40 threads."""
AGAIN_S = 5
"""Who is refused may ask again after so long [s]."""


class Full(Exception):
    """There is no room; `status` is that of the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Room:
    """So many places for one address, and so many in all."""

    def __init__(self, what: str, each: int, most: int) -> None:
        self._what, self._each, self._most = what, each, most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, near: str) -> Iterator[None]:
        """A place for `near` until the block ends.

        Raises:
            Full: there is none.
        """
        if self._taken[near] >= self._each:
            told = f"too many {self._what} from your address: {self._each} at once"
            raise Full(429, told)
        if self._taken.total() >= self._most:
            raise Full(503, f"too many {self._what}: {self._most} at once")
        self._taken[near] += 1
        try:
            yield
        finally:
            self._taken[near] -= 1
            if not self._taken[near]:
                del self._taken[near]


class Crowd:
    """ASGI middleware: rooms for streams and for requests, and turns within the second."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        """`proxies` say whom they ask for."""
        self._app = app
        self._proxies = proxies
        self._streams = Room("open pages", STREAMS_EACH, STREAMS_MOST)
        self._requests = Room("requests", REQUESTS_EACH, REQUESTS_MOST)
        self._turns: dict[str, _Turns] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as soon as it is this address's turn, or say that there is no room."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        near = neighbourhood(self._proxies.asker(scope))
        stream = scope["path"] == STREAM
        try:
            with (self._streams if stream else self._requests).place(near):
                if stream or scope["path"] == LOGIN:
                    await self._app(scope, receive, send)
                else:
                    await self._in_turn(near, scope, receive, send)
        except Full as full:
            refused = answered({"error": str(full)}, full.status)
            refused.headers["retry-after"] = str(AGAIN_S)
            await refused(scope, receive, send)

    async def _in_turn(self, near: str, scope: Scope, receive: Receive, send: Send) -> None:
        turns = self._turns.setdefault(near, _Turns())
        await turns.take()
        mine = True

        def over() -> None:
            nonlocal mine
            if mine:
                mine = False
                turns.give_back()
                if turns.idle:
                    self._turns.pop(near, None)

        async def sending(message: Message) -> None:
            over()  # the work is done; who reads slowly keeps nobody waiting
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            over()


class _Turns:
    """So many at once; the others wait in their order."""

    def __init__(self) -> None:
        self._at_work = asyncio.Semaphore(TURNS)
        self._there = 0

    @property
    def idle(self) -> bool:
        """Whether nobody is at work or waits."""
        return self._there == 0

    async def take(self) -> None:
        """Wait for a turn."""
        self._there += 1
        try:
            await self._at_work.acquire()
        except BaseException:
            self._there -= 1
            raise

    def give_back(self) -> None:
        """End it."""
        self._there -= 1
        self._at_work.release()
