"""The page over HTTP: its socket, and an end within seconds though streams are open."""

import socket
from contextlib import closing

import uvicorn
from starlette.applications import Starlette

from twin.errors import BadInput, refuse

GRACE_S = 2
"""Open answers are given so long when the server ends [s]."""


class PageServer(uvicorn.Server):
    """Ends streams first: they would last for ever."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say good-bye to every open page, then wait for answers that are under way."""
        self.config.app.state.broadcast.stop()  # type: ignore[union-attr]  # a Starlette
        await super().shutdown(sockets)


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """`HOST:PORT` in two, `[::1]:8080` too; BadInput if it is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise refuse(option, text, "must be HOST:PORT, such as 127.0.0.1:8087")
    return host.strip("[]"), int(port)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is a free one.

    Raises:
        BadInput: somebody else listens there, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{host}:{port}: the page cannot listen there: {why}") from None


def page_server(app: Starlette) -> PageServer:
    """A server for `app` that logs nothing but trouble."""
    return PageServer(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
            lifespan="on",
        )
    )


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    with closing(listening(host, port)) as listener:
        page_server(app).run(sockets=[listener])
