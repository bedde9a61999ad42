"""The book of alarms: the only writer of `desk.sqlite`. What a call returned is on the disk."""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import apsw

from hil.alarms import schema
from hil.alarms.lines import LISTED_NOW, STANDING_THEN, from_row, write
from hil.alarms.order import Order, carry_out
from hil.alarms.settings import AlarmSettings
from hil.alarms.told import text_of
from twin.alarms.board import Board, Known, Sheet, restored
from twin.alarms.limit import Timer, follow_limits
from twin.alarms.links import follow_links
from twin.alarms.listed import EventId, Line
from twin.alarms.news import outlive, read_news, remember, take
from twin.alarms.reconcile import reconcile
from twin.alarms.settle import settle
from twin.closing import Closing
from twin.errors import BadInput, refuse

LONGEST_NOTE = 4000
"""Characters of what a person may write [-]."""
_TWIN_GAP_NS = 600_000_000_000
"""News of the twin that are further apart say nothing of the time between [ns] (assumed)."""
_HEALTH_FOR_NS = 400 * 86_400_000_000_000
"""How long it is known how the desk itself was [ns] (assumed: a year, and some days to look)."""
_LAST_NS = (1 << 63) - 1
_TWIN, _OFF, _TIMERS = "twin", "off", "timers"


