"""`tell.sqlite`: what every channel remembers, and what has still to be said.

What is decided and what is remembered are one commit: a message is decided once, whatever dies.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import apsw

from hil.alarms.schema import DAMAGE, Damaged, is_new, one_commit
from hil.historian.weeks.files import set_aside
from hil.tell.sending import Message, NotSent
from twin.alarms.telling import Flood, Memory
from twin.closing import Closing
from twin.errors import BadInput

FILE = "tell.sqlite"
_MARK, _VERSION = 0x68756B74, 1
KEPT_NS = 30 * 86_400 * 1_000_000_000
"""What was said is kept so long, for whoever asks [ns]."""
FIRST_WAIT_NS, LONGEST_WAIT_NS = 10_000_000_000, 900_000_000_000
"""Waits between two tries double from one to the other [ns]."""
REFUSED_WAIT_NS = 3_600_000_000_000
"""What was refused is tried again after so long [ns]."""

_TABLES = """
CREATE TABLE desk(id TEXT NOT NULL) STRICT;
CREATE TABLE channels(
  name TEXT PRIMARY KEY, memory TEXT NOT NULL, wait_ns INTEGER NOT NULL, tries INTEGER NOT NULL,
  trouble TEXT NOT NULL) STRICT;
CREATE TABLE messages(
  serial INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, t_ns INTEGER NOT NULL,
  message TEXT NOT NULL, tries INTEGER NOT NULL, next_ns INTEGER NOT NULL,
  sent_ns INTEGER, answer TEXT NOT NULL) STRICT;
CREATE INDEX messages_due ON messages(channel, sent_ns, serial);
"""

_UNSAID = """
WITH unsaid AS (
  SELECT message FROM messages WHERE channel = ? AND sent_ns IS NULL
  AND coalesce(json_array_length(message, '$.to'), 0) = 0)
