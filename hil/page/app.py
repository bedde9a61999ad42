"""The page as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hil.page.questions import Questions, answered
from hil.page.source import Source
from hil.page.stream import Broadcast
from twin.errors import HukkaError

ASSETS = Path(__file__).parent / "assets"


def page_app(source: Source) -> Starlette:
    """The page of `source`."""
    broadcast = Broadcast(source)
    ask = Questions(source)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(broadcast.run)
            yield
            broadcast.stop()

    async def stream(_: Request) -> Response:
        return StreamingResponse(
            broadcast.listen(lambda: True), media_type="text/event-stream"
        )

    def site(_: Request) -> Response:
        user = {"name": "operator", "role": "operator"}
        return answered(
            {**ask.site(), "user": user, "can": {"order": False, "users": False}, "csrf": "x"}
        )

    def healthz(_: Request) -> Response:
        return answered({"ok": True, "age_ms": 0})

    def front(_: Request) -> Response:
        return FileResponse(ASSETS / "index.html")

    app = Starlette(
        routes=[
            Route("/", front),
            Route("/healthz", healthz),
            Route("/api/site", site),
            Route("/api/now", ask.now),
            Route("/api/at", ask.at),
            Route("/api/span", ask.span),
            Route("/api/stream", stream),
            Route("/api/series", ask.series),
            Route("/api/alarms", ask.alarms),
            Route("/api/alarms/history", ask.history),
            Route("/api/alarms/{number}/evidence", ask.evidence),
            Route("/api/health", ask.health),
            Route("/api/kpis", ask.kpis),
            Route("/api/procedures", ask.procedures),
            Mount("/assets", StaticFiles(directory=ASSETS, check_dir=False)),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)],
        exception_handlers={HukkaError: _refused, HTTPException: _not_there},
        lifespan=lifespan,
    )
    app.state.broadcast = broadcast
    return app


def _refused(_: Request, error: Exception) -> Response:
    return answered({"error": str(error)}, 400)


def _not_there(request: Request, error: Any) -> Response:  # noqa: ANN401
    return answered({"error": f"{request.url.path}: {error.detail}"}, error.status_code)
