"""The alarms of a plant: one an event, from the news of the diagnosis and the orders of people.

The journal of what happened is the whole state: `restored` gives the panel back from it. State in,
state out; time is an argument.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from twin.diagnosis.isa import Action, Alarm, State, act, at
from twin.diagnosis.verdict import Event


@dataclass(frozen=True)
class Entry:
    """Something that happened to an alarm at `t_ns` [ns]: a line of the journal."""

    t_ns: int
    number: int
    """Of the event whose alarm it is [-]."""
    part: str
    fault: str | None
    """What the diagnosis called it then; None of something unknown."""
    action: Action
    state: State
    """Of the alarm afterwards."""
    latching: bool = False
    until_ns: int | None = None
    """End of the shelf that it was put on [ns]."""


@dataclass(frozen=True)
class Named:
    """An alarm, and what it is about."""

    part: str
    fault: str | None
    alarm: Alarm


@dataclass(frozen=True)
class Panel:
    """Alarms by the number of their event; those that ask nothing any more are gone from it."""

    alarms: Mapping[int, Named] = field(default_factory=dict)
    latching: frozenset[str] = frozenset()
    """Parts whose alarms stay until somebody resets them."""

    @property
    def annunciated(self) -> tuple[int, ...]:
        """Alarms that ask for somebody now, the oldest first."""
        return tuple(n for n, named in sorted(self.alarms.items()) if named.alarm.annunciated)


def follow(
    panel: Panel, news: Iterable[Event], off: Collection[str], now_ns: int
) -> tuple[Panel, list[Entry]]:
    """The panel at `now_ns` after `news`, and what was written down.

    Alarms of parts that are `off` are suppressed by design; shelves whose time is over end.
    """
    entries: list[Entry] = []
    for event in news:
        number = event.number
        if number not in panel.alarms:
            v = event.verdict
            fresh = Named(v.part, v.fault, Alarm(latching=v.part in panel.latching))
            panel = _with(panel, number, fresh)
            panel = _do(panel, number, Action.RAISE, now_ns, entries)
        elif event.cleared_ns is None:
            named = Named(event.verdict.part, event.verdict.fault, panel.alarms[number].alarm)
            panel = _do(_with(panel, number, named), number, Action.RENAME, now_ns, entries)
        if event.cleared_ns is not None:
            panel = _do(panel, number, Action.CLEAR, now_ns, entries)
    for number, named in sorted(panel.alarms.items()):
        if at(named.alarm, now_ns) != named.alarm:
            panel = _do(panel, number, Action.EXPIRE, now_ns, entries)
        if (named.part in off) != named.alarm.suppressed:
            action = Action.UNSUPPRESS if named.alarm.suppressed else Action.SUPPRESS
            panel = _do(panel, number, action, now_ns, entries)
    return _needed(panel), entries


def order(
    panel: Panel, number: int, action: Action, now_ns: int, until_ns: int | None = None
) -> tuple[Panel, Entry]:
    """The panel after a person has done `action` to an alarm, and what is written down.

    Raises:
        ValueError: there is no such alarm, or the action is not allowed now.
    """
    if number not in panel.alarms:
        raise ValueError(f"{action.value}: there is no alarm {number}")
    entries: list[Entry] = []
    panel = _do(panel, number, action, now_ns, entries, until_ns)
    return _needed(panel), entries[0]


def restored(journal: Sequence[Entry], latching: frozenset[str] = frozenset()) -> Panel:
    """The panel as it was after the last entry of `journal`."""
    panel = Panel(latching=latching)
    for entry in journal:
        known = panel.alarms.get(entry.number)
        alarm = Alarm(latching=entry.latching) if known is None else known.alarm
        alarm = act(alarm, entry.action, entry.t_ns, entry.until_ns)
        panel = _with(panel, entry.number, Named(entry.part, entry.fault, alarm))
    return _needed(panel)


def _do(
    panel: Panel,
    number: int,
    action: Action,
    now_ns: int,
    entries: list[Entry],
    until_ns: int | None = None,
) -> Panel:
    named = panel.alarms[number]
    alarm = act(named.alarm, action, now_ns, until_ns)
    line = Entry(
        now_ns, number, named.part, named.fault, action, alarm.state, alarm.latching, until_ns
    )
    entries.append(line)
    return _with(panel, number, Named(named.part, named.fault, alarm))


def _with(panel: Panel, number: int, named: Named) -> Panel:
    return Panel({**panel.alarms, number: named}, panel.latching)


def _needed(panel: Panel) -> Panel:
    """Without alarms that are over and ask nothing: their events do not come back."""
    kept = {n: named for n, named in panel.alarms.items() if not _over(named.alarm)}
    return Panel(kept, panel.latching)


def _over(alarm: Alarm) -> bool:
    return not alarm.active and not alarm.held and alarm.acknowledged