SELECT message ->> '$.data.number' AS number FROM unsaid WHERE number IS NOT NULL
UNION
SELECT alarm.value ->> '$.number' FROM unsaid, json_each(message, '$.data.alarms') AS alarm
"""
"""What some people have got already is said."""


@dataclass(frozen=True)
class Waiting:
    """A message that has still to be said."""

    serial: int
    message: Message
    tries: int


@dataclass(frozen=True)
class ChannelState:
    """How a channel does."""

    wait_ns: int = 0
    """Nothing is tried before [ns since 1970]."""
    tries: int = 0
    """In a row that have failed [-]."""
    trouble: str = ""

    def may_try(self, now_ns: int) -> bool:
        """Whether it has waited for long enough at `now_ns` [ns since 1970]."""
        return is_over(self.wait_ns, wait_ns(self.tries) if self.tries else 0, now_ns)


class Outbox(Closing):
    """Of one courier: two would say everything twice. Close it, or use `with`."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            Damaged: it is broken.
            BadInput: it cannot be opened, is not ours, or another courier has it.
        """
        self._path = path
        try:
            self._db = apsw.Connection(str(path))
        except apsw.Error as error:
            raise BadInput(f"{path}: cannot be opened: {error}") from None
        try:
            self._prepare(path)
            self.check()
        except apsw.BusyError:
            self._db.close()
            raise BadInput(f"{path}: another courier has it") from None
        except DAMAGE as error:
            self._db.close()
            raise Damaged(f"{path}: {error}") from None
        except apsw.Error as error:
            self._db.close()
            raise BadInput(f"{path}: {error}") from None
        except BaseException:
            self._db.close()
            raise

    def check(self) -> None:
        """Read all that is remembered and has still to be said.

        Raises:
            Damaged: it is broken.
            apsw.Error: it cannot be read now.
        """
        try:
            if (found := self._db.pragma("quick_check")) != "ok":
                raise Damaged(f"{self._path}: {found}")
            self.key("")
            for (memory,) in self._db.execute("SELECT memory FROM channels"):
                _memory(json.loads(memory))
            unsaid = "SELECT message FROM messages WHERE sent_ns IS NULL"
            for (message,) in self._db.execute(unsaid):
                _message(message)
        except (*DAMAGE, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(f"{self._path}: {error}") from None

    def memory(self, channel: str) -> Memory | None:
        """What a channel remembers; None of one that is new."""
        row = self._db.execute("SELECT memory FROM channels WHERE name = ?", (channel,)).fetchone()
        return None if row is None else _memory(json.loads(row[0]))

    def decide(self, channel: str, memory: Memory, messages: Sequence[Message], t_ns: int) -> None:
        """Remember, and keep what is to be said."""
        with one_commit(self._db):
            self._db.execute(
                "INSERT INTO channels VALUES (?1, ?2, 0, 0, '')"
                " ON CONFLICT (name) DO UPDATE SET memory = ?2",
                (channel, json.dumps(asdict(memory))),
            )
            for m in messages:
                self._db.execute(
                    "INSERT INTO messages(channel, t_ns, message, tries, next_ns, answer)"
                    " VALUES (?, ?, ?, 0, ?, '')",
                    (channel, t_ns, _text(m), t_ns),
                )

    def state(self, channel: str) -> ChannelState:
        """How a channel does."""
        row = self._db.execute(
            "SELECT wait_ns, tries, trouble FROM channels WHERE name = ?", (channel,)
        ).fetchone()
        return ChannelState() if row is None else ChannelState(*row)

    def due(self, channel: str, now_ns: int, most: int) -> list[Waiting]:
        """What is to be said at `now_ns` [ns since 1970], `most` of it.

        The oldest first, but what was not taken once makes nothing wait that is new.
        """
        found = self._db.execute(
            "SELECT serial, message, tries FROM messages WHERE channel = ?1 AND sent_ns IS NULL"
            " AND (tries = 0 OR next_ns <= ?2 OR next_ns > ?2 + ?3)"
            " ORDER BY tries > 0, serial LIMIT ?4",
            (channel, now_ns, REFUSED_WAIT_NS, most),
        )
        return [Waiting(serial, _message(text), tries) for serial, text, tries in found]

    def waiting(self, channel: str) -> int:
        """Messages that have still to be said [-]."""
        ((count,),) = self._db.execute(
            "SELECT count(*) FROM messages WHERE channel = ? AND sent_ns IS NULL", (channel,)
        )
        return int(count)

    def refusal(self, channel: str) -> str:
        """Why the oldest was not taken that was not; empty where none was refused."""
        row = self._db.execute(
            "SELECT answer FROM messages WHERE channel = ? AND sent_ns IS NULL AND tries > 0"
            " ORDER BY serial LIMIT 1",
            (channel,),
        ).fetchone()
        return "" if row is None else str(row[0])

    def unsaid(self, channel: str) -> frozenset[int]:
        """Alarms, by number, of which something has still to be said."""
        return frozenset(number for (number,) in self._db.execute(_UNSAID, (channel,)))

    def sent(self, channel: str, serial: int, now_ns: int, answer: str) -> None:
        """It was said; the channel is well."""
        with one_commit(self._db):
            self._db.execute(
                "UPDATE messages SET sent_ns = ?, answer = ? WHERE serial = ?",
                (now_ns, answer, serial),
            )
            self._db.execute(
                "UPDATE channels SET wait_ns = 0, tries = 0, trouble = '' WHERE name = ?",
                (channel,),
            )
            self._db.execute("DELETE FROM messages WHERE sent_ns < ?", (now_ns - KEPT_NS,))

    def not_reached(self, channel: str, now_ns: int, why: str) -> None:
        """Nobody took anything: the channel waits, twice as long each time."""
        tries = self.state(channel).tries + 1
        self._db.execute(
            "UPDATE channels SET wait_ns = ?, tries = ?, trouble = ? WHERE name = ?",
            (now_ns + wait_ns(tries), tries, why, channel),
        )

    def put_off(self, waiting: Waiting, error: NotSent, now_ns: int) -> None:
        """This one was not taken, or not for all: it waits by itself, and lets others pass.

        What was refused waits for a person to mend that; who asks for patience gets it.
        """
        wait = REFUSED_WAIT_NS if error.refused else wait_ns(waiting.tries + 1)
        message = replace(waiting.message, to=error.left or waiting.message.to)
        self._db.execute(
            "UPDATE messages SET tries = tries + 1, next_ns = ?, answer = ?, message = ?"
            " WHERE serial = ?",
            (now_ns + wait, str(error), _text(message), waiting.serial),
        )

    def key(self, channel: str) -> str:
        """A key that no other message of any desk has."""
        ((desk,),) = self._db.execute("SELECT id FROM desk")
        return f"{desk}.{channel}.{secrets.token_hex(8)}"

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _prepare(self, path: Path) -> None:
        self._db.pragma("locking_mode", "exclusive")
        if is_new(self._db):
            self._db.pragma("journal_mode", "wal")
            with one_commit(self._db):
                self._db.execute(_TABLES)
                self._db.execute("INSERT INTO desk VALUES (?)", (f"hukka-{secrets.token_hex(8)}",))
                self._db.pragma("application_id", _MARK)
                self._db.pragma("user_version", _VERSION)
        if self._db.pragma("application_id") != _MARK:
            raise BadInput(f"{path}: not a file of messages")
        if (found := self._db.pragma("user_version")) != _VERSION:
            raise BadInput(f"{path}: version {found}, this hukka knows {_VERSION}")
        self._db.pragma("synchronous", "full")
        with one_commit(self._db):  # takes the lock, and keeps it
            self._db.execute("UPDATE desk SET id = id")


def opened(path: Path) -> tuple[Outbox, str]:
    """The outbox; one that is damaged is set aside first, as people are to be told anyway.

    With it what was wrong; empty while all is well.

    Raises:
        BadInput: it cannot be opened, is not ours, or another courier has it.
    """
    try:
        if path.exists() and not path.stat().st_size:
            raise Damaged(f"{path}: is empty")
        return Outbox(path), ""
    except Damaged as error:
        aside = set_aside(path).name
        return Outbox(path), f"{error}: it is {aside} now, and what stands is told anew"


def wait_ns(tries: int) -> int:
    """How long a channel waits after so many failures in a row [ns]."""
    return min(FIRST_WAIT_NS << min(tries - 1, 20), LONGEST_WAIT_NS)


def is_over(until_ns: int, length_ns: int, now_ns: int) -> bool:
    """Whether a wait of `length_ns` [ns] until `until_ns` is over at `now_ns` [ns since 1970].

    Where more is left of it than it was long, the clock has been set back since it began.
    """
    return not 0 < until_ns - now_ns <= length_ns


def _text(message: Message) -> str:
    return json.dumps(asdict(message), ensure_ascii=False)


def _message(text: str) -> Message:
    told = json.loads(text)
    return Message(**told | {"to": tuple(told.get("to", ()))})


def _memory(told: Mapping[str, Any]) -> Memory:
    flood = told["flood"]
    return Memory(
        int(told["cursor"]),
        {int(n): int(t) for n, t in told["waiting"].items()},
        {int(n): (int(t), int(times)) for n, (t, times) in told["told"].items()},
        tuple(told["recent"]),
        None if flood is None else Flood(**flood),
        told.get("journal_ns"),
    )
