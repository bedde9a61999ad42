"""News for every open page: looked up about once a second, written once, sent to all.

A page that reads slowly skips what it missed: it gets the whole of the newest moment instead of
what has changed since the one before. So nothing queues up for it, and nobody waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from anyio import to_thread

from hil.page import plain
from hil.page.source import Source
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import HukkaError

PERIOD_NS = NS_PER_S
EARLY_NS = PERIOD_NS // 4
"""New values may bring the next look so much earlier or later [ns]: it falls in step with them."""
_LOOK_NS = 50_000_000
HEALTH_EVERY = 5
"""Looks at the source from one look at its health to the next [-]."""
_MAPPINGS = ("measured", "quality", "commands", "predicted", "band", "standing", "reasons")


@dataclass(frozen=True)
class Told:
    """The last that was said under one name, and the look at which it changed [-]."""

    look: int = 0
    content: bytes = b""


@dataclass(frozen=True)
class Frame:
    """What is known after one look at the source."""

    look: int
    now: Mapping[str, Any] = field(default_factory=dict)
    changed: bytes = b""
    """The event of what is new in `now` since the look before; empty when nothing is."""
    alarms: Told = Told()
    health: Told = Told()
    beat: bytes = b""

    @cached_property
    def whole(self) -> bytes:
        """The event of all of `now`."""
        return event("now", self.look, plain.body({"whole": True, **self.now}))

    def after(self, seen: int) -> bytes:
        """What somebody has to be told who was told everything until look `seen`."""
        now = self.changed if seen == self.look - 1 else self.whole
        said = [t.content for t in (self.alarms, self.health) if t.look > seen]
        return b"".join([now if self.now else b"", *said, self.beat])


class Broadcast:
    """Looks at a source and keeps the newest frame; `run` it beside the server."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._frame = Frame(0)
        self._next = asyncio.Event()
        self._stop = asyncio.Event()
        self._arrived = asyncio.Event()
        self._fresh = False
        self.listeners = 0
        """Pages that are open [-]."""

    async def run(self) -> None:
        """Look once a period, just after new values are there, until `stop`."""
        while not self._stop.is_set():
            if not self.listeners:
                self._fresh = False
                self._arrived.clear()
                await self._arrived.wait()
                continue
            begin_ns, newest_ns = monotonic_ns(), self._source.newest_ns()
            self._frame = await to_thread.run_sync(self._frame_of, self._frame.look + 1)
            self._fresh = True
            self._wake()
            await self._until(begin_ns, newest_ns)

    def stop(self) -> None:
        """End `run` and every stream."""
        self._stop.set()
        self._arrived.set()
        self._wake()

    async def listen(self, allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Events for one page, until it goes, may not see them any more, or the server stops."""
        seen, following = -1, self._next
        self.listeners += 1
        self._arrived.set()
        try:
            if not self._fresh:  # nobody has looked since the last page was closed
                await following.wait()
            while not self._stop.is_set() and allowed():
                frame, following = self._frame, self._next
                yield frame.after(seen)
                seen = frame.look
                await following.wait()
        finally:
            self.listeners -= 1

    async def _until(self, begin_ns: int, newest_ns: int) -> None:
        """Until something newer than `newest_ns` is there, or a period after `begin_ns` is over."""
        early_ns = begin_ns + PERIOD_NS - (EARLY_NS if newest_ns else 0)
        await _wait(self._stop, (early_ns - monotonic_ns()) / NS_PER_S)
        late_ns = early_ns + (2 * EARLY_NS if newest_ns else 0)
        while not self._stop.is_set() and monotonic_ns() < late_ns:
            if self._source.newest_ns() != newest_ns:
                return
            await _wait(self._stop, _LOOK_NS / NS_PER_S)

    def _wake(self) -> None:
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    def _frame_of(self, look: int) -> Frame:
        before = self._frame
        now: Mapping[str, Any]
        try:
            now = plain.moment(self._source.now())
            alarms = plain.body(plain.alarms(self._source.alarms()))
            health = before.health
            if not health.content or look - health.look >= HEALTH_EVERY:
                told = plain.body(plain.health(self._source.health()))
                health = Told(look, event("health", look, told))
            trouble, ended = "", self._source.ended
        except (HukkaError, OSError) as error:  # a disk that is gone may be back at the next look
            now, alarms, health, trouble = before.now, None, before.health, str(error)
            ended = False
        list_ = before.alarms
        if alarms is not None and (content := event("alarms", 0, alarms)) != list_.content:
            list_ = Told(look, content)
        beat = event(
            "beat", look, plain.body({"t_ms": now.get("t_ms"), "trouble": trouble, "ended": ended})
        )
        return Frame(look, now, _changed(before.now, now, look), list_, health, beat)


def event(name: str, number: int, content: bytes) -> bytes:
    """One server-sent event, with an id [-] where it has one."""
    id_ = f"id: {number}\n" if number else ""
    return f"{id_}event: {name}\ndata: ".encode() + content + b"\n\n"


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], look: int) -> bytes:
    """The event of what differs; what has gone from a mapping is null."""
    if before == now:
        return b""
    news: dict[str, Any] = {"t_ms": now["t_ms"], "predicted_ms": now["predicted_ms"]}
    for name in _MAPPINGS:
        old, new = before.get(name, {}), now[name]
        differs = {key: value for key, value in new.items() if key not in old or old[key] != value}
        if gone := dict.fromkeys(old.keys() - new.keys()):
            differs |= gone
        if differs:
            news[name] = differs
    return event("now", look, plain.body({"whole": False, **news}))


async def _wait(stop: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), wait_s)
    except TimeoutError:
        return
