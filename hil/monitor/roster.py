"""Who of the crew is there: started in order, heard, ended when it hangs, started again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hil.crew.crew import Child, Crew, Event
from hil.crew.loss import loss
from hil.monitor.crew_list import START_NS, Member
from hil.monitor.restarting import Lives, ended
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import BadInput

GRACE_NS = 3 * NS_PER_S
"""Who was told to stop may take so long [ns]."""
ANEW = 3
"""After so many ends in a row a process is told to begin anew, without what it remembers [-]."""


@dataclass
class Seat:
    """A member of the crew, and how it is."""

    member: Member
    child: Child | None = None
    ready: bool = False
    was_ready: bool = False
    """Whether it ever was: only who never was may end the whole monitor with a refusal."""
    began_ns: int = 0
    heard_ns: int = 0
    lives: Lives = field(default_factory=Lives)
    told: Mapping[str, Any] = field(default_factory=dict)
    """What it said last of itself (`beat`)."""
    ending: str = ""
    """Why it was ended by us."""
    refused: str = ""
    """Why it will not begin: it is asked again and again, and the others go on without it."""


class Roster:
    """The processes of a monitor. `say` hears what changes, in words."""

    def __init__(
        self,
        crew: Crew,
        members: Sequence[Member],
        say: Callable[[str], None],
        *,
        unattended: bool = False,
    ) -> None:
        """`unattended`: who refuses ends the others only if no row is kept without it."""
        self._crew, self._say, self._unattended = crew, say, unattended
        self.seats = {member.name: Seat(member) for member in members}

    def turn(self, timeout_s: float) -> list[tuple[Seat, Event]]:
        """Start who is due, end who hangs; what was heard meanwhile, within `timeout_s` [s].

        Raises:
            BadInput: somebody refused what it was told before it was ever ready, and is needed.
        """
        self._start_who_is_due()
        self._end_who_hangs()
        news = []
        for seat in self.seats.values():
            if seat.child is not None:
                seat.child.flush()
        for event in self._crew.heard(timeout_s):
            seat = self.seats[event.child]
            seat.heard_ns = monotonic_ns()
            match event.name:
                case "failed" | "exit":
                    self._lost(seat, event)
                case "ready":
                    seat.ready = seat.was_ready = True
                    seat.refused = ""
                    news.append((seat, event))
                case "beat":
                    seat.told = event.fields
                    news.append((seat, event))
                case _:
                    news.append((seat, event))
        return news

    def post(self, name: str, **fields: object) -> bool:
        """Send an order; False if nobody is there to hear it."""
        seat = self.seats.get(name)
        if seat is None or seat.child is None or not seat.ready:
            return False
        seat.child.post(**fields)
        return True

    def news(self, name: str, **fields: object) -> None:
        """Send what is soon old; whoever does not listen does not get it."""
        seat = self.seats.get(name)
        if seat is not None and seat.child is not None and not seat.child.outbox:
            self.post(name, **fields)

    def stop(self, names: Sequence[str], within_ns: int = GRACE_NS) -> list[tuple[Seat, Event]]:
        """Ask these to stop, and insist when they do not; what they said at last."""
        said: list[tuple[Seat, Event]] = []
        left = {name for name in names if self.seats[name].child is not None}
        for name in sorted(left):
            seat = self.seats[name]
            assert seat.child is not None
            if seat.ready:
                seat.child.post(stop=True)
            else:  # it has nothing yet that could be lost
                self._crew.dismiss(seat.child)
        until_ns = monotonic_ns() + within_ns
        while left and monotonic_ns() < until_ns:
            for event in self._crew.heard(0.05):
                seat = self.seats[event.child]
                if event.name == "exit":
                    left.discard(event.child)
                    self._bury(seat)
                said.append((seat, event))
        for name in left:
            child = self.seats[name].child
            if child is not None:
                self._crew.dismiss(child)
                self._bury(self.seats[name])
                self._say(f"{name} did not stop within {within_ns / NS_PER_S:g} s, and was ended")
        return said

    def _start_who_is_due(self) -> None:
        now_ns = monotonic_ns()
        for seat in self.seats.values():
            if seat.child is not None or now_ns < seat.lives.next_ns:
                continue
            if seat.member.after_keeper and not self.seats["keeper"].ready:
                continue
            config = dict(seat.member.config)
            if seat.lives.in_a_row >= ANEW:
                config["anew"] = True
            config |= self._known()
            seat.ready, seat.ending = False, ""
            try:
                seat.child = self._crew.start(seat.member.name, seat.member.module, config)
            except OSError as error:  # no memory, no process, no room for its log: for now
                why = f"cannot be started: {error.strerror or error}"
                seat.lives = ended(seat.lives, why, 0, now_ns)
                self._say(f"{seat.member.name} {why}")
                continue
            seat.began_ns = seat.heard_ns = now_ns

    def _known(self) -> dict[str, Any]:
        """What the keeper has found on disk, for who starts after it."""
        return {"after_ns": self.seats["keeper"].told.get("last_ns")}

    def _end_who_hangs(self) -> None:
        now_ns = monotonic_ns()
        for seat in self.seats.values():
            patience_ns = seat.member.patience_ns if seat.ready else START_NS
            if seat.child is None or seat.ending:
                continue
            if now_ns - seat.heard_ns > patience_ns:
                seat.ending = f"said nothing for {patience_ns / NS_PER_S:g} s"
                self._crew.dismiss(seat.child)

    def _lost(self, seat: Seat, event: Event) -> None:
        """One that failed, or ended; after `failed` its `exit` follows."""
        child = seat.child
        if child is None:
            return
        error = loss(child.name, event.name, event.fields, child.log)
        if event.name == "failed":
            if isinstance(error, BadInput) and not seat.was_ready:
                if seat.member.records or not self._unattended:
                    raise error
                seat.refused = str(error)
            seat.ending = seat.ending or str(error)
            return
        why = seat.ending or str(error)
        said_before = bool(seat.refused) and why == seat.lives.why
        now_ns = monotonic_ns()
        seat.lives = ended(seat.lives, why, now_ns - seat.began_ns, now_ns)
        pause_s = (seat.lives.next_ns - now_ns) / NS_PER_S
        if not said_before:
            self._say(f"{child.name} ended: {why}; again in {pause_s:g} s")
        self._bury(seat)

    def _bury(self, seat: Seat) -> None:
        if seat.child is not None:
            self._crew.bury(seat.child)
        seat.child, seat.ready = None, False
