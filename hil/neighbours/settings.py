"""`neighbours.yaml`: whom a monitored plant is told to, and how."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from twin.errors import BadInput, did_you_mean
from twin.site.document import Document, read_optional
from twin.site.mistakes import Mistake, raise_all, validated, wrong
from twin.site.quantity import Whole
from twin.site.section import Section

FILE: Final = "neighbours.yaml"
"""Its name in a data folder."""
_LOOPBACK = re.compile(r"localhost|::1|127(\.\d+){3}")
_PORTS = {"mqtt": 1883, "mqtts": 8883, "opc.tcp": 4840}


def _address(text: str, schemes: tuple[str, ...]) -> str:
    known = " or ".join(f"{scheme}://HOST:PORT" for scheme in schemes)
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError as error:
        raise ValueError(f"must be {known}: {error}") from None
    if split.scheme not in schemes:
        raise ValueError(f"must be {known}{did_you_mean(split.scheme, schemes)}")
    if not split.hostname or split.username or split.query or port == 0:
        raise ValueError(f"must be {known}, without anything else")
    return text


def _broker(text: str) -> str:
    if urlsplit(text).path.strip("/"):
        raise ValueError("must be mqtt://HOST:PORT or mqtts://HOST:PORT, without a path")
    return _address(text, ("mqtt", "mqtts"))


def _prefix(text: str) -> str:
    if not text or re.search(r"[#+\0]|^/|/$|//|^\$", text):
        rule = "must be a topic without wildcards that neither begins nor ends with /"
        raise ValueError(f"{rule}, such as hukka or plants/hukka")
    return text


class Place:
    """Host and port of an address, and whether it is this machine's own."""

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self.scheme = split.scheme
        self.host = split.hostname or ""
        self.port = split.port or _PORTS[split.scheme]

    @property
    def is_loopback(self) -> bool:
        """Whether nobody on the way could listen."""
        return _LOOPBACK.fullmatch(self.host) is not None


class Login(Section):
    """Who logs in, and files that prove it; paths are relative to the folder of the file."""

    user: str | None = None
    password_file: str | None = None
    """Its first line is the password; only its owner may read it."""
    cert: str | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key belong together")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file belong together")
        return self


class Mqtt(Login):
    """A broker that gets every sample."""

    broker: Annotated[str, AfterValidator(_broker)]
    ca: str | None = None
    """PEM file of authorities that the broker's certificate may be of; None: the system's."""
    prefix: Annotated[str, AfterValidator(_prefix)] = "hukka"
    """Topics begin with PREFIX/SITE."""
    begin: Literal["now", "beginning"] = "now"
    """Where the first start begins: with what comes, or with all that is recorded."""
    values: Annotated[bool, Field(strict=True)] = True
    """Whether each signal also has a retained topic with its newest value."""
    batch_rows: Annotated[Whole, Field(ge=1, le=3600)] = 60
    """Rows of a message, at most [-]."""

    @property
    def place(self) -> Place:
        """Where the broker is."""
        return Place(self.broker)


class Opcua(Login):
    """An OPC UA server, read-only; `cert` and `key` are its own (DER or PEM)."""

    endpoint: Annotated[str, AfterValidator(lambda text: _address(text, ("opc.tcp",)))] = (
        "opc.tcp://127.0.0.1:4840"
    )
    users: Annotated[bool, Field(strict=True)] = False
    """Whether those who may look at the page may read here, with the same names and passwords."""

    @model_validator(mode="after")
    def _one_kind_of_people(self) -> Self:
        if self.users and self.user is not None:
            raise ValueError("users are those of the page: take away user and password_file")
        return self

    @property
    def is_open(self) -> bool:
        """Whether whoever reaches it may read."""
        return self.user is None and not self.users

    @property
    def place(self) -> Place:
        """Where it listens."""
        return Place(self.endpoint)


class Metrics(Section):
    """Prometheus."""

    token_file: str | None = None
    """Its first line is what a scraper shows as bearer; None: scrapers of this machine alone."""


class Neighbours(Section):
    """An empty file names none; metrics are there anyway, for this machine."""

    mqtt: Mqtt | None = None
    opcua: Opcua | None = None
    metrics: Metrics = Metrics()


def load_neighbours(path: Path) -> Neighbours:
    """What the file says; none where there is no file.

    Raises:
        BadInput: everything that is wrong in it, a line each.
    """
    document = read_optional(path)
    if document is None:
        return Neighbours()
    found = validated(document, Neighbours)
    raise_all([*_of_files(found, document), *_of_addresses(found, document)])
    return found


def metrics_token(file: str | None) -> str | None:
    """What scrapers show, by the settings in `file`; None where they say nothing of it.

    Raises:
        BadInput: something is wrong in the file.
    """
    if file is None:
        return None
    name = load_neighbours(Path(file)).metrics.token_file
    return None if name is None else first_line(Path(file).parent / name)


def _of_files(found: Neighbours, document: Document) -> Iterator[Mistake]:
    for section, told in (("mqtt", found.mqtt), ("opcua", found.opcua), ("metrics", found.metrics)):
        for key in ("ca", "cert", "key", "password_file", "token_file"):
            name = getattr(told, key, None)
            if name is not None:
                secret = key in ("password_file", "token_file")
                if rule := _why_not(document.path.parent / name, secret=secret):
                    yield wrong(document, (section, key), rule)


def _of_addresses(found: Neighbours, document: Document) -> Iterator[Mistake]:
    mqtt, opcua = found.mqtt, found.opcua
    if mqtt is not None and mqtt.place.scheme == "mqtt":
        for key in ("ca", "cert"):
            if getattr(mqtt, key) is not None:
                yield wrong(document, ("mqtt", key), "is for mqtts:// only")
        if mqtt.user is not None and not mqtt.place.is_loopback:
            rule = "would send the password in the clear: use mqtts://"
            yield wrong(document, ("mqtt", "broker"), rule)
    if opcua is not None and not opcua.place.is_loopback and opcua.is_open:
        rule = "is for others too: it takes a user with a password_file, or users: true"
        yield wrong(document, ("opcua", "endpoint"), rule)


def first_line(path: Path) -> str:
    """The secret in a file.

    Raises:
        BadInput: it cannot be read, or is empty.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:  # whose own words show a piece of the secret
        raise BadInput(f"{path}: is not UTF-8") from None
    if not lines or not lines[0].strip():
        raise BadInput(f"{path}: its first line must be the secret")
    return lines[0].strip()


def _why_not(path: Path, *, secret: bool) -> str:
    """What is wrong with a file that is named; empty when nothing is."""
    try:
        if secret:
            first_line(path)
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix":
                return "others may read it: chmod 600"
        else:
            path.read_bytes()
    except BadInput as error:
        return str(error)
    except OSError as error:
        return f"{error.strerror or error}: {path}"
    return ""
