"""The page as an ASGI application: which address is answered by whom, for whom."""

import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from hil.gate.users import BrokenUsers, Role
from hil.neighbours.metrics_route import metrics_route
from hil.page import plain
from hil.page.changes import NotWritten
from hil.page.crowd import LOGIN, STREAM, Crowd
from hil.page.door import Door
from hil.page.entry import Entry, Who, needs
from hil.page.files import Files
from hil.page.orders import Orders
from hil.page.people import People
from hil.page.public import NO_PROXIES, Proxies, Public
from hil.page.questions import Questions, answered
from hil.page.source import Source
from hil.page.stream import Broadcast
from twin.clock import utc_ns
from twin.errors import HukkaError

_LOG = logging.getLogger("uvicorn.error")
_FRESH_NS = 10_000_000_000
"""A monitor whose newest row is older than this and than five periods is not well [ns]."""


@dataclass(frozen=True)
class Threshold:
    """What lies between the page and the world."""

    tls: bool = False
    """Whether the page itself speaks TLS."""
    names: Collection[str] = ()
    """Those of its certificate."""
    public: Public | None = None
    proxies: Proxies = NO_PROXIES
    token: str | None = None
    """Of whoever wants metrics; None: they are for this machine."""


def page_app(source: Source, entry: Entry, threshold: Threshold) -> Starlette:
    """The page of `source` for whom `entry` lets in, behind `threshold`."""
    broadcast = Broadcast(source)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(broadcast.run)
            yield
            broadcast.stop()

    app = Starlette(
        routes=[
            *_routes(source, entry, broadcast, threshold.proxies),
            metrics_route(source, threshold.token, behind_proxy=threshold.public is not None),
        ],
        middleware=[
            Middleware(Door, threshold.names, tls=threshold.tls, public=threshold.public),
            Middleware(Crowd, threshold.proxies),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={
            NotWritten: _unavailable,
            BrokenUsers: _closed,
            ClientDisconnect: _gone,
            HukkaError: _refused,
            HTTPException: _not_there,
        },
        lifespan=lifespan,
    )
    app.state.broadcast = broadcast
    return app


def _routes(source: Source, entry: Entry, broadcast: Broadcast, proxies: Proxies) -> list[Route]:
    files = Files()
    ask, orders, people = Questions(source), Orders(source, entry.folder), People(entry, proxies)

    def route(method: str, path: str, role: Role, answer: Callable[[Request], Any]) -> Route:
        return Route(path, needs(role, entry, answer), methods=[method])

    def get(path: str, answer: Callable[[Request], Any]) -> Route:
        return route("GET", path, Role.VIEWER, answer)

    return [
        Route("/", files.answer),
        Route("/assets/{name:path}", files.answer),
        Route("/healthz", _Healthz(source).answer),
        Route(LOGIN, people.login, methods=["POST"]),
        get("/api/site", _Site(source, entry, ask).answer),
        get(STREAM, _Stream(entry, broadcast).answer),
        get("/api/now", ask.now),
        get("/api/at", ask.at),
        get("/api/span", ask.span),
        get("/api/series", ask.series),
        get("/api/alarms", ask.alarms),
        get("/api/alarms/history", ask.history),
        get("/api/alarms/rates", ask.rates),
        get("/api/alarms/{number}/evidence", ask.evidence),
        get("/api/health", ask.health),
        get("/api/kpis", ask.kpis),
        get("/api/procedures", ask.procedures),
        route("POST", "/api/alarms/{number}", Role.OPERATOR, orders.order),
        route("POST", "/api/notes", Role.OPERATOR, orders.note),
        route("POST", "/api/logout", Role.VIEWER, people.logout),
        route("POST", "/api/password", Role.VIEWER, people.password),
        route("GET", "/api/users", Role.ENGINEER, people.everybody),
        route("POST", "/api/users", Role.ENGINEER, people.add),
        route("DELETE", "/api/users", Role.ENGINEER, people.remove),
    ]


class _Site:
    """What a browser must know before it draws, and who it draws for."""

    def __init__(self, source: Source, entry: Entry, ask: Questions) -> None:
        self._source = source
        self._entry = entry
        self._ask = ask

    def answer(self, request: Request) -> Response:
        """Site and whoever asks."""
        who: Who = request.state.who
        user = who.user
        role = Role.VIEWER if user is None else user.role
        orders = not self._source.takes_no_orders
        return answered(
            {
                **self._ask.site(),
                "user": None if user is None else {"name": user.name, "role": role.word},
                "open": self._entry.open,
                "can": {
                    "order": orders and role >= Role.OPERATOR,
                    "service": orders and role >= Role.ENGINEER,
                    "users": self._entry.users is not None and role >= Role.ENGINEER,
                },
                "why_not": self._source.takes_no_orders,
                "csrf": who.csrf,
            }
        )


class _Stream:
    """Server-sent events for whoever may see them, for as long as they may."""

    def __init__(self, entry: Entry, broadcast: Broadcast) -> None:
        self._entry = entry
        self._broadcast = broadcast

    async def answer(self, request: Request) -> Response:
        """A stream that lasts."""

        def allowed() -> bool:
            try:
                who = self._entry.who(request, use=False).user
            except BrokenUsers:
                return False
            if who is not None and who.role is Role.VIEWER:
                self._entry.who(request)  # a picture on a wall is in use: nobody can act by it
            return who is not None

        return StreamingResponse(
            self._broadcast.listen(allowed),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )


class _Healthz:
    """Whether the page shows what is: for supervisors of processes and of machines."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def answer(self, _: Request) -> Response:
        """503 where it does not."""
        try:
            t_ns = self._source.now().t_ns
        except HukkaError:
            return answered({"ok": False, "age_ms": None}, 503)
        if self._source.kind == "bench":
            return answered({"ok": True, "age_ms": None})
        age_ns = utc_ns() - t_ns
        ok = age_ns <= max(_FRESH_NS, 5 * self._source.period_ns)
        return answered({"ok": ok, "age_ms": plain.ms(age_ns)}, 200 if ok else 503)


def _refused(_: Request, error: Exception) -> Response:
    return answered({"error": str(error)}, 400)


def _unavailable(_: Request, error: Exception) -> Response:
    return answered({"error": str(error)}, 503)


def _closed(_: Request, error: Exception) -> Response:
    """Told to whoever keeps the page; visitors hear no more than that."""
    _LOG.error("nobody can come in: %s", error)
    return answered({"error": "the file of users cannot be read: see the log of the page"}, 503)


def _gone(_: Request, __: Exception) -> Response:
    return answered({"error": "body: the connection ended before it did"}, 400)


def _not_there(request: Request, error: Any) -> Response:  # noqa: ANN401
    why = f"{request.url.path[:200]}: {error.detail}"
    return answered({"error": why}, error.status_code, error.headers)  # which methods it takes
