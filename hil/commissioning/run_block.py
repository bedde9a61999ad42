"""One block of a procedure on a rig, from the plant in normal operation and back to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hil.commissioning import judging
from hil.commissioning.by_hand import Hands
from hil.commissioning.doing import Doing
from hil.commissioning.guard import Guard
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.procedure import LONGEST_S
from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.registers import Registers
from hil.commissioning.rig import Rig
from hil.commissioning.said import sentence
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from hil.gate import LiveGate, NotPutBack
from twin.errors import HukkaError


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


@dataclass(frozen=True)
class Around:
    """What is the same for all blocks of a run: its folder, the gate, who is there.

    `settle_ns` [ns] pass before a block begins.
    """

    folder: Path
    guard: Guard
    hands: Hands = field(default_factory=Hands)
    settle_ns: int = 0


def run_block(rig: Rig, planned: PlannedBlock, around: Around) -> BlockRecord:
    """Run a block; its trace goes to the run's folder.

    However it ends, all that was forced is let go, and what was written is put back.
    """
    clock, said = _Clock(rig, rig.t_ns), _Said()
    clock.settle(around.settle_ns)
    gate = around.guard.gate(rig, clock.cycle)
    try:
        with gate:
            _behind(gate, rig, planned, clock, said, around)
    except NotPutBack as error:
        said.also(str(error))
    if rig.worst_late_ns > rig.period_ns:
        said.also(f"a cycle of the plant began {rig.worst_late_ns / 1e9:.2g} s late")
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
    doing = Doing(rig, scope, registers, trace, planned.controller, clock.cycle, around.hands)
    try:
        said.verdict, said.why = _prepare(planned, scope, doing)
        if said.verdict is Verdict.PASS:
            said.verdict, said.why = _steps(planned, doing, said.steps, clock.begin_ns / 1e9)
    except HukkaError as error:  # the plant or the line is gone; what was seen is kept
        said.verdict, said.why = Verdict.INCONCLUSIVE, str(error)
    finally:
        doing.let_go()
        said.written = registers.written
        trace.write(around.folder / planned.trace)


def _prepare(planned: PlannedBlock, scope: Scope, doing: Doing) -> tuple[Verdict, str]:
    """Whether what has to be there first is there."""
    for wanted in planned.prerequisites:
        found = judging.expect(wanted, scope, doing.cycle, doing.now_s)
        if found.verdict is not Verdict.PASS:
            return Verdict.BLOCKED, f"not there first: {wanted}; {found.why}"
    return Verdict.PASS, ""


def _steps(
    planned: PlannedBlock, doing: Doing, steps: list[StepRecord], begin_s: float
) -> tuple[Verdict, str]:
    for step in planned.steps:
        from_s = doing.now_s - begin_s
        found = doing.do(step)
        text = sentence(step)
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
