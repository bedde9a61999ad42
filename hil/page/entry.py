"""Who asks, and what they may: each address of the API has a role that it needs."""

import hmac
import inspect
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from hil.gate.audit import user_name
from hil.gate.files import replace
from hil.gate.users import Role, User, Users
from hil.neighbours.this_machine import from_this_machine
from hil.page.public import Public
from hil.page.questions import answered
from hil.page.sessions import ABSOLUTE_NS, Sessions, csrf_of
from twin.clock import NS_PER_S

CSRF = "x-csrf-token"
LOG_IN = "log in first"
PROXY = "a proxy stands before this page, which has no users: see hukka user add"


@dataclass(frozen=True)
class Who:
    """Whoever sent a request."""

    user: User | None
    """None: nobody that is known."""
    csrf: str = ""
    """What a change must carry."""
    token: str = ""
    """Of the session; empty without one."""
    why: str = LOG_IN
    """Why it is nobody."""


class Entry:
    """Knows people by their sessions; where there are no users, this machine's own by its name."""

    def __init__(
        self,
        folder: Path | None,
        *,
        loopback: bool,
        tls: bool,
        port: int,
        lasting: bool = False,
        public: Public | None = None,
    ) -> None:
        """`folder` has users and sessions; None for a page that knows none, as of a bench.

        `public` is where people reach it through a proxy: then it is open to nobody without a
        user. `lasting`: what open pages send with their changes holds over a restart.
        """
        self.folder = folder
        self.users: Users | None = None
        self.sessions: Sessions | None = None
        if folder is not None:
            self.users = Users(folder)
            self.sessions = Sessions(folder, self.users.find)
        self._secure = tls or public is not None
        self._path = "/" if public is None or not public.prefix else public.prefix
        self._here = loopback and public is None
        self._csrf = _kept_token(folder) if lasting and folder else secrets.token_hex(32)
        fence = ("__Host-" if self._path == "/" else "__Secure-") if self._secure else ""
        self.cookie = f"{fence}hukka-{port}"
        """Ports of one host share their cookies: its number keeps two pages apart."""

    @property
    def open(self) -> bool:
        """Whether whoever reaches the page may come in: nobody was made a user yet."""
        return self._here and (self.users is None or not self.users.roles())

    def who(self, asking: HTTPConnection, *, use: bool = True) -> Who:
        """Whoever sent this; `use` puts the idle end of their session off."""
        if self.open:
            if not from_this_machine(asking):
                return Who(None, why=PROXY)
            return Who(User(user_name(), Role.OPERATOR), self._csrf)
        token = asking.cookies.get(self.cookie, "")
        user = None if self.sessions is None else self.sessions.user(token, use=use)
        return Who(None) if user is None else Who(user, csrf_of(token), token)

    def let_in(self, answer: Response, token: str) -> None:
        """Hand over the token of a session."""
        answer.set_cookie(
            self.cookie,
            token,
            max_age=ABSOLUTE_NS // NS_PER_S,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def let_out(self, answer: Response) -> None:
        """Take the token back."""
        answer.delete_cookie(
            self.cookie, path=self._path, secure=self._secure, httponly=True, samesite="strict"
        )


def _kept_token(folder: Path) -> str:
    """The token of a page without users: the same after a restart, so that open pages go on."""
    path = folder / "open.token"
    try:
        if len(kept := path.read_text("ascii")) == 64:
            return kept
    except (OSError, UnicodeDecodeError):
        pass
    fresh = secrets.token_hex(32)
    with suppress(OSError):  # a disk that takes nothing: open pages have to be loaded anew
        replace(path, fresh.encode())
    return fresh


def needs(role: Role, entry: Entry, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """`answer` for whoever has `role` or more; a change needs the token of the page besides."""

    async def guarded(request: Request) -> Response:
        who = entry.who(request)
        if who.user is None:
            return answered({"error": who.why}, 401)
        if who.user.role < role:
            has, needed = who.user.role.word, role.word
            return answered({"error": f"{who.user.name} is {has}; this needs {needed}"}, 403)
        if request.method not in ("GET", "HEAD"):
            given = request.headers.get(CSRF, "")
            if not hmac.compare_digest(given.encode(), who.csrf.encode()):
                return answered({"error": f"{CSRF}: is not that of /api/site"}, 403)
        request.state.who = who
        if inspect.iscoroutinefunction(answer):
            response: Response = await answer(request)
            return response
        return await run_in_threadpool(answer, request)

    return guarded
