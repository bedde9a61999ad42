"""Where the screen gets what it shows: a folder on this machine, or a page somewhere else.

Everything is as the page's API has it, so the screen does not know which of the two it is.
"""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Protocol

from hil.page import plain
from hil.page.evidence_view import evidence_view
from hil.page.site_view import site_view
from hil.page.source import Source
from twin.errors import BadInput, LinkLost

_TIMEOUT_S = 8.0
"""Longer than an order waits for its line in the journal [s]."""


class Feed(Protocol):
    """What the screen asks. Every method may take the time of a disk or of a network."""

    def site(self) -> Mapping[str, Any]:
        """The site, and who asks: `/api/site`."""
        ...

    def get(self, path: str) -> Any:  # noqa: ANN401
        """`now`, `alarms`, `health` or `alarms/NUMBER/evidence`.

        Raises:
            LinkLost: nobody answers.
            BadInput: the answer is a refusal.
        """
        ...

    def order(self, number: int, action: str, comment: str, until_ms: int | None) -> None:
        """Do it; BadInput if it is refused."""
        ...


class FolderFeed:
    """Straight from a source; looks and changes nothing."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name

    def site(self) -> Mapping[str, Any]:
        """The site; nobody may order anything."""
        user = {"name": self._name, "role": "viewer"}
        can = {"order": False, "service": False, "users": False}
        why = self._source.takes_no_orders or "orders go over the page: hukka screen URL"
        return {**site_view(self._source), "user": user, "can": can, "why_not": why}

    def get(self, path: str) -> Any:  # noqa: ANN401
        """As the page would answer."""
        match path.split("/"):
            case ["now"]:
                return plain.moment(self._source.now())
            case ["alarms"]:
                return plain.alarms(self._source.alarms())
            case ["health"]:
                return plain.health(self._source.health())
            case ["alarms", number, "evidence"]:
                return evidence_view(self._source, int(number))
        raise BadInput(f"{path}: is not asked of a folder")

    def order(self, number: int, action: str, comment: str, until_ms: int | None) -> None:
        """Refuse: whoever orders goes through the page, which knows people."""
        raise BadInput(str(self.site()["why_not"]))


class PageFeed:
    """Over HTTP from a page, with a session where the page has users."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        """`ca` is the PEM file of who signed the page's certificate; None: the system's."""
        if not url.startswith(("http://", "https://")):
            raise BadInput(f"{url}: must be http://HOST:PORT/ or https://HOST:PORT/")
        self._url = url.rstrip("/")
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.HTTPCookieProcessor(CookieJar()),
            urllib.request.ProxyHandler({}),
        ]
        if url.startswith("https:"):
            try:
                trust = ssl.create_default_context(cafile=ca)
            except (OSError, ssl.SSLError) as error:
                raise BadInput(f"{ca}: no certificate: {error}") from None
            handlers.append(urllib.request.HTTPSHandler(context=trust))
        self._opener = urllib.request.build_opener(*handlers)
        self._csrf = ""

    def login(self, name: str, password: str) -> None:
        """Begin a session; BadInput if name and password are wrong."""
        self._ask("POST", "login", {"name": name, "password": password})

    def needs_login(self) -> bool:
        """Whether the page wants to know who asks."""
        try:
            self.site()
        except NotIn:
            return True
        return False

    def site(self) -> Mapping[str, Any]:
        """The site, and who we are."""
        told: Mapping[str, Any] = self._ask("GET", "site")
        self._csrf = str(told["csrf"])
        return told

    def get(self, path: str) -> Any:  # noqa: ANN401
        """As the page answers."""
        return self._ask("GET", path)

    def order(self, number: int, action: str, comment: str, until_ms: int | None) -> None:
        """Over the page, in the name of the session."""
        order = {"action": action, "comment": comment}
        if until_ms is not None:
            order["until_ms"] = until_ms  # type: ignore[assignment]
        self._ask("POST", f"alarms/{number}", order)

    def _ask(self, method: str, path: str, fields: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        headers = {"content-type": "application/json", "x-csrf-token": self._csrf}
        data = None if fields is None else plain.body(fields)
        request = urllib.request.Request(f"{self._url}/api/{path}", data, headers, method=method)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise _refused(refusal) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", error)
            raise LinkLost(f"{self._url}: no answer: {why}") from None


class NotIn(BadInput):
    """The page wants to know who asks."""


def _refused(refusal: urllib.error.HTTPError) -> BadInput:
    with refusal:
        try:
            words = str(json.load(refusal)["error"])
        except (OSError, ValueError, KeyError, TypeError):
            words = f"{refusal.code} {refusal.reason}"
    return NotIn(words) if refusal.code == 401 else BadInput(words)
