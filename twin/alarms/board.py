"""The list of alarms, and a sheet on which one change of it is written down.

The lines are the whole state: the last line of each alarm says how it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from twin.alarms.listed import DESK, EventId, Line, Listed, Priority, more_urgent
from twin.diagnosis.isa import Action, act


@dataclass(frozen=True)
class Known:
    """What the list knows of an event of the twin; times are ns since 1970."""

    number: int
    """Of its alarm [-]."""
    raised_ns: int
    cleared_ns: int | None


@dataclass(frozen=True)
class Board:
    """Alarms by number; those that are over and ask nothing are gone from it."""

    listed: Mapping[int, Listed] = field(default_factory=dict)
    next_number: int = 1
    t_ns: int = 0
    """Of the newest line: later ones are never earlier [ns]."""
    off: frozenset[str] = frozenset()
    """Parts that are switched off, as the twin said last."""
    generation: str | None = None
    """Of the twin's memory, as it said last."""
    known: Mapping[EventId, Known] = field(default_factory=dict)
    """Events of that generation."""

    def of_key(self, key: str) -> Listed | None:
        """The alarm of a limit, a link or a fault; an active one before others, then the newest."""
        found = [a for a in self.listed.values() if a.key == key]
        return max(found, key=lambda a: (a.alarm.active, a.number), default=None)


class Sheet:
    """One change of a board: `board` is as it is now, `lines` what was written down."""

    def __init__(self, board: Board, now_ns: int) -> None:
        self.board = board
        self.lines: list[Line] = []
        self.now_ns = max(now_ns, board.t_ns)

    def add(self, alarm: Listed) -> Listed:
        """Give it the next number; it is raised by `do`."""
        fresh = replace(alarm, number=self.board.next_number)
        self.board = replace(self.board, next_number=fresh.number + 1)
        return fresh

    def do(
        self,
        alarm: Listed,
        action: Action,
        who: str = DESK,
        comment: str = "",
        until_ns: int | None = None,
    ) -> Listed:
        """Let something happen to an alarm, given with what is newly known of it; write the line.

        Raises:
            ValueError: the action is not allowed now, see `twin.diagnosis.isa.act`.
        """
        before = self.board.listed.get(alarm.number)
        after = replace(alarm, alarm=act(alarm.alarm, action, self.now_ns, until_ns))
        if action is Action.RAISE:
            after = replace(after, cleared_ns=None, acknowledged_by=None)
        elif action is Action.ESCALATE:
            after = replace(after, acknowledged_by=None)
        elif action is Action.CLEAR and after.cleared_ns is None:
            after = replace(after, cleared_ns=self.now_ns)
        after = replace(after, asked_as=_asked_as(before, after, action))
        anew = action in (Action.RAISE, Action.ESCALATE) or before is None or not before.asks
        self.lines.append(Line(self.now_ns, action, after, after.asks and anew, who, comment))
        self._put(after)
        return after

    def _put(self, after: Listed) -> None:
        listed = {**self.board.listed, after.number: after}
        if after.gone:
            del listed[after.number]
        self.board = replace(self.board, listed=listed, t_ns=self.now_ns)


def _asked_as(before: Listed | None, after: Listed, action: Action) -> Priority:
    if before is None or action in (Action.RAISE, Action.ACKNOWLEDGE):
        return after.priority
    return after.priority if more_urgent(after.priority, before.known_as) else before.known_as


def restored(
    last: Iterable[Line],
    t_ns: int,
    next_number: int,
    known: Mapping[EventId, Known],
    generation: str | None,
    off: frozenset[str],
) -> Board:
    """The board as the last line of each alarm that is on it left it; the journal ends at t_ns."""
    lines = sorted(last, key=lambda line: line.after.number)
    listed = {line.after.number: line.after for line in lines}
    return Board(listed, next_number, t_ns, off, generation, known)
