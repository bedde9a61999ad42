"""News of the twin: events that are raised, named anew and cleared, over its restarts too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from twin.alarms.board import Board, Known, Sheet
from twin.alarms.limit import Timer, waited
from twin.alarms.listed import EventId, Listed, Priority, more_urgent
from twin.alarms.raising import raise_alarm, rename
from twin.diagnosis.isa import Action, Alarm
from twin.diagnosis.verdict import Standing

UNKNOWN_FAULT = "unknown"
"""What stands in a key for something that no hypothesis explains."""


@dataclass(frozen=True)
class News:
    """An event as the twin told it; times are ns since 1970."""

    id: EventId
    part: str
    fault: str | None
    raised_ns: int
    since_ns: int
    cleared_ns: int | None
    text: str
    signals: tuple[str, ...]
    consequences: tuple[str, ...]

    @property
    def key(self) -> str:
        """Of its alarm."""
        return f"{self.part}/{self.fault or UNKNOWN_FAULT}"


Rank = Callable[[str | None], Priority]
"""Priority of a fault; None is one that nothing explains."""


def read_news(told: Mapping[str, Any], text: str) -> News:
    """An event from what it looks like in JSON (times in s), with `text` of how large it is."""
    cleared_s = told.get("cleared_s")
    return News(
        EventId(str(told["generation"]), int(told["number"])),
        str(told["part"]),
        told["fault"],
        round(told["raised_s"] * 1e9),
        round(told["since_s"] * 1e9),
        None if cleared_s is None else round(cleared_s * 1e9),
        text,
        tuple(share["signal"] for share in told.get("evidence", ())),
        tuple(told.get("consequences", ())),
    )


def take(
    sheet: Sheet,
    news: News,
    rank: Rank,
    latching: frozenset[str],
    open_events: frozenset[int] | None = None,
) -> int | None:
    """Let an event change its alarm; the number of that, None if it was all known before.

    A twin that goes on from its checkpoint tells again what it told after that: the same event,
    no second alarm, and none that is over comes back. What was raised at another time is another
    event, though it has the number of one before.
    """
    remember(sheet, news.id.generation)
    known = sheet.board.known.get(news.id)
    if known is not None and known.raised_ns != news.raised_ns:
        _give_up(sheet, news.id)
        known = None
    if known is not None and known.cleared_ns is not None:
        return None
    alarm = None if known is None else sheet.board.listed.get(known.number)
    fresh = _listed(news, rank, latching)
    if known is None:
        alarm = _raise(sheet, news, fresh, open_events)
    elif alarm is None:
        return None
    else:
        alarm = _better(sheet, alarm, fresh)
    if news.cleared_ns is not None and alarm.alarm.active:
        alarm = sheet.do(replace(alarm, cleared_ns=news.cleared_ns), Action.CLEAR)
    entry = Known(alarm.number, news.raised_ns, news.cleared_ns)
    sheet.board = replace(sheet.board, known={**sheet.board.known, news.id: entry})
    return alarm.number


def _give_up(sheet: Sheet, event: EventId) -> None:
    """Know nothing of an event any more: its number has been given to another."""
    others = {e: known for e, known in sheet.board.known.items() if e != event}
    sheet.board = replace(sheet.board, known=others)


def remember(sheet: Sheet, generation: str) -> None:
    """The twin's memory is `generation`; events of an earlier one do not come back."""
    if sheet.board.generation != generation:
        sheet.board = replace(sheet.board, generation=generation, known={})


def orphans(board: Board, open_events: frozenset[int] | None) -> list[Listed]:
    """Standing causes that the twin does not know any more.

    They are of a memory that it lost, or (`open_events` are those it has open now) were raised
    after its checkpoint and not again.
    """
    twins = (a for a in board.listed.values() if a.kind == "twin" and a.alarm.active)
    return [a for a in twins if _forgotten(board, a, open_events)]


def _forgotten(board: Board, alarm: Listed, open_events: frozenset[int] | None) -> bool:
    event = alarm.event
    if event is None or event.generation != board.generation:
        return True
    known = board.known.get(event)
    if known is None or known.number != alarm.number:
        return True
    return open_events is not None and event.number not in open_events


