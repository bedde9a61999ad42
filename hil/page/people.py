"""Coming in, going out, and who may."""

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hil.gate.backoff import BackOff
from hil.gate.users import LONGEST, User, Users, role_of
from hil.page import asked
from hil.page.changes import change_user, write_down
from hil.page.entry import Entry, Who
from hil.page.public import Proxies, neighbourhood
from hil.page.questions import answered
from twin.errors import BadInput

MOST_WAITING = 20
"""Passwords that wait to be checked [-] (assumed): each takes some 0.1 s."""
NO_USERS = "this page has no users: it is for this machine alone"


class People:
    """Answers about users; passwords are checked in threads, one at a time."""

    def __init__(self, entry: Entry, proxies: Proxies) -> None:
        """`proxies` say whom they ask for: the address that waits is not theirs."""
        self._entry = entry
        self._proxies = proxies
        self._by_name = BackOff(free=5, longest_s=60)
        """Short: whoever knows a name must not be able to keep its owner out."""
        self._by_address = BackOff(free=20, longest_s=900)
        self._hashing = CapacityLimiter(1)
        """A crowd at the door takes no threads from those who are in."""
        self._at_the_door = 0
        """Passwords that are checked, or wait for it [-]: the limiter counts them too late."""

    async def login(self, request: Request) -> Response:
        """A session for whoever knows the password of a name."""
        fields = asked.fields(await request.body(), "name", "password")
        name = asked.text(fields, "name", 64, needed=True)
        password = fields.get("password")
        if not isinstance(password, str) or len(password) > LONGEST:
            raise BadInput("password: must be given")
        users, sessions = self._users(), self._entry.sessions
        if self._at_the_door > MOST_WAITING:
            return answered({"error": "too many log in at once: wait a moment"}, 503)
        address = self._proxies.asker(request.scope)
        near = neighbourhood(address)
        wait_s = max(self._by_name.wait_s(name.casefold()), self._by_address.wait_s(near))
        if wait_s:
            told = answered({"error": f"too many wrong passwords: wait {wait_s} s"}, 429)
            told.headers["retry-after"] = str(wait_s)
            return told
        # counted before it is checked: many at once are no way around it
        self._by_name.failed(name.casefold())
        self._by_address.failed(near)
        user = await self._checked(users, name, password)
        if user is None or sessions is None:
            await self._write("login_failed", name, address=address)
            return answered({"error": "no such name and password"}, 401)
        self._by_name.succeeded(name.casefold())
        self._by_address.succeeded(near)
        await self._write("login", user.name, address=address)
        sessions.end(self._entry.who(request).token)  # whatever was there before
        token = sessions.begin(user)
        told = answered({"user": {"name": user.name, "role": user.role.word}})
        self._entry.let_in(told, token)
        return told

    async def _checked(self, users: Users, name: str, password: str) -> User | None:
        """Whose password that is, one after the other."""
        self._at_the_door += 1
        try:
            return await to_thread.run_sync(users.check, name, password, limiter=self._hashing)
        finally:
            self._at_the_door -= 1

    async def logout(self, request: Request) -> Response:
        """The end of the session."""
        who: Who = request.state.who
        if self._entry.sessions is not None and who.user is not None and who.token:
            self._entry.sessions.end(who.token)
            await self._write("logout", who.user.name)
        told = answered({"ok": True})
        self._entry.let_out(told)
        return told

    async def password(self, request: Request) -> Response:
        """Another password for whoever knows the old one; ends all their sessions but this."""
        who: Who = request.state.who
        fields = asked.fields(await request.body(), "old", "new")
        old, new = fields.get("old"), fields.get("new")
        users, sessions = self._users(), self._entry.sessions
        if not isinstance(old, str) or not isinstance(new, str) or len(old) > LONGEST:
            raise BadInput("password: old and new must be given")
        if who.user is None or sessions is None or not who.token:
            raise BadInput(NO_USERS)
        name = who.user.name
        if wait_s := self._by_name.wait_s(name.casefold()):
            return answered({"error": f"too many wrong passwords: wait {wait_s} s"}, 429)
        self._by_name.failed(name.casefold())
        checked = await self._checked(users, name, old)
        if checked is None:
            await self._write("password_refused", name)
            return answered({"error": "old: is not the password"}, 403)
        self._by_name.succeeded(name.casefold())
        await self._change("password", name, name, lambda: users.set_password(name, new))
        told = answered({"ok": True})
        if (user := users.find(name)) is not None:
            sessions.end(who.token)
            self._entry.let_in(told, sessions.begin(user))
        return told

    def everybody(self, _: Request) -> Response:
        """Names and roles."""
        found = self._users().roles().items()
        return answered([{"name": name, "role": role.word} for name, role in found])

    async def add(self, request: Request) -> Response:
        """Make a user."""
        fields = asked.fields(await request.body(), "name", "role", "password")
        name = asked.text(fields, "name", 64, needed=True)
        role = role_of(asked.text(fields, "role", 20, needed=True))
        password = fields.get("password")
        if not isinstance(password, str):
            raise BadInput("password: must be given")
        users = self._users()
        await self._change(
            "user_added", _name(request), name,
            lambda: users.add(name, role.word, password), role=role.word,
        )  # fmt: skip
        return answered({"ok": True}, 201)

    async def remove(self, request: Request) -> Response:
        """Take a user away; their sessions end."""
        fields = asked.fields(await request.body(), "name")
        name = asked.text(fields, "name", 64, needed=True)
        users = self._users()
        await self._change("user_removed", _name(request), name, lambda: users.remove(name))
        return answered({"ok": True})

    def _users(self) -> Users:
        if self._entry.users is None:
            raise BadInput(NO_USERS)
        return self._entry.users

    async def _change(
        self, event: str, by: str, of: str, do: Callable[[], None], **fields: object
    ) -> None:
        if self._entry.folder is None:
            raise BadInput(NO_USERS)
        await run_in_threadpool(change_user, self._entry.folder, event, by, of, do, **fields)

    async def _write(self, event: str, name: str, **fields: object) -> None:
        if self._entry.folder is not None:
            await run_in_threadpool(write_down, self._entry.folder, event, name, **fields)


def _name(request: Request) -> str:
    user = request.state.who.user
    return "" if user is None else str(user.name)
