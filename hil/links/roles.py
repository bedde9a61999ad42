"""What the role in a client's certificate may do: which registers and bits it reads and writes.

The rules are the server's own, as the MODBUS/TCP Security Protocol Specification (v21, 8.3) has
it; what they do not allow is answered with exception 01.
"""

from collections.abc import Mapping
from typing import NamedTuple

from hil.links.pdu import READ_TABLE
from twin.errors import unknown
from twin.registers import Table


class Span(NamedTuple):
    """Addresses `first` to `last` of a table, both included."""

    table: Table
    first: int
    last: int


EVERYTHING = tuple(Span(table, 0, 0xFFFF) for table in READ_TABLE.values())


class Rights(NamedTuple):
    """What may be read, and what may be written."""

    read: tuple[Span, ...] = EVERYTHING
    write: tuple[Span, ...] = ()


class Access(NamedTuple):
    """What a request touches, and whether it changes it."""

    writes: bool
    span: Span


RULE_WORDS: Mapping[str, Rights] = {
    "read": Rights(),
    "write": Rights(write=EVERYTHING),
}
"""Rules as a site file says them."""


class RoleRules:
    """Rights by role; a role without any, and a client without role (None), may do nothing."""

    def __init__(self, rights: Mapping[str | None, Rights]) -> None:
        self._rights = dict(rights)

    @classmethod
    def of_words(cls, words: Mapping[str, str]) -> "RoleRules":
        """Rules from `role: read` and `role: write`; BadInput for another word."""
        for role, word in words.items():
            if word not in RULE_WORDS:
                raise unknown(f"role {role!r}", "right", word, RULE_WORDS)
        return cls({role: RULE_WORDS[word] for role, word in words.items()})

    def allow(self, role: str | None, request: bytes) -> bool:
        """Whether `role` may have `request` done; one that is cut or unknown touches nothing."""
        rights = self._rights.get(role)
        if rights is None:
            return False
        return all(_covered(access, rights) for access in touched(request))


def touched(request: bytes) -> tuple[Access, ...]:
    """What the PDU `request` reads and writes; nothing if it is cut or its function is unknown."""
    if len(request) < 5:
        return ()
    first, count = _word(request, 1), _word(request, 3)
    match request[0]:
        case 1 | 2 | 3 | 4:
            return (_access(False, READ_TABLE[request[0]], first, count),)
        case 5:
            return (_access(True, "co", first, 1),)
        case 6:
            return (_access(True, "hr", first, 1),)
        case 15:
            return (_access(True, "co", first, count),)
        case 16:
            return (_access(True, "hr", first, count),)
        case 22:  # it reads too, but tells nobody
            return (_access(True, "hr", first, 1),)
        case 23 if len(request) > 8:
            written = _access(True, "hr", _word(request, 5), _word(request, 7))
            return (_access(False, "hr", first, count), written)
        case _:
            return ()


def _access(writes: bool, table: Table, first: int, count: int) -> Access:
    return Access(writes, Span(table, first, first + max(count, 1) - 1))


def _covered(access: Access, rights: Rights) -> bool:
    wanted = access.span
    return any(
        allowed.table == wanted.table
        and allowed.first <= wanted.first
        and (wanted.last <= allowed.last or allowed.last == 0xFFFF)
        for allowed in (rights.write if access.writes else rights.read)
    )


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]