def outlive(
    sheet: Sheet,
    timers: Mapping[str, Timer],
    t_ns: int,
    standing: Mapping[str, str],
    open_events: frozenset[int] | None,
    enough_ns: int,
    longest_gap_ns: int,
) -> dict[str, Timer]:
    """Clear orphans whose part has been seen to be healthy for `enough_ns`; gives the timers."""
    kept = {key: timer for key, timer in timers.items() if not key.startswith("orphan:")}
    for alarm in orphans(sheet.board, open_events):
        key = f"orphan:{alarm.number}"
        timer = waited(
            timers.get(key, Timer()), t_ns, _healthy(standing.get(alarm.part)), longest_gap_ns
        )
        if timer.counted_ns >= enough_ns:
            why = (
                f"the twin lost its memory of it, and has seen {alarm.part} healthy for "
                f"{enough_ns / 3.6e12:g} h since"
            )
            sheet.do(alarm, Action.CLEAR, comment=why)
        elif timer != Timer():
            kept[key] = timer
    return kept


def _healthy(standing: str | None) -> bool | None:
    """None where nothing can be said: that is no sign of health, and none against it."""
    if standing == Standing.HEALTHY.value:
        return True
    unsure = (None, Standing.NOT_OBSERVABLE.value, Standing.UNDECIDED.value)
    return None if standing in unsure else False


def _listed(news: News, rank: Rank, latching: frozenset[str]) -> Listed:
    return Listed(
        0,
        "twin",
        news.key,
        news.part,
        news.fault or "something that no known fault explains",
        news.signals[0] if news.signals else None,
        rank(news.fault),
        Alarm(latching=news.part in latching),
        event=news.id,
        raised_ns=news.raised_ns,
        since_ns=news.since_ns,
        text=news.text,
        signals=news.signals,
        consequences=news.consequences,
    )


def _heir(board: Board, news: News, open_events: frozenset[int] | None) -> Listed | None:
    """The alarm that an event goes on with which is new to the list.

    It has the same part and fault; its own event is over, or the twin has forgotten it.
    """
    found = board.of_key(news.key)
    if found is None or not found.alarm.active:
        return found
    return found if _forgotten(board, found, open_events) else None


def _raise(sheet: Sheet, news: News, fresh: Listed, open_events: frozenset[int] | None) -> Listed:
    heir = _heir(sheet.board, news, open_events)
    if heir is not None and heir.alarm.active:
        return sheet.do(_told(heir, fresh), Action.ADOPT)
    return raise_alarm(sheet, heir, fresh, suppressible=True)


def _better(sheet: Sheet, alarm: Listed, fresh: Listed) -> Listed:
    """The alarm with what is known of its event now; a line only where that is another story."""
    if alarm.key == fresh.key and alarm.consequences == fresh.consequences:
        return alarm
    known_as = alarm.known_as
    if alarm.key != fresh.key:
        older = _end_older(sheet, alarm, fresh)
        if older is not None and more_urgent(older.known_as, known_as):
            known_as = older.known_as
        alarm = replace(alarm, key=fresh.key, cause=fresh.cause, priority=fresh.priority)
    return rename(sheet, _told(alarm, fresh), known_as)


def _end_older(sheet: Sheet, alarm: Listed, fresh: Listed) -> Listed | None:
    """An orphan that turns out to be what `alarm` is called now was the same thing all along."""
    older = sheet.board.of_key(fresh.key)
    if older is None or not older.alarm.active or older.number == alarm.number:
        return None
    if not _forgotten(sheet.board, older, None):
        return None
    return sheet.do(older, Action.CLEAR, comment=f"goes on as alarm {alarm.number}")


def _told(alarm: Listed, fresh: Listed) -> Listed:
    """The alarm with what the twin says of its event now."""
    return replace(
        alarm,
        part=fresh.part,
        event=fresh.event,
        signal=fresh.signal,
        since_ns=fresh.since_ns,
        text=fresh.text,
        signals=fresh.signals,
        consequences=fresh.consequences,
    )
