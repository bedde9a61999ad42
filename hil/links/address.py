"""Addresses of links as a person types them: `tcp://10.0.0.5`, `rtu:/dev/ttyUSB0?baud=9600`.

One grammar for both ends: who serves (`hil.links.serving`) may say port 0 for a free one, and
`pty:PATH` for a pseudo-terminal that is made there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args
from urllib.parse import parse_qsl

from hil.links.cost import LinkCost, cost_of
from hil.links.link import Link
from hil.links.rtu import RtuLink
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.tcp import TcpLink
from twin.clock import parse_duration_s
from twin.errors import BadInput, did_you_mean, refuse, unknown

if TYPE_CHECKING:
    from twin.site.model import Site

Scheme = Literal["tcp", "tls", "rtutcp", "rtu"]
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)
FORMS: Final = (
    "tcp://HOST[:PORT], tls://HOST[:PORT], rtutcp://HOST:PORT,"
    " rtu:PATH?baud=19200&parity=E&stop=1 or SITE.LINK"
)
SERVING_FORMS: Final = (
    "tcp://HOST[:PORT], tls://HOST[:PORT]?ca=FILE&cert=FILE&key=FILE, rtutcp://HOST:PORT,"
    " rtu:PATH?baud=19200&parity=E&stop=1, pty:PATH or SITE.LINK"
)
_TRANSPORTS: Final[Mapping[Scheme, str]] = {
    "tcp": "tcp", "tls": "tls", "rtutcp": "rtu_tcp", "rtu": "rtu",
}  # fmt: skip
"""The same as site files call it."""
_SERIAL_WORDS: Final = ("rtu", "serial")
_ASKING_ONLY: Final = ("timeout", "name", "role")
"""Options that mean something to the end that asks only."""
_PORTS: Final[Mapping[str, int]] = {"tcp": 502, "tls": 802}
"""Ports that IANA gave to Modbus and Modbus/TCP Security; a gateway's own has none."""
_SERIAL_PATH: Final = re.compile(r"/dev/|COM\d+$|\\\\\.\\|\.{0,2}/")
_HOST_AND_PORT: Final = re.compile(r"[\w.-]+:\d+$")


@dataclass(frozen=True)
class Address:
    """Where a link is. A serial line has `path`, `baud`, `parity`, `stop_bits`; others `host`.

    `timeout_s` [s] is None where nobody said it, `given` names the options that somebody did.
    Of Modbus/TCP Security: PEM files `ca`, `certificate` and `key`; `server_name`, for which the
    other end's certificate is (empty: `host`), and whether ours must have a role. Of the end that
    serves: `roles` with what each may do, and `pty`, whether `path` is a pty that is made there.
    """

    scheme: Scheme
    host: str = ""
    port: int = 0
    path: str = ""
    baud: int = 19200
    parity: str = "E"
    stop_bits: int = 1
    timeout_s: float | None = None
    ca: str = ""
    certificate: str = ""
    key: str = ""
    server_name: str = ""
    role_needed: bool = True
    roles: tuple[tuple[str, str], ...] = ()
    pty: bool = False
    given: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def is_serial(self) -> bool:
        """Whether it is a line whose settings can be wrong."""
        return self.scheme == "rtu"

    @property
    def cost(self) -> LinkCost:
        """What a read costs there; behind a gateway that of a line as it is by default."""
        return cost_of(_TRANSPORTS[self.scheme], self.baud, self.parity, self.stop_bits)

    def __str__(self) -> str:
        if self.is_serial:
            return f"{self.path} {self.baud} 8{self.parity}{self.stop_bits}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_address(text: str, *, serving: bool = False) -> Address:
    """The link that `text` names, for the end that asks or for the one that serves.

    Raises:
        BadInput: it is of no known form, an option is unknown or has a wrong value, or a site
            has no such link; with place, value, rule and the nearest known word.
    """
    word, colon, rest = text.partition(":")
    if colon and (word in _SERIAL_WORDS or (serving and word == "pty")):
        path, _, options = rest.removeprefix("//").partition("?")
        return replace(_serial(text, path, options, serving), pty=word == "pty")
    if rest.startswith("//"):
        if word not in SCHEMES:
            raise unknown(f"link {text!r}", "kind of link", word, (*SCHEMES, "serial"))
        return _network(text, word, rest[2:], serving)
    found = _of_site(text, serving)
    if found is not None:
        return found
    if _SERIAL_PATH.match(text):
        path, _, options = text.partition("?")
        return _serial(text, path, options, serving)
    hint = f", did you mean 'tcp://{text}'?" if _HOST_AND_PORT.match(text) else _near_site(text)
    raise BadInput(f"link = {text!r}: must be {SERVING_FORMS if serving else FORMS}{hint}")


