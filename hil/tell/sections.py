"""`tell.yaml`: who is told of what, over which channels."""

from collections.abc import Mapping
from datetime import UTC, time, tzinfo
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from twin.alarms.listed import Priority
from twin.alarms.quiet import Quiet
from twin.alarms.telling import Rule
from twin.site.document import read_optional
from twin.site.mistakes import Mistake, raise_all, unknown_word, validated
from twin.site.model import Site
from twin.site.quantity import Seconds, Whole
from twin.site.section import PartName, Section

FILE = "tell.yaml"
"""Its name in a data folder."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _clock(text: object) -> time:
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise ValueError("must be a time of day such as 22:00") from None


def _zone(text: object) -> tzinfo:
    if text == "UTC":  # which is there without the system's data base of zones
        return UTC
    try:
        return ZoneInfo(str(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be the name of a time zone such as Europe/Helsinki") from None


def _url(text: object) -> str:
    parts = urlsplit(str(text))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://desk.example.org")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("must have a port of 1 to 65535")
    return str(text)


def _sendable(url: str) -> str:
    if not url.isascii() or any(c.isspace() for c in url):
        raise ValueError("must be ASCII without spaces: others as %C3%A4, in a host as xn--")
    return url


def _is_address(text: str) -> bool:
    """Whether a mail can have it in its head; Python's parser stumbles over what is broken."""
    mail = EmailMessage()
    try:
        mail["To"] = text
        mail.as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError, NameError):
        return False
    found = mail["To"].addresses
    return bool(found) and all(a.username and a.domain for a in found) and not mail["To"].defects


Clock = Annotated[time, BeforeValidator(_clock)]
Zone = Annotated[tzinfo, BeforeValidator(_zone)]
Url = Annotated[str, BeforeValidator(_url)]
HookUrl = Annotated[Url, AfterValidator(_sendable)]
Port = Annotated[Whole, Field(ge=1, le=65535)]


class QuietSection(Section):
    """Hours in which only what is urgent is told; the rest waits for their end."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    begins: Clock
    ends: Clock
    but: Priority = "high"
    """What is at least as urgent is told all the same."""


class Channel(Section):
    """What every channel has."""

    language: Literal["en", "fi"] = "en"
    priority: Priority = "low"
    """The least urgent that is told."""
    parts: tuple[PartName, ...] = ()
    """Parts whose alarms are told; empty: all."""
    after: Annotated[Seconds, Field(ge=0)] = 0.0
    """How long an alarm has to have asked before it is told [s]."""
    repeat: Annotated[Seconds, Field(ge=60)] | None = None
    """It is told again after so long, as long as nobody has acknowledged it [s]."""
    returned: Annotated[bool, Field(strict=True)] = True
    acknowledged: Annotated[bool, Field(strict=True)] = False
    quiet: QuietSection | None = None

    def rule(self, zone: tzinfo) -> Rule:
        """What the channel wants to hear, by the clocks of `zone`."""
        q = self.quiet
        return Rule(
            self.priority,
            frozenset(self.parts),
            round(self.after * 1e9),
            None if self.repeat is None else round(self.repeat * 1e9),
            self.returned,
            self.acknowledged,
            None if q is None else Quiet(q.begins, q.ends, zone, q.but),
        )


class Secret(Section):
    """Where a password is: never in this file itself."""

    file: str | None = None
    """A file with nothing else in it, relative to the folder of `tell.yaml`."""
    env: str | None = None
    """A variable of the environment."""

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("needs one of 'file' and 'env'")
        return self


class Mail(Channel):
    """E-mail, handed to a mail server."""

    kind: Literal["mail"]
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    sender: str
    host: str
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca: str | None = None
    """PEM file of the authorities that are trusted; None: those of the system."""
    user: str | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _says_nothing_in_clear(self) -> Self:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError(f"security = none: only to a server of this machine, not {self.host}")
        if (self.user is None) != (self.password is None):
            raise ValueError("needs both of 'user' and 'password', or none")
        wrong = [a for a in (*self.to, self.sender) if not _is_address(a)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is not an address such as duty@example.org")
        return self


class Webhook(Channel):
    """One HTTP POST a message, with JSON."""

    kind: Literal["webhook"]
    url: HookUrl
    ca: str | None = None
    secret: Secret | None = None
    """Signs each message (HMAC-SHA256)."""

    @model_validator(mode="after")
    def _says_nothing_in_clear(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("url: must be https, but for an address of this machine")
        return self


class Mqtt(Channel):
    """One MQTT message (QoS 1) a message, with JSON."""

    kind: Literal["mqtt"]
    host: str
    port: Port = 8883
    tls: Annotated[bool, Field(strict=True)] = True
    ca: str | None = None
    topic: Annotated[str, Field(min_length=1)]
    user: str | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _says_nothing_in_clear(self) -> Self:
        if not self.tls and self.host not in LOOPBACK:
            raise ValueError(f"tls = false: only to a broker of this machine, not {self.host}")
        if any(c in self.topic for c in "+#\0"):
            raise ValueError(f"topic = {self.topic!r}: must have no + and no #")
        return self


AnyChannel = Annotated[Mail | Webhook | Mqtt, Field(discriminator="kind")]


class TellSettings(Section):
    """Who is told; an empty file tells nobody."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    page: Url | None = None
    """Where people reach the desk's page: messages have a link to each alarm."""
    zone: Zone = UTC
    """Time zone of messages and quiet hours."""
    channels: Mapping[PartName, AnyChannel] = {}

    def reached(self, public: str | None) -> Self:
        """The same, with `public` for a page that the file does not name."""
        return self if self.page or public is None else self.model_copy(update={"page": public})


def load_tell(path: Path | None, site: Site | None = None) -> TellSettings:
    """What the file says; nobody is told where there is none.

    Raises:
        BadInput: everything that is wrong in it, a line each.
    """
    document = read_optional(path)
    if document is None:
        return TellSettings()
    found = validated(document, TellSettings)
    if site is not None:
        known = [*site.plant.parts, *site.controllers]
        mistakes: list[Mistake] = [
            unknown_word(document, ("channels", name, "parts", i), "part", part, known)
            for name, channel in found.channels.items()
            for i, part in enumerate(channel.parts)
            if part not in known
        ]
        raise_all(mistakes)
    return found


def settings_file(data: Path, site: Site) -> Path | None:
    """`tell.yaml` of the data folder, or that beside the site; None where there is none."""
    found = (data / FILE, site.folder / FILE)
    return next((path for path in found if path.is_file()), None)