class AlarmBook(Closing):
    """Alarms of a plant; close it, or use `with`. All times are ns since 1970.

    Every call may raise `apsw.Error`: the disk is full or gone, and what was asked has not
    happened; the book is as it was.
    """

    def __init__(
        self,
        path: Path,
        settings: AlarmSettings | None = None,
        reads: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Take up the alarms as the file has them; `reads` are the signals of each controller.

        Raises:
            Damaged: the file is broken.
            BadInput: it is not ours, of a newer hukka, or cannot be opened.
        """
        self._settings = settings or AlarmSettings()
        self._limits = self._settings.limit_map()
        self._link_rule = self._settings.link_rule()
        self._reads = reads or {}
        self._suppressible = frozenset(k for k, v in self._limits.items() if v.suppressed_when_off)
        self._latching = frozenset(self._settings.latching)
        self._path, self._db = path, schema.open_writer(path)
        try:
            rows = self._db.execute("SELECT key, told FROM kept")
            self._kept: dict[str, Any] = {key: json.loads(told) for key, told in rows}
            self._stood = {
                part: word for part, word, _ in self._db.execute(STANDING_THEN, (_LAST_NS,))
            }
            self.board = self._restored()
            self.timers = {key: Timer(*told) for key, told in self._kept.get(_TIMERS, {}).items()}
            self._begin()
            self._inode = path.stat().st_ino
        except (*schema.DAMAGE, ValueError, KeyError, TypeError) as error:
            self._db.close()
            raise schema.Damaged(f"{path}: {error}") from None
        except (apsw.Error, OSError) as error:
            self._db.close()
            raise BadInput(f"{path}: {error}") from None

    @property
    def is_there(self) -> bool:
        """Whether what is written can be found again."""
        return schema.is_found(self._path, self._inode)

    def check(self) -> None:
        """Read the list as others do: what we write ourselves we do not read again.

        Raises:
            Damaged: it is broken.
            apsw.Error: it cannot be read now.
        """
        with closing(apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            try:
                for row in db.execute(LISTED_NOW):
                    from_row(*row)
            except (*schema.DAMAGE, ValueError, KeyError, TypeError) as error:
                raise schema.Damaged(f"{self._path}: {error}") from None

    def twin(
        self,
        events_told: Sequence[Mapping[str, Any]],
        off: Collection[str],
        now_ns: int,
        *,
        standing: Mapping[str, str] | None = None,
        reasons: Mapping[str, str] | None = None,
        generation: str | int | None = None,
        open_events: Collection[int] | None = None,
    ) -> list[Line]:
        """Take news of the diagnosis: `hil.replay.judging.plain` of each event, with "generation".

        Parts that are `off` are suppressed by design. With the `standing` of each part, alarms
        end that the twin has no memory of once their part has been healthy for long enough: those
        of an older generation, and those that are not among `open_events` (numbers of this one).
        What changes of `standing` is kept, with the `reasons` of then.
        """
        sheet = Sheet(self.board, now_ns)
        sheet.board = replace(sheet.board, off=frozenset(off))
        if generation is not None:
            remember(sheet, str(generation))
        known = None if open_events is None else frozenset(open_events)
        evidence = []
        for told in events_told:
            news = read_news(told, text_of(told))
            number = take(sheet, news, self._settings.rank, self._latching, known)
            if number is not None:
                told_at = (number, sheet.now_ns, news.raised_ns, news.cleared_ns)
                row = (news.id.generation, news.id.number, *told_at, json.dumps(told))
                evidence.append(row)
        timers = dict(self.timers)
        if standing is not None:
            enough_ns = round(self._settings.forget_after * 1e9)
            timers = outlive(sheet, timers, now_ns, standing, known, enough_ns, _TWIN_GAP_NS)
        why = reasons or {}
        stood = [
            (part, now_ns, word, why.get(part, ""))
            for part, word in (standing or {}).items()
            if self._stood.get(part) != word
        ]
        return self._write(sheet, timers, evidence, stood)

    def health(self, t_ns: int, told: Mapping[str, Any]) -> None:
        """Keep how the desk itself is at `t_ns`, as JSON types; what is very old goes."""
        with schema.one_commit(self._db):
            deflated = zlib.compress(json.dumps(told, separators=(",", ":")).encode())
            self._db.execute("INSERT OR REPLACE INTO health VALUES (?, ?)", (t_ns, deflated))
            self._db.execute("DELETE FROM health WHERE t_ns < ?", (t_ns - _HEALTH_FOR_NS,))

    def limits(
        self, t_ns: int, values: Mapping[str, float], quality: Mapping[str, int]
    ) -> list[Line]:
        """Hold a row of readings [SI] against the limits."""
        sheet = Sheet(self.board, t_ns)
        timers = follow_limits(sheet, self._limits, self.timers, t_ns, values, quality)
        return self._write(sheet, timers)

    def links(self, t_ns: int, lost: Mapping[str, str]) -> list[Line]:
        """Controllers that are lost now, with why."""
        sheet = Sheet(self.board, t_ns)
        timers = follow_links(sheet, self._link_rule, self.timers, t_ns, lost, self._reads)
        return self._write(sheet, timers)

    def order(self, order: Order, now_ns: int) -> list[Line]:
        """Do what a person wants.

        Raises:
            BadInput: not allowed now, or there is no such alarm.
        """
        sheet = Sheet(self.board, now_ns)
        carry_out(sheet, order)
        return self._write(sheet, self.timers)

    def note(self, who: str, text: str, t_ns: int) -> list[Line]:
        """Keep what a person wrote; no alarm changes.

        Raises:
            BadInput: nothing is written, or too much.
        """
        if not who.strip():
            raise refuse("note.who", who, "must say who writes")
        if not 0 < len(text.strip()) <= LONGEST_NOTE:
            raise refuse("note.text", text[:40], f"must have 1 to {LONGEST_NOTE} characters")
        with schema.one_commit(self._db):
            row = (t_ns, who, text)
            self._db.execute("INSERT INTO notes(t_ns, who, text) VALUES (?, ?, ?)", row)
        return []

    def tick(self, now_ns: int) -> list[Line]:
        """Let time pass: shelves end."""
        return self._write(Sheet(self.board, now_ns), self.timers)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _begin(self) -> None:
        """Alarms of limits that the settings have no more end, others get what is new of them."""
        sheet = Sheet(self.board, self.board.t_ns)
        reconcile(sheet, self._limits)
        timers = {k: t for k, t in self.timers.items() if k[:6] != "limit:" or k in self._limits}
        self._write(sheet, timers)

    def _write(
        self,
        sheet: Sheet,
        timers: Mapping[str, Timer],
        evidence: Sequence[tuple[Any, ...]] = (),
        stood: Sequence[tuple[str, int, str, str]] = (),
    ) -> list[Line]:
        """Everything that a call changed, in one commit; nothing where nothing changed."""
        settle(sheet, self._suppressible)
        board = sheet.board
        kept = {
            _TIMERS: {key: list(astuple(timer)) for key, timer in timers.items()},
            _OFF: sorted(board.off),
            _TWIN: board.generation,
        }
        changed = {key: told for key, told in kept.items() if self._kept.get(key) != told}
        if sheet.lines or changed or evidence or stood:
            with schema.one_commit(self._db):
                write(self._db, sheet.lines)
                self._db.executemany(
                    "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", evidence
                )
                self._db.executemany("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?)", stood)
                self._db.executemany(
                    "INSERT OR REPLACE INTO kept VALUES (?, ?)",
                    [(key, json.dumps(told)) for key, told in changed.items()],
                )
        self._kept |= changed
        self._stood |= {part: word for part, _, word, _ in stood}
        self.board, self.timers = board, dict(timers)
        return sheet.lines

    def _restored(self) -> Board:
        last = [from_row(*row) for row in self._db.execute(LISTED_NOW)]
        ((highest, t_ns),) = self._db.execute(
            "SELECT coalesce(max(number), 0), coalesce(max(t_ns), 0) FROM journal"
        )
        generation = self._kept.get(_TWIN)
        off = frozenset(self._kept.get(_OFF, ()))
        return restored(last, t_ns, highest + 1, self._known(generation), generation, off)

    def _known(self, generation: str | None) -> dict[EventId, Known]:
        rows = self._db.execute(
            "SELECT event, number, raised_ns, cleared_ns FROM evidence WHERE generation = ?",
            (generation or "",),
        )
        return {EventId(str(generation), event): Known(*rest) for event, *rest in rows}
