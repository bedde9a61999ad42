"""Who may use a page: names, roles and argon2 hashes in `users.json` of the data folder.

There is no user to begin with, and no secret that anybody else could know.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hil.gate.files import replace, turn
from twin.errors import BadInput, refuse, unknown

NAME = "users.json"
SHORTEST, LONGEST = 10, 200
"""Characters of a password [-]."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class BrokenUsers(BadInput):
    """The file of users cannot be read: nobody comes in until somebody has mended it."""


class Role(IntEnum):
    """What somebody may do; each may do what those below may."""

    VIEWER = 1
    """Look."""
    OPERATOR = 2
    """Acknowledge, shelve, reset, write notes."""
    ENGINEER = 3
    """Take out of service; make and remove users."""

    @property
    def word(self) -> str:
        """As people write it."""
        return self.name.lower()


@dataclass(frozen=True)
class User:
    """Somebody who has come in."""

    name: str
    role: Role
    mark: str = ""
    """Changes with the password and the role: what was begun before it ends."""


@dataclass(frozen=True)
class _Kept:
    role: Role
    hash: str


class Users:
    """The users of a folder; what another process changes is seen at the next question."""

    def __init__(self, folder: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = folder / NAME
        self._hasher = hasher or PasswordHasher()
        self._one_at_a_time = Lock()  # a hash takes 64 MiB: a crowd at the door must not
        self._seen: tuple[int, int, int] | None = None
        self._known: dict[str, _Kept] = {}
        self._nobody = ""

    def roles(self) -> dict[str, Role]:
        """Everybody's role, by name.

        Raises:
            BrokenUsers: the file is broken or cannot be read.
        """
        return {name: kept.role for name, kept in self._read().items()}

    def find(self, name: str) -> User | None:
        """The user of that name."""
        kept = self._read().get(name)
        return None if kept is None else _user(name, kept)

    def check(self, name: str, password: str) -> User | None:
        """The user, if that is the password; takes as long for a name that is not there."""
        with self._one_at_a_time:
            self._nobody = self._nobody or self._hasher.hash("nobody has this password")
            kept = self._read().get(name)
            try:
                self._hasher.verify(self._nobody if kept is None else kept.hash, password)
            except (VerificationError, InvalidHashError):
                return None
        return None if kept is None else _user(name, kept)

    def add(self, name: str, role: str, password: str) -> None:
        """Make a user.

        Raises:
            BadInput: the name is taken or is none, the role is unknown, the password is too short.
        """
        if not _NAME.fullmatch(name):
            raise refuse("name", name, "must be up to 64 letters, digits and . _ @ -")
        kept = _Kept(role_of(role), self._hash(name, password))
        with self._changing() as known:
            if name.casefold() in (other.casefold() for other in known):
                raise refuse("name", name, "is taken")
            known[name] = kept

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; BadInput as of `add`."""
        hashed = self._hash(name, password)
        with self._changing() as known:
            known[name] = _Kept(_there(known, name).role, hashed)

    def remove(self, name: str) -> None:
        """Take a user away.

        Raises:
            BadInput: there is no such user, or nobody would be left to make users.
        """
        with self._changing() as known:
            role = _there(known, name).role
            del known[name]
            left = [kept for kept in known.values() if kept.role is Role.ENGINEER]
            if known and role is Role.ENGINEER and not left:
                raise refuse("name", name, "is the last engineer: nobody could make users")

    def _hash(self, name: str, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadInput(f"password: must be {SHORTEST} to {LONGEST} characters")
        if password.casefold() == name.casefold():
            raise BadInput("password: must not be the name")
        with self._one_at_a_time:
            return self._hasher.hash(password)

    def _read(self) -> dict[str, _Kept]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._seen, self._known = None, {}
            return self._known
        except OSError as error:
            raise BrokenUsers(f"{self._path}: {error.strerror or error}") from None
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen != self._seen:
            self._known, self._seen = self._load(), seen
        return self._known

    def _load(self) -> dict[str, _Kept]:
        try:
            plain: Mapping[str, Mapping[str, str]] = json.loads(self._path.read_bytes())["users"]
            return {n: _Kept(role_of(kept["role"]), kept["hash"]) for n, kept in plain.items()}
        except OSError as error:
            raise BrokenUsers(f"{self._path}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError, AttributeError, BadInput) as error:
            raise BrokenUsers(f"{self._path}: not a file of users: {error!r}") from None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, _Kept]]:
        with turn(self._path.with_name("users.lock")):
            known = dict(self._read())
            yield known
            plain = {n: {"role": k.role.word, "hash": k.hash} for n, k in sorted(known.items())}
            try:
                replace(self._path, json.dumps({"users": plain}, indent=1).encode() + b"\n")
            except OSError as error:
                raise BadInput(f"{self._path}: {error.strerror or error}") from None


def role_of(word: str) -> Role:
    """The role that `word` names.

    Raises:
        BadInput: with the nearest one.
    """
    for role in Role:
        if role.word == word:
            return role
    raise unknown("role", "role", word, [role.word for role in Role])


Find = Callable[[str], User | None]
"""Looks a user up by name."""


def _user(name: str, kept: _Kept) -> User:
    return User(name, kept.role, f"{kept.role.word} {kept.hash}")


def _there(known: Mapping[str, _Kept], name: str) -> _Kept:
    if name not in known:
        raise unknown("users", "user", name, known)
    return known[name]
