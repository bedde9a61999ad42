"""A page behind a proxy that ends TLS: its public address, and who asks through the proxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from twin.errors import refuse

_HTTPS = 443
_THIS_MACHINE = ("127.0.0.1", "::1")
_OWN = ("/api", "/assets")
"""First parts of the page's own addresses: a prefix must not be taken for one."""
_RULE = "must be https://NAME[:PORT][/PREFIX], as people type it"


@dataclass(frozen=True)
class Public:
    """Where people reach the page: what the proxy before it answers for."""

    name: str
    port: int = _HTTPS
    prefix: str = ""
    """With its first slash and without a last one; empty where the name is the page's alone."""

    @property
    def origin(self) -> str:
        """What a browser says in `Origin`."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return f"https://{host}" + ("" if self.port == _HTTPS else f":{self.port}")

    @property
    def address(self) -> str:
        """For a browser."""
        return f"{self.origin}{self.prefix}/"

    def below(self, path: str) -> str | None:
        """`path` as the page knows it; None for the prefix itself without its last slash.

        A proxy may leave the prefix on or take it off: the page's own addresses have none.
        """
        if self.prefix and path == self.prefix:
            return None
        return path.removeprefix(self.prefix) if path.startswith(f"{self.prefix}/") else path


def public_of(text: str) -> Public:
    """What `--public` says.

    Raises:
        BadInput: it is no address that a proxy with TLS can have.
    """
    try:
        parts = urlsplit(text)
        name, port = (parts.hostname or "").casefold(), parts.port or _HTTPS
    except ValueError:
        raise refuse("--public", text, _RULE) from None
    prefix = parts.path.rstrip("/")
    if parts.scheme != "https":
        raise refuse("--public", text, f"{_RULE}: over plain http a password can be read")
    if prefix.startswith(tuple(f"{own}/" for own in _OWN)) or prefix in _OWN:
        raise refuse("--public", text, "its prefix must not begin with /api or /assets")
    plain = prefix == quote(prefix) and "//" not in prefix and "/." not in prefix
    rest = parts.query or parts.fragment or parts.username is not None
    if not name or not name.isascii() or rest or not plain or any(c in name for c in "*%\\ "):
        raise refuse("--public", text, _RULE)
    return Public(name, port, prefix)


@dataclass(frozen=True)
class Proxies:
    """Whose word for a client's address is taken."""

    peers: frozenset[str] = frozenset()
    """Addresses of the proxies of the page."""

    def asker(self, scope: Scope) -> str:
        """Address of who asks: the peer, or whom a proxy names as its own peer.

        Of `X-Forwarded-For` the last address counts that is none of our proxies: what is before it
        was written by whoever sent it.
        """
        peer = str(scope["client"][0]) if scope.get("client") else "?"
        named = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        while peer in self.peers and named:
            try:
                peer = str(ip_address(named.pop().strip()))
            except ValueError:
                break
        return peer


NO_PROXIES = Proxies()


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 a /64, which is what a single client has."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(IPv6Network((int(known) >> 64 << 64, 64)))
    return str(known)


def proxies_of(public: Public | None, addresses: Sequence[str]) -> Proxies:
    """What `--proxy` says beside `--public`; without, what asks from this machine is the proxy.

    Raises:
        BadInput: one is no address, or there is no public name for a proxy to have.
    """
    for text in addresses:
        try:
            ip_address(text)
        except ValueError:
            raise refuse("--proxy", text, "must be an address in numbers") from None
        if public is None:
            raise refuse("--proxy", text, "goes with --public: the address that people type")
    if public is None:
        return NO_PROXIES
    return Proxies(frozenset(str(ip_address(a)) for a in addresses or _THIS_MACHINE))
