"""Whether a request comes from this machine itself, as far as can be seen."""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

_ON_THE_WAY = (
    "forward",
    "client-ip",
    "clientip",
    "real-ip",
    "connecting-ip",
    "proxy",
    "original-",
    "envoy-",
    "cdn-",
)
"""Parts of names of headers that only what stands between adds: `X-Forwarded-*` and its kin."""
_BEGINS = ("via", "cf-", "fastly-", "x-amz", "x-azure-", "x-appengine-", "x-arr-", "x-varnish")


def from_this_machine(asking: HTTPConnection) -> bool:
    """Whether a program of this machine asks, and hands nobody else's question on.

    A proxy of this machine that adds nothing of itself passes the name on that was asked for, or
    it speaks HTTP/1.0, as nginx does by itself. One that hides all of that cannot be seen.
    """
    return (
        asking.client is not None
        and is_loopback(asking.client.host)
        and is_loopback(name_in(asking.headers.get("host", "")))
        and asking.scope["http_version"] != "1.0"
        and not handed_on(asking.headers)
    )


def handed_on(headers: Iterable[str]) -> bool:
    """Whether one of these names of headers (small letters) says that a proxy was on the way."""
    return any(
        name.startswith(_BEGINS) or any(part in name for part in _ON_THE_WAY) for name in headers
    )


def name_in(host: str) -> str:
    """The name or number in a `Host`, without its port; empty where there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
