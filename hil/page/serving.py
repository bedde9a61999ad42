"""The page over HTTP: where it may listen, and an end within seconds though streams are open."""

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from cryptography import x509
from starlette.applications import Starlette

from hil.neighbours.this_machine import is_loopback
from hil.page.app import Threshold, page_app
from hil.page.entry import Entry
from hil.page.listener import Listener
from hil.page.patience import Patience
from hil.page.public import NO_PROXIES, Proxies, Public, proxies_of, public_of
from hil.page.source import Source
from hil.page.stream import Broadcast
from twin.errors import BadInput, refuse

GRACE_S = 2
"""Open answers are given so long when the server ends [s]."""


MOST_CONNECTIONS = 500
"""At once [-]; more are answered with 503 (and from `listener.MOST` on with nothing)."""


@dataclass(frozen=True)
class Place:
    """Where a page listens; PEM files where it does so with TLS."""

    host: str
    port: int
    cert: Path | None = None
    key: Path | None = None
    public: Public | None = None
    """Where people reach it, if that is a proxy."""
    proxies: Proxies = NO_PROXIES

    @property
    def tls(self) -> bool:
        """Whether what is sent can be read on the way by nobody."""
        return self.cert is not None

    def said(self, port: int) -> str:
        """What people are told: its address, and the public one of a page behind a proxy."""
        here = self.address(port)
        return here if self.public is None else f"{self.public.address} by way of {here}"

    def address(self, port: int) -> str:
        """For a browser on this machine, or on another where it listens for others."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{port}/"


class PageServer(uvicorn.Server):
    """Ends streams first: they would last for ever."""

    def __init__(self, app: Starlette, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._broadcast: Broadcast = app.state.broadcast
        self._broadcast.failed = self._give_up
        self._patience = Patience()
        self.beat: Callable[[], None] = lambda: None
        """Called every five seconds from where answers begin: one that hangs does not call it."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End well, with exit code 0: this is how a page is meant to end."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve to the end; what ended the looks at the source before their time is raised."""
        super().run(sockets)
        if self._broadcast.failure is not None:
            raise self._broadcast.failure

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, by uvicorn."""
        if counter % 10 == 0:
            self._patience.look(self.server_state.connections)
        if counter % 50 == 0:
            self.beat()
        return await super().on_tick(counter)

    def _give_up(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say good-bye to every open page, then wait for answers that are under way."""
        self._broadcast.stop()
        await super().shutdown(sockets)


def place_of(
    listen: str,
    cert: Path | None,
    key: Path | None,
    option: str = "--listen",
    public: str | None = None,
    proxies: Sequence[str] = (),
) -> Place:
    """Where `--listen HOST:PORT --cert FILE --key FILE` is; `[::1]:8470` too.

    `option` is what the user calls it; `public` and `proxies` are as of `--public`, `--proxy`.

    Raises:
        BadInput: one of them is no address, or one of the files is missing.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise refuse(option, listen, "must be HOST:PORT, such as 127.0.0.1:8470")
    if (cert is None) != (key is None):
        raise BadInput("--cert and --key go together: the certificate and its private key")
    seen = None if public is None else public_of(public)
    known = proxies_of(seen, tuple(proxies))
    return Place(host.strip("[]"), int(port), cert, key, seen, known)


def serve(source: Source, folder: Path | None, place: Place, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told the address once it listens.

    `folder` has the users; None for a page that knows none.

    Raises:
        BadInput: it may not, or cannot, listen there.
    """
    with closing(listening(place)) as listener:
        server, _ = prepared(source, folder, place, listener)
        ready(place.said(listener.getsockname()[1]))
        server.run(sockets=[listener])


def prepared(
    source: Source,
    folder: Path | None,
    place: Place,
    listener: socket.socket,
    token: str | None = None,
) -> tuple[PageServer, str]:
    """A server for `listener` that is not running yet, and its address.

    `token` is what whoever wants metrics shows; None: they are for this machine.

    Raises:
        BadInput: other machines reach it, and TLS or users are missing.
    """
    port = int(listener.getsockname()[1])
    loopback = is_loopback(place.host)
    entry = Entry(
        folder,
        loopback=loopback,
        tls=place.tls,
        port=port,
        lasting=not source.takes_no_orders,
        public=place.public,
    )
    if not loopback or place.public is not None:
        _check_for_others(entry, place)
    names = [] if place.cert is None else names_in(place.cert)
    threshold = Threshold(place.tls, names, place.public, place.proxies, token)
    app = page_app(source, entry, threshold)
    try:
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",  # whose sockets are those of the listener
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_S,
            limit_concurrency=MOST_CONNECTIONS,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            ssl_certfile=place.cert,
            ssl_keyfile=place.key,
        )
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"{place.cert}, {place.key}: no certificate and its key: {error}") from None
    return PageServer(app, config), place.address(port)


def listening(place: Place) -> socket.socket:
    """A socket that listens at `place`; port 0 is a free one.

    Raises:
        BadInput: somebody else listens there, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        made = socket.create_server((place.host, place.port), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{place.host}:{place.port}: the page cannot listen there: {why}") from None
    return Listener(made, place.proxies.peers, tls=place.tls)


def names_in(cert: Path) -> Sequence[str]:
    """Names of hosts in a certificate.

    Raises:
        BadInput: it is none.
    """
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes()).extensions
        names = found.get_extension_for_class(x509.SubjectAlternativeName).value
        return names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        return []
    except OSError as error:
        raise BadInput(f"{cert}: {error.strerror or error}") from None
    except ValueError:
        raise BadInput(f"{cert}: not a certificate (PEM)") from None


def _check_for_others(entry: Entry, place: Place) -> None:
    if not place.tls and not is_loopback(place.host):
        raise BadInput(
            f"--listen {place.host}: other machines reach it: give --cert and --key, or listen on"
            " 127.0.0.1"
        )
    if entry.users is None or not entry.users.roles():
        where = f"--listen {place.host}"
        if place.public is not None:
            where = f"--public {place.public.address}"
        raise BadInput(
            f"{where}: other machines reach it, and there is no user yet: see hukka user add"
        )