def open_link(
    where: str | Address, timeout_s: float | None = None, name: str | None = None
) -> Link:
    """The asking end of a link; nothing is sent or opened before its first transaction.

    `timeout_s` [s] holds where the address says none; without both, the link's own does. What it
    has to say begins with `name` (None: the address).
    """
    address = parse_address(where) if isinstance(where, str) else where
    if address.timeout_s is None and timeout_s is not None:
        address = replace(address, timeout_s=timeout_s)
    return _OPENERS[address.scheme](name or str(address), address)


def link_address(site: "Site", name: str) -> Address:
    """The link `name` of a site, for the end that asks.

    Raises:
        BadInput: it exists inside a bench only.
    """
    return _of_link(site, name, serving=False)


def _tcp(name: str, a: Address) -> Link:
    return TcpLink(name, a.host, a.port, a.timeout_s or 0.5)


def _rtu(name: str, a: Address) -> Link:
    return RtuLink(name, a.path, a.baud, a.parity, a.stop_bits, a.timeout_s or 0.3)


def _rtutcp(name: str, a: Address) -> Link:
    return RtuTcpLink(name, a.host, a.port, a.timeout_s or 1.0)


def _tls(name: str, a: Address) -> Link:
    from hil.links.tls import TlsLink
    from hil.links.tls_identity import TlsFiles

    files = TlsFiles(Path(a.certificate), Path(a.key), Path(a.ca))
    return TlsLink(
        name,
        a.host,
        files,
        a.port,
        a.timeout_s or 0.5,
        server_name=a.server_name or None,
        role_needed=a.role_needed,
    )


_OPENERS: Final[Mapping[Scheme, Callable[[str, Address], Link]]] = {
    "tcp": _tcp,
    "tls": _tls,
    "rtutcp": _rtutcp,
    "rtu": _rtu,
}
"""What opens which kind of link: the one place where a new kind is added."""


def _network(text: str, scheme: str, rest: str, serving: bool) -> Address:
    authority, _, options = rest.partition("?")
    found = re.fullmatch(r"(\[[^\]]+\]|[^:/]+)(?::(\d*))?/?", authority)
    if found is None:
        raise BadInput(f"link = {text!r}: must be {scheme}://HOST[:PORT]")
    host, digits = found[1].strip("[]"), found[2]
    port = int(digits) if digits else _PORTS.get(scheme, 0)
    lowest = 0 if serving else 1
    if not lowest <= port <= 65535 or not (digits or port):
        rule = f"must be {lowest} to 65535" if digits else "a gateway's port must be given"
        raise refuse(f"link {text!r}: port", digits or "", rule)
    known = {"timeout": "timeout_s"}
    if scheme == "tls":
        known |= {"ca": "ca", "cert": "certificate", "key": "key"}
        known |= {"name": "server_name", "role": "role_needed"}
    values = _options(text, options, known, serving)
    for key in ("ca", "cert", "key"):
        if key in known and not values.get(key):
            raise refuse(f"link {text!r}: {key}", "", "Modbus/TCP Security needs this PEM file")
    address = Address(scheme, host=host, port=port)  # type: ignore[arg-type]  # of SCHEMES
    return _with(text, address, values, known)


def _serial(text: str, path: str, options: str, serving: bool) -> Address:
    if not path:
        raise refuse(f"link {text!r}: path", path, "a serial device must be named")
    known = {"baud": "baud", "parity": "parity", "stop": "stop_bits", "timeout": "timeout_s"}
    return _with(text, Address("rtu", path=path), _options(text, options, known, serving), known)


