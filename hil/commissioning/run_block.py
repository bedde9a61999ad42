"""One block of a procedure on a rig, from the plant in normal operation and back to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.commissioning import judging
from hil.commissioning.doing import Doing
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.registers import LONGEST_S, Registers, RigClock, gate_of
from hil.commissioning.rig import Rig
from hil.commissioning.said import sentence
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict, worst
from twin.errors import HukkaError

Tell = Callable[[float], None]
"""Hears how far a block is [s of plant time], now and then."""
_TELL_S = 60.0


@dataclass
class _Clock:
    """Every cycle of a block passes here."""

    rig: Rig
    tell: Tell
    begin_ns: int = 0
    told_s: float = 0.0
    trace: Trace | None = None
    feed: Callable[[], None] = lambda: None

    def cycle(self) -> None:
        self.rig.cycle()
        self.feed()
        if self.trace is not None:
            self.trace.take()
        passed_s = (self.rig.t_ns - self.begin_ns) / 1e9
        if passed_s - self.told_s >= _TELL_S:
            self.told_s = passed_s
            self.tell(passed_s)


def run_block(rig: Rig, planned: PlannedBlock, folder: Path, tell: Tell) -> BlockRecord:
    """Run a block; its trace and the gate's books go to the run's `folder`.

    However it ends, all that was forced is let go, and what was written is put back.
    """
    clock = _Clock(rig, tell, rig.t_ns)
    gate = gate_of(folder / "gate", rig.site.site, RigClock(rig, clock.cycle))
    steps: list[StepRecord] = []
    with gate:
        registers = Registers(rig, gate, planned.refs.values())
        gate.recover(lambda entry: registers.device(entry.device))
        gate.arm(gate.phrase, planned.key, LONGEST_S)
        clock.feed = gate.feed
        scope = Scope(planned.names, rig, registers)
        clock.trace = trace = Trace(rig, scope, planned.refs)
        doing = Doing(rig, scope, registers, trace, planned.controller, clock.cycle)
        try:
            verdict, why = _prepare(planned, scope, doing)
            if verdict is Verdict.PASS:
                verdict, why = _steps(planned, doing, steps, clock.begin_ns / 1e9)
        except HukkaError as error:  # the plant or the line is gone; what was seen is kept
            verdict, why = Verdict.INCONCLUSIVE, str(error)
        finally:
            rig.let_go()
        trace.write(folder / planned.trace)
    lasted_s = (rig.t_ns - clock.begin_ns) / 1e9
    return planned.record(verdict, why, tuple(steps), lasted_s, registers.written)


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
        if found.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            return found.verdict, f"{text}: {found.why}"
    return worst(s.verdict for s in steps), ""
