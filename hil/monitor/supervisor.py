"""The supervisor: starts everybody, hands orders and news on, and tells how the desk is.

It reads no plant and writes no data. What must not be lost on its way to the keeper (news of the
twin, orders of people) it holds until the keeper has confirmed it.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

from hil.bench.layout import layout_of
from hil.crew.crew import Crew, Event
from hil.gate.files import FolderLock, make_folder
from hil.gate.interrupt import asked_by
from hil.links.service_notify import ServiceManager
from hil.monitor import health, of_site
from hil.monitor.asking import LOST_NS
from hil.monitor.crew_list import crew_list
from hil.monitor.how_it_is import how_it_is
from hil.monitor.logs import trim
from hil.monitor.options import Options
from hil.monitor.planning import plan
from hil.monitor.plights import plights
from hil.monitor.roster import Roster, Seat
from hil.monitor.seen import seen_of
from hil.monitor.settings_files import wrong_files
from hil.monitor.shared import Shared
from hil.monitor.sources import Plan
from hil.monitor.unheard import Unheard, in_words
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.errors import BadInput
from twin.site import load_site
from twin.site.metered import reckoned

TURN_S = 0.1
TELL_NS = 2 * NS_PER_S
"""`health.json` is this old at most, and the service manager hears as often [ns]."""
LINKS_NS = NS_PER_S
PUT_ASIDE = "put aside, and not done: the keeper ended on it again and again"
HANDED_ON = ("order", "note")
"""What any process may want of the keeper."""


@dataclass(frozen=True)
class Ended:
    """What a monitor has to say at its end."""

    summary: Mapping[str, Any]


def run_monitor(options: Options, say: Callable[[str], None]) -> Ended:
    """Watch a plant until `options.duration_ns`, Ctrl-C or SIGTERM; `say` hears what changes.

    Raises:
        BadInput: something about site, options, data folder or ports, before anything was read.
    """
    site = load_site(options.site)
    planned = plan(site, layout_of(site), options.at, options.assumed)
    if not options.unattended and (wrong := wrong_files(options.data, site)):
        raise BadInput("\n".join(wrong.values()))
    with ExitStack() as stack:
        if before := _take_folder(options, site.site, stack):
            options = replace(options, wrong=(*options.wrong, before))
        supervisor = _Supervisor(options, planned, say, stack)
        with _Signals() as signals:
            return supervisor.run(signals)


class _Supervisor:
    def __init__(
        self, options: Options, planned: Plan, say: Callable[[str], None], stack: ExitStack
    ) -> None:
        site = load_site(options.site)
        seen, _ = seen_of(site, planned.unread)
        layout = layout_of(site, reckoned=reckoned(seen, planned.unread))
        self._options, self._plan, self._say = options, planned, say
        self._shared = Shared(layout, planned, stack)
        log = options.data / "log"
        log.mkdir(exist_ok=True)
        crew = stack.enter_context(Crew(log, self._shared.descriptors))
        members = crew_list(options, planned, layout, self._shared.live, self._shared.rings)
        self._roster = Roster(crew, members, say, unattended=options.unattended)
        self._manager = ServiceManager()
        self._unheard = Unheard()
        self._askers: dict[int, tuple[str, int]] = {}
        self._told_ns = self._links_ns = 0
        self._lost: dict[str, str] = {}
        self._trouble = self._untold = ""
        self._kept = health.Kept()
        self._began_ns = monotonic_ns()
        self._whole = False
        self._gaps = 0
        self._notes: deque[str] = deque(maxlen=20)
        for text in options.wrong:
            self._note(text)
        unread = ", ".join(planned.unread)
        if unread:
            self._note(
                f"nobody can be asked for {unread}: a part that needs one is not observable;"
                " see --at and --assume"
            )

    def run(self, signals: "_Signals") -> Ended:
        """Until somebody wants the end, or the time is over."""
        until_ns = None
        if self._options.duration_ns is not None:
            until_ns = self._began_ns + self._options.duration_ns
        while not signals.asked and (until_ns is None or monotonic_ns() < until_ns):
            for seat, event in self._roster.turn(TURN_S):
                self._take(seat, event)
            self._check_whole()
            now_ns = monotonic_ns()
            if now_ns - self._links_ns >= LINKS_NS:
                self._links_ns = now_ns
                self._follow_links()
            if now_ns - self._told_ns >= TELL_NS:
                self._told_ns = now_ns
                self._tell()
        return self._end(signals.asked)

    def _take(self, seat: Seat, event: Event) -> None:
        match event.name:
            case "ready":
                self._greet(seat, event)
            case "news":
                self._hand_on({"news": dict(event.fields)})
            case name if name in HANDED_ON:
                self._hand_on({name: dict(event.fields)}, seat, event.fields.get("ask"))
            case "noted":
                self._unheard.heard(int(event.fields["id"]))
            case "answer":
                self._answer(int(event.fields["id"]), str(event.fields["error"]))
            case "gap":
                self._gaps += 1
                length_s = (event.fields["to_ns"] - event.fields["from_ns"]) / NS_PER_S
                self._say(f"{length_s:g} s without rows: {event.fields['why']}")
            case "wrong":
                self._note(str(event.fields["why"]))
            case "beat" if seat.member.name == "keeper":
                trouble = str(event.fields["trouble"])
                if trouble != self._trouble:
                    self._trouble = trouble
                    self._say(f"keeper: {trouble or 'writes again'}")

    def _greet(self, seat: Seat, event: Event) -> None:
        """Somebody is ready; what it has to say, and what waited for it."""
        name = seat.member.name
        if name == "keeper":
            seat.told = {**seat.told, "last_ns": event.fields["last_ns"]}
            if (aside := self._unheard.put_aside()) is not None:
                number, fields = aside
                self._note(f"put aside, because the keeper ended on it: {in_words(fields)}")
                self._answer(number, PUT_ASIDE)
            for number, fields in self._unheard:
                self._roster.post("keeper", **fields, id=number)
        if wrong := event.fields.get("wrong"):
            self._note(str(wrong))
        for key in ("note", "priority", "address"):
            if event.fields.get(key):
                self._say(f"{name}: {event.fields[key]}")
        if seat.lives.restarts:
            self._say(f"{name} is back")

    def _hand_on(
        self, fields: dict[str, Any], seat: Seat | None = None, ask: int | None = None
    ) -> None:
        """To the keeper; whoever sits at `seat` hears the answer if they asked for it."""
        number = self._unheard.hold(fields)
        if seat is not None and ask is not None:
            self._askers[number] = seat.member.name, ask
        self._roster.post("keeper", **fields, id=number)

    def _answer(self, number: int, error: str) -> None:
        """The keeper has done what somebody wanted, or says why not."""
        self._unheard.heard(number)
        if error:
            self._say(f"keeper: {error}")
        if number in self._askers:
            name, ask = self._askers.pop(number)
            self._roster.post(name, answer=ask, error=error)

    def _check_whole(self) -> None:
        """Once: everybody has begun."""
        seats = self._roster.seats.values()
        if self._whole or not all(seat.was_ready or seat.refused for seat in seats):
            return
        self._whole = True
        without = ", ".join(seat.member.name for seat in seats if not seat.was_ready)
        status = f"watches {self._options.site}" + (f" without {without}" if without else "")
        self._manager.tell("READY=1", f"STATUS={status}")
        sources = len(self._plan.sources)
        self._say(f"{status}: {sources} devices; data in {self._options.data}")

    def _follow_links(self) -> None:
        """Which controllers are lost, for the keeper and for people."""
        lost: dict[str, str] = {}
        for line in self._plan.lines:
            seat = self._roster.seats[f"link {line.name}"]
            rows = seat.told.get("links", {})
            for source in line.sources:
                why = rows.get(source.name, {}).get("lost", "")
                if seat.was_ready and monotonic_ns() - seat.heard_ns > LOST_NS:
                    why = "its process says nothing"
                if why:
                    lost[source.name] = why
        for name in sorted(lost.keys() - self._lost.keys()):
            self._say(f"{name} is lost: {lost[name]}")
        for name in sorted(self._lost.keys() - lost.keys()):
            self._say(f"{name} is back")
        self._lost = lost
        t_ns = self._roster.seats["loop"].told.get("t_ns")
        if t_ns is not None:
            self._roster.post("keeper", links=lost, t_ns=t_ns)

    def _tell(self) -> None:
        twin = self._roster.seats.get("twin")
        told = {} if twin is None else twin.told
        pid = os.getpid()
        found = health.Told(
            t_ns=utc_ns(),
            pid=pid,
            live=self._shared.live_of(pid),
            standing=told.get("standing", {}),
            reasons=told.get("reasons", {}),
            health=how_it_is(
                self._plan, self._roster.seats, [*self._notes, *filter(None, [self._untold])]
            ),
        )
        plain = asdict(found)
        self._roster.news("page", told=plain)
        self._roster.news("courier", plights=plights(self._trouble, found.health))
        now_ns = monotonic_ns()
        if self._kept.due(found.health, now_ns) and self._roster.post(
            "keeper", health=plain["health"], t_ns=found.t_ns
        ):
            self._kept.done(found.health, now_ns)
        try:
            health.write(self._options.data, plain)
            self._untold = ""
        except OSError as error:
            why = f"{self._options.data / health.NAME}: {error.strerror or error}"
            if why != self._untold:
                self._untold = why
                self._say(why)
        for name in trim(self._options.data / "log"):
            self._say(f"{name} has grown large, and was put aside")
        self._manager.tell("WATCHDOG=1")

    def _note(self, text: str) -> None:
        self._notes.append(text)
        self._say(text)

    def _end(self, why: str) -> Ended:
        """Everybody but the keeper stops, then the keeper, which takes what they left."""
        self._say(f"ends: {why or 'the time is over'}")
        self._manager.tell("STOPPING=1")
        names = list(self._roster.seats)
        for seat, event in self._roster.stop([name for name in names if name != "keeper"]):
            if event.name in ("news", *HANDED_ON):
                self._take(seat, event)
        trouble = self._trouble
        for _, event in self._roster.stop(["keeper"], 10 * NS_PER_S):
            if event.name == "kept":
                trouble = event.fields["trouble"]
        self._tell()
        return Ended(self._summary(trouble))

    def _summary(self, trouble: str) -> dict[str, Any]:
        seats = self._roster.seats
        loop, keeper, ring = seats["loop"].told, seats["keeper"].told, self._shared.kept
        return {
            "site": self._options.site,
            "data": str(self._options.data),
            "duration_s": round((monotonic_ns() - self._began_ns) / NS_PER_S, 1),
            "rows": ring.taken,
            "unkept": ring.written - ring.taken,
            "gaps": self._gaps,
            "overruns": ring.overruns,
            "dropped": ring.dropped,
            "late_us": loop.get("late_us", {}),
            "alarms": keeper.get("asking", 0),
            "restarts": {name: seat.lives.restarts for name, seat in seats.items()},
            "unread": list(self._plan.unread),
            "trouble": trouble,
        }


class _Signals:
    """Ctrl-C, SIGTERM and a terminal that closed, as a word that is looked at between two turns."""

    def __init__(self) -> None:
        self.asked = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "_Signals":
        for number in asked_by():
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, _frame: object) -> None:
        self.asked = self.asked or signal.Signals(number).name


def _take_folder(options: Options, name: str, stack: ExitStack) -> str:
    """Make the data folder, keep everybody else out of it, and note what it is of.

    Returns what was wrong with the note of before.

    Raises:
        BadInput: another monitor or site has it, or it cannot be written.
    """
    folder = options.data
    try:
        make_folder(folder)
        stack.enter_context(FolderLock(folder, "monitors into this folder"))
        (folder / "log").mkdir(exist_ok=True)
        return of_site.tell(folder, _of(options, name), unattended=options.unattended)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror or error}") from None


def _of(options: Options, name: str) -> of_site.OfSite:
    return of_site.OfSite(
        site=options.site,
        name=name,
        period_ns=options.period_ns,
        at=options.at,
        assumed=options.assumed,
        page=options.page,
        learned=None if options.learned is None else str(options.learned),
        neighbours=None if options.neighbours_named is None else str(options.neighbours_named),
    )
