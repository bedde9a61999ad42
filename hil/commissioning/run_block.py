"""One block of a procedure on a rig, from the plant in normal operation and back to it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from hil.commissioning import judging
from hil.commissioning.by_hand import Hands
from hil.commissioning.disk import stopped
from hil.commissioning.doing import Doing
from hil.commissioning.guard import Guard
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.procedure import LONGEST_S
from hil.commissioning.record import BlockRecord, StepNews, StepRecord
from hil.commissioning.registers import Registers
from hil.commissioning.rig import Rig
from hil.commissioning.said import sentence
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from hil.gate import LiveGate, NotPutBack
from twin.clock import NS_PER_S, WallClock
from twin.errors import HukkaError

Note = Callable[[StepNews], None]

_THINKS_NS = NS_PER_S // 5


@dataclass
class _Clock:
    """Every cycle of a block passes here."""

    rig: Rig
    begin_ns: int = 0
    trace: Trace | None = None
    feed: Callable[[], None] = lambda: None

    def settle(self, lasts_ns: int) -> None:
        """Let time pass [ns] before the block begins."""
        until_ns = self.rig.t_ns + lasts_ns
        while self.rig.t_ns < until_ns:
            self.cycle()
        self.begin_ns = self.rig.t_ns
        self.rig.worst_late_ns = 0  # what was late before is over: what has to be there is asked

    def idle(self) -> None:
        """Time stands still while somebody thinks, and nothing hangs."""
        self.rig.tell(self.rig.t_ns / 1e9)
        WallClock().wait_until(_THINKS_NS)

    def cycle(self) -> None:
        self.rig.cycle()
        self.feed()
        if self.trace is not None:
            self.trace.take()


@dataclass
class _Said:
    """What came of a block so far."""

    verdict: Verdict = Verdict.INCONCLUSIVE
    why: str = ""
    steps: list[StepRecord] = field(default_factory=list)
    written: int = 0

    def also(self, why: str) -> None:
        """Something went wrong behind the verdict: a good one is none any more."""
        if self.verdict in (Verdict.PASS, Verdict.SKIPPED):
            self.verdict = Verdict.INCONCLUSIVE
        self.why = f"{self.why}; {why}" if self.why else why

    def unsure(self, why: str) -> None:
        """Nobody can know what the controller would have done: a bad verdict is none either."""
        self.also(why)
        self.verdict = Verdict.INCONCLUSIVE


@dataclass(frozen=True)
class Around:
    """What is the same for all blocks of a run: its folder, the gate, who is there.

    `settle_ns` [ns] pass before a block begins; `note` hears of each step.
    """

    folder: Path
    guard: Guard
    hands: Hands = field(default_factory=Hands)
    settle_ns: int = 0
    note: Note = lambda news: None


def run_block(
    rig: Rig,
    planned: PlannedBlock,
    around: Around,
    connect: Callable[[], None] = lambda: None,
) -> BlockRecord:
    """Run a block; its trace goes to the run's folder.

    However it ends, all that was forced is let go, and what was written is put back. `connect`
    reaches the controllers, when no other run can have the gate any more.
    """
    clock, said = _Clock(rig, rig.t_ns), _Said()
    gate = around.guard.gate(rig, clock.cycle)
    try:
        with gate:
            connect()
            clock.settle(around.settle_ns)
            _behind(gate, rig, planned, clock, said, around)
    except NotPutBack as error:
        said.also(str(error))
    lasted_s = (rig.t_ns - clock.begin_ns) / 1e9
    return planned.record(said.verdict, said.why, tuple(said.steps), lasted_s, said.written)


def _behind(
    gate: LiveGate, rig: Rig, planned: PlannedBlock, clock: _Clock, said: _Said, around: Around
) -> None:
    registers = Registers(rig, gate, planned.refs.values())
    gate.arm(around.guard.phrase, planned.key, LONGEST_S)
    clock.feed = gate.feed
    scope = Scope(planned.names, rig, registers)
    clock.trace = trace = Trace(rig, scope, planned.refs)
    doing = Doing(
        rig, scope, registers, trace, planned.controller, clock.cycle, around.hands, clock.idle
    )
    try:
        _judge(rig, planned, scope, doing, said, clock.begin_ns / 1e9, around.note)
        _doubt(said, gate, rig)
        try:
            doing.switch_on()  # not after Ctrl-C: values go back, whether somebody answers or not
        except HukkaError as error:  # the plant is gone while somebody is asked for the switch
            said.also(str(error))
    finally:
        rig.let_go()
        said.written = registers.written
        _write(trace, around.folder / planned.trace)


def _judge(
    rig: Rig,
    planned: PlannedBlock,
    scope: Scope,
    doing: Doing,
    said: _Said,
    begin_s: float,
    note: Note,
) -> None:
    try:
        said.verdict, said.why = _prepare(planned, scope, doing)
        if said.verdict is Verdict.PASS:
            said.verdict, said.why = _steps(planned, doing, said.steps, begin_s, note)
        rig.tell_twin()
    except HukkaError as error:  # the plant or the line is gone; what was seen is kept
        said.verdict, said.why = Verdict.INCONCLUSIVE, str(error)


def _doubt(said: _Said, gate: LiveGate, rig: Rig) -> None:
    """What was seen is no verdict on a controller that was not as it should be meanwhile."""
    if gate.ended:
        said.unsure(f"what was written went back meanwhile: {gate.ended}")
    if rig.worst_late_ns > rig.period_ns:
        said.unsure(f"a cycle of the plant began {rig.worst_late_ns / 1e9:.2g} s late")
    if said.verdict in (Verdict.FAIL, Verdict.BLOCKED) and (lost := rig.unheard()):
        said.unsure(f"nothing is heard of {', '.join(lost)}")


def _write(trace: Trace, path: Path) -> None:
    try:
        trace.write(path)
    except OSError as error:
        raise stopped(path, error) from None


def _prepare(planned: PlannedBlock, scope: Scope, doing: Doing) -> tuple[Verdict, str]:
    """Whether what has to be there first is there."""
    for wanted in planned.prerequisites:
        found = judging.expect(wanted, scope, doing.cycle, doing.now_s)
        if found.verdict is not Verdict.PASS:
            return Verdict.BLOCKED, f"not there first: {wanted}; {found.why}"
    return Verdict.PASS, ""


def _steps(
    planned: PlannedBlock, doing: Doing, steps: list[StepRecord], begin_s: float, note: Note
) -> tuple[Verdict, str]:
    for number, step in enumerate(planned.steps, 1):
        from_s, text = doing.now_s - begin_s, sentence(step)
        news = StepNews(text, number, len(planned.steps))
        note(news)
        found = doing.do(step)
        note(replace(news, verdict=found.verdict, why=found.why))
        steps.append(
            StepRecord(
                text, found.verdict, from_s, doing.now_s - begin_s, found.why,
                step.requirement or planned.requirement,
                {**doing.limits(step), **found.figures},
                step.action,
            )
        )  # fmt: skip
        if found.verdict is Verdict.SKIPPED and step.manual is None:
            return Verdict.SKIPPED, found.why
        if found.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            return found.verdict, f"{text}: {found.why}"
    left = [s.text for s in steps if s.verdict is Verdict.SKIPPED]
    if left:
        return Verdict.SKIPPED, f"not carried out: {'; '.join(left)}"
    return Verdict.PASS, ""
