"""`/metrics` of the page's server."""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hil.neighbours.metrics import CONTENT_TYPE, rendered
from hil.neighbours.this_machine import from_this_machine
from hil.neighbours.view import View

NOT_HERE = "not for you: without a metrics.token_file only this machine itself is answered"
NO_TOKEN = "not for you: behind a proxy metrics need a metrics.token_file"


def metrics_route(view: View, token: str | None = None, *, behind_proxy: bool = False) -> Route:
    """The route that a server mounts.

    With `token`, whoever shows it as bearer is answered, from wherever. Without, this machine is;
    not what a proxy of this machine hands on. A server that is known to be `behind_proxy` cannot
    tell the two apart for sure: it answers nobody without a token.
    """

    def answer(request: Request) -> Response:
        if token is not None:
            shown = request.headers.get("authorization", "")
            if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
                return PlainTextResponse("not for you", 401, {"www-authenticate": "Bearer"})
        elif behind_proxy:
            return PlainTextResponse(NO_TOKEN, 403)
        elif not from_this_machine(request):
            return PlainTextResponse(NOT_HERE, 403)
        return Response(rendered(view), media_type=CONTENT_TYPE)

    return Route("/metrics", answer, methods=["GET"])
