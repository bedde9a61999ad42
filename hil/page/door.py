"""The outer door of the page: which requests come in at all, and what every answer carries.

Names of hosts are checked against DNS rebinding: an address in numbers is always ours, a name only
if it is `localhost`, stands in the certificate, or is the public name of the page.
"""

from collections.abc import Collection
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hil.neighbours.this_machine import name_in
from hil.page.public import Public
from hil.page.questions import answered

MOST_BYTES = 64 * 1024
"""Largest body of a request [B]."""
_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_HSTS = "max-age=31536000"
_SAFE = ("GET", "HEAD")
_CHANGING = ("POST", "DELETE")


class Door:
    """ASGI middleware: host, origin, kind and size of requests; headers of answers."""

    def __init__(
        self, app: ASGIApp, names: Collection[str], *, tls: bool, public: Public | None = None
    ) -> None:
        """`names` are those of the certificate, `*.` at the front of one stands for one label.

        `public` is where people reach the page, if a proxy stands before it.
        """
        self._app = app
        self._names = {"localhost", *(name.casefold() for name in names)}
        self._scheme = "https" if tls else "http"
        self._public = public
        self._https_only = tls
        if public is not None:
            self._names.add(public.name)
            self._https_only = not public.prefix  # else other pages have that name too

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it at the door."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, MutableHeaders(scope=message))
            await send(message)

        if self._public is not None:
            path = self._public.below(scope["path"])
            if path is None:
                await RedirectResponse(self._public.address, 308)(scope, receive, with_headers)
                return
            scope = {**scope, "path": path}
        if (refusal := self._refusal(scope)) is not None:
            status, why = refusal
            allow = {"allow": ", ".join((*_SAFE, *_CHANGING))} if status == 405 else None
            await answered({"error": why}, status, allow)(scope, receive, with_headers)
            return
        try:
            await self._app(scope, _limited(receive), with_headers)
        except _TooLarge:
            refused = answered({"error": f"body: must be at most {MOST_BYTES} bytes"}, 413)
            await refused(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, f"host {host[:100]!r}: is not a name of this page"
        if scope["method"] in _SAFE:
            return None
        if scope["method"] not in _CHANGING:
            return 405, f"{scope['path'][:200]}: Method Not Allowed"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return 413, f"body: must be at most {MOST_BYTES} bytes"
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return 415, "content-type: must be application/json"
        # a proxy may ask for the page by its own name for it; browsers say the public one
        own = f"{self._scheme}://{host}".casefold()
        public = own if self._public is None else self._public.origin
        if headers.get("origin", own).casefold() not in (own, public):
            return 403, "origin: another page may not change anything here"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "origin: another page may not change anything here"
        return None

    def _is_ours(self, host: str) -> bool:
        name = name_in(host)
        if name in self._names or f"*.{name.partition('.')[2]}" in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def _add(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if self._https_only:
            headers["strict-transport-security"] = _HSTS
        # the page itself is asked for again, and not sent again where it is the same
        api = scope["path"].startswith(("/api/", "/healthz"))
        headers["cache-control"] = "no-store" if api else "no-cache"


class _TooLarge(Exception):
    """A body without an end in sight."""


def _limited(receive: Receive) -> Receive:
    """The same body, as long as it is not too large; its length may not have been told."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise _TooLarge
        return message

    return limited
