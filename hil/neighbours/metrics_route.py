"""`/metrics` of the page's server."""

import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hil.neighbours.metrics import CONTENT_TYPE, rendered
from hil.neighbours.view import View


def metrics_route(view: View, token: str | None = None) -> Route:
    """The route that a server mounts.

    With `token`, whoever shows it as bearer is answered, from wherever. Without, this machine is;
    not what a proxy of this machine hands on.
    """

    def answer(request: Request) -> Response:
        if not _may(request, token):
            headers = {} if token is None else {"www-authenticate": "Bearer"}
            return PlainTextResponse("not for you", 401 if token else 403, headers)
        return Response(rendered(view), media_type=CONTENT_TYPE)

    return Route("/metrics", answer, methods=["GET"])


def _may(request: Request, token: str | None) -> bool:
    if token is not None:
        shown = request.headers.get("authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        host = request.client.host if request.client else ""
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
