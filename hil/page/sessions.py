"""Sessions: who has come in and may stay, until when. Tokens are random; only hashes are kept."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from hil.gate import files
from hil.gate.users import Find, User
from twin.clock import utc_ns

NAME = "sessions.json"
_HOUR_NS = 3_600_000_000_000
IDLE_NS = 12 * _HOUR_NS
"""A session that nobody uses ends after so long [ns]: a shift."""
ABSOLUTE_NS = 7 * 24 * _HOUR_NS
"""Any session ends after so long [ns]."""
_KEEP_NS = _HOUR_NS // 12
"""How old the time of the last use on disk may be [ns]."""
MOST = 200
"""Sessions at once [-]; the one that was used longest ago makes room."""


@dataclass(frozen=True)
class _Session:
    name: str
    mark: str
    """Hash of the user's mark: another one ends the session."""
    begun_ns: int
    used_ns: int


class Sessions:
    """Sessions of a page; those of a server that was killed go on with the next."""

    def __init__(
        self,
        folder: Path,
        find: Find,
        now_ns: Callable[[], int] = utc_ns,
    ) -> None:
        """`now_ns` is UTC [ns since 1970]."""
        self._path = folder / NAME
        self._find = find
        self._now_ns = now_ns
        self._sessions = self._load()
        self._kept_ns = now_ns()

    def begin(self, user: User) -> str:
        """A new token for `user`; there is none that was known before."""
        token = secrets.token_urlsafe(32)
        now = self._now_ns()
        self._drop(lambda session: self._over(session, now))
        while len(self._sessions) >= MOST:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key].used_ns)]
        self._sessions[_hash(token)] = _Session(user.name, _hash(user.mark), now, now)
        self._keep()
        return token

    def user(self, token: str, *, use: bool = True) -> User | None:
        """Who holds `token`, if the session is not over; `use` puts its idle end off."""
        key = _hash(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        now = self._now_ns()
        user = None if self._over(session, now) else self._find(session.name)
        if user is None or _hash(user.mark) != session.mark:
            self.end(token)
            return None
        if use:
            self._sessions[key] = replace(session, used_ns=now)
            if now - self._kept_ns >= _KEEP_NS:
                self._keep()
        return user

    def end(self, token: str) -> None:
        """Forget a session."""
        if self._sessions.pop(_hash(token), None) is not None:
            self._keep()

    def _drop(self, over: Callable[[_Session], bool]) -> None:
        self._sessions = {k: s for k, s in self._sessions.items() if not over(s)}

    def _over(self, session: _Session, now_ns: int) -> bool:
        idle, whole = now_ns - session.used_ns, now_ns - session.begun_ns
        return idle >= IDLE_NS or whole >= ABSOLUTE_NS

    def _keep(self) -> None:
        self._kept_ns = self._now_ns()
        plain = {key: asdict(session) for key, session in self._sessions.items()}
        try:
            files.replace(self._path, json.dumps(plain).encode())
        except OSError:  # a full disk costs a login after a restart, not this session
            return

    def _load(self) -> dict[str, _Session]:
        try:
            plain = json.loads(self._path.read_bytes())
            return {str(key): _Session(**session) for key, session in plain.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # everybody logs in again


def csrf_of(token: str) -> str:
    """What a page must send with each change: it follows from the session, and not back."""
    return sha256(b"csrf " + token.encode()).hexdigest()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