def _options(text: str, options: str, known: Mapping[str, str], serving: bool) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in parse_qsl(options, keep_blank_values=True):
        if key not in known:
            raise unknown(f"link {text!r}", "option", key, known)
        if serving and key in _ASKING_ONLY:
            raise refuse(f"link {text!r}: {key}", value, "is for the end that asks")
        if key in values:
            raise refuse(f"link {text!r}: {key}", value, "is there twice")
        values[key] = value
    return values


def _with(
    text: str, address: Address, values: Mapping[str, str], known: Mapping[str, str]
) -> Address:
    checked = {known[key]: _checked(text, key, value) for key, value in values.items()}
    return replace(address, given=frozenset(values), **checked)  # type: ignore[arg-type]


def _checked(text: str, key: str, value: str) -> int | float | str:
    """An option's value; serial ones by MODBUS over Serial Line V1.02, 2.5.1."""
    place = f"link {text!r}: {key}"
    match key:
        case "baud":
            if value.isdecimal() and 300 <= int(value) <= 4_000_000:
                return int(value)
            raise refuse(place, value, "must be a rate such as 9600, 19200 or 115200")
        case "parity":
            letter = value[:1].upper()
            if letter in ("N", "E", "O") and value.lower() in (letter.lower(), _PARITY[letter]):
                return letter
            raise refuse(place, value, "must be N, E or O (none, even, odd)")
        case "stop":
            if value in ("1", "2"):
                return int(value)
            raise refuse(place, value, "must be 1 or 2")
        case "timeout":
            return _timeout_s(place, value)
        case "role":
            if value == "none":
                return False
            raise refuse(place, value, "must be none, for a device that asks for no role")
        case _:
            return value


_PARITY: Final[Mapping[str, str]] = {"N": "none", "E": "even", "O": "odd"}


def _timeout_s(place: str, value: str) -> float:
    try:
        seconds = parse_duration_s(value)
    except ValueError:
        raise refuse(place, value, "must be a duration such as 300ms or 2s") from None
    if not 0.001 <= seconds <= 60:
        raise refuse(place, value, "must be 1 ms to 60 s")
    return seconds


def _of_site(text: str, serving: bool) -> Address | None:
    """The link of a site file that `SITE.LINK` names; None where there is no such site."""
    from twin.site import load_site

    site_text, dot, name = text.rpartition(".")
    if not dot or not site_text or "/" in name or not _is_site(site_text):
        return None
    site = load_site(site_text)
    if name not in site.links:
        raise unknown(site.document.path.name, "link", name, site.links)
    return _of_link(site, name, serving)


def _is_site(text: str) -> bool:
    from twin.site import list_sites

    path = Path(text)
    return text in list_sites() or (path / "site.yaml").is_file() or path.is_file()


def _of_link(site: "Site", name: str, serving: bool) -> Address:
    link, place = site.links[name], f"{site.document.path.name}: links.{name}"
    match link.transport:
        case "tcp":
            return Address("tcp", host=link.host, port=link.port, timeout_s=link.timeout)
        case "rtu_tcp":
            return Address("rtutcp", host=link.host, port=link.port, timeout_s=link.timeout)
        case "tls":
            folder = site.document.path.parent
            own = link.emulated if serving and link.emulated is not None else link
            return Address(
                "tls",
                host=link.host,
                port=link.port,
                timeout_s=link.timeout,
                ca=str(folder / link.ca),
                certificate=str(folder / own.cert),
                key=str(folder / own.key),
                server_name=link.server_name,
                role_needed=link.role_needed,
                roles=tuple(link.roles.items()),
            )
        case "rtu" if link.device == "pty":
            rule = "a bench makes it under its run folder; give that path"
            raise refuse(f"{place}.device", link.device, rule)
        case "rtu":
            return Address(
                "rtu",
                path=link.device,
                baud=link.baud,
                parity=link.parity,
                stop_bits=link.stop_bits,
                timeout_s=link.timeout,
                given=frozenset({"baud", "parity", "stop"}),
            )
        case _:
            raise refuse(f"{place}.transport", link.transport, "is inside a bench only")


def _near_site(text: str) -> str:
    from twin.site import list_sites

    site, dot, name = text.rpartition(".")
    near = did_you_mean(site, list_sites()) if dot else did_you_mean(text, SCHEMES)
    return f"{near[:-2]}.{name}'?" if dot and near.endswith("'?") else near
