"""What each kind of step does to a rig, and what comes of it."""

from collections.abc import Callable

from hil.commissioning import judging
from hil.commissioning.answering import answered
from hil.commissioning.at_rest import STILL_S, hunts, idle, sticks
from hil.commissioning.by_hand import Hands
from hil.commissioning.following import follow
from hil.commissioning.formula import LOST, Formula
from hil.commissioning.judging import Found
from hil.commissioning.points import Ref
from hil.commissioning.procedure import ExpectAlarm, ExpectNoAlarm, Step, StepTest
from hil.commissioning.raised import against, left, why_deaf
from hil.commissioning.registers import Registers
from hil.commissioning.rig import TWIN_NS, Rig
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from twin.errors import HukkaError
from twin.site import parse_fault

_DONE = Found(Verdict.PASS, "")


class Doing:
    """Steps on a rig, one after the other; `cycle` lets time pass and keeps what is seen."""

    def __init__(
        self,
        rig: Rig,
        scope: Scope,
        registers: Registers,
        trace: Trace,
        controller: str | None,
        cycle: Callable[[], None],
        hands: Hands | None = None,
        idle: Callable[[], None] | None = None,
    ) -> None:
        """`idle` waits a moment while somebody is asked and virtual time stands still."""
        self._idle = idle
        self._hands = hands or Hands()
        self._rig, self._scope, self._registers = rig, scope, registers
        self._trace, self._controller, self._each = trace, controller, cycle

    @property
    def now_s(self) -> float:
        """Time of the run [s]."""
        return self._rig.t_ns / 1e9

    def do(self, step: Step) -> Found:
        """One step to its end."""
        try:
            return self._do(step)
        except HukkaError as error:  # a value, the gate, the line or the plant: said at its step
            return Found(Verdict.INCONCLUSIVE, str(error))

    def limits(self, step: Step) -> dict[str, float | str | None]:
        """What a step expects of its point; empty where it expects nothing."""
        return {} if step.expect is None else judging.limits(step.expect, self._scope)

    def _do(self, step: Step) -> Found:
        match step.action:
            case "set":
                return self._set(step)
            case "note":
                return self._note(step)
            case "wait":
                assert step.wait is not None
                self._pass(self._scope.seconds(step.wait))
            case "force" | "shift" | "release" | "boundary" | "fault" | "heartbeat" | "power":
                found = self._disturb(step)
                self._each()  # what is seen from here on is what came of it
                return found
            case _:
                return self._judge(step)
        return _DONE

    def _disturb(self, step: Step) -> Found:
        match step.action:
            case "force":
                return self._force(step)
            case "shift":
                return self._shift(step)
            case "release":
                for name in step.release or ():
                    self._rig.release(self._ref(name).column)
            case "boundary":
                return self._steer(step)
            case "fault":
                text = f"{step.fault}@{max(0.0, self.now_s):.3f}s"
                self._rig.inject(parse_fault(text, self._rig.site, "fault"))
            case "heartbeat":
                self._rig.mute(self._own(), step.heartbeat == "stop")
            case "power":
                return self._switch(self._own(), step.power == "on")
        return _DONE

    def _judge(self, step: Step) -> Found:
        if step.expect is not None:
            return judging.expect(step.expect, self._scope, self.cycle, self.now_s)
        if step.sequence is not None:
            within_s = self._scope.seconds(step.sequence.within)
            order = step.sequence.order
            return judging.in_order(order, within_s, self._scope, self.cycle, self.now_s)
        if step.funnel is not None:
            return follow(step.funnel, self._scope, self._trace, self.cycle, self.now_s)
        if step.step_test is not None:
            return self._step_test(step.step_test)
        if step.at_work is not None:
            if len(self._trace.t_s) * self._rig.period_ns < STILL_S * 1e9:
                self._pass(STILL_S)
            return idle(step.at_work, self._trace)
        if (hunting := step.oscillation) is not None:
            return hunts(hunting, self._scope, self._trace, self._since(hunting.lasts))
        if (sticking := step.stiction) is not None:
            return sticks(sticking, self._scope, self._trace, self._since(sticking.lasts))
        if step.expect_alarm is not None:
            return self._alarm(step.expect_alarm)
        if step.expect_no_alarm is not None:
            return self._no_alarm(step.expect_no_alarm)
        assert step.manual is not None
        return self._hands.do(step.manual, self._scope, self._meanwhile())

    def cycle(self) -> float:
        """One cycle; the time after it [s]."""
        self._each()
        return self.now_s

    def switch_on(self) -> None:
        """Whatever was switched off has power again."""
        for name in self._rig.off():
            self._switch(name, True)

    def _switch(self, name: str, on: bool) -> Found:
        """The power of a controller; at a cabinet somebody is asked to."""
        found = _DONE
        if self._rig.is_cabinet(name):
            what = f"Switch the power of {name} {'on' if on else 'off'}"
            found = self._hands.switch(what, self._meanwhile())
        if found.verdict is Verdict.PASS:
            self._rig.power(name, on)
        return found

    def _meanwhile(self) -> Callable[[], None] | None:
        """What is done while somebody is asked: real time does not wait for an answer."""
        return self._each if self._rig.real_time else self._idle

    def _set(self, step: Step) -> Found:
        refs = [self._ref(name) for name in step.set or {}]
        values = {}
        for ref, formula in zip(refs, (step.set or {}).values(), strict=True):
            value = self._scope.of(formula, ref)
            if value is None:
                return Found(Verdict.INCONCLUSIVE, f"{formula.text} has no value now")
            values[ref.name] = value
        self._registers.write(refs, values)
        said = (f"{r.name} = {judging.spoken(values[r.name], r.unit, r.shown)}" for r in refs)
        return Found(Verdict.PASS, ", ".join(said))

    def _note(self, step: Step) -> Found:
        said = []
        for name, formula in (step.note or {}).items():
            known = self._scope.note(name, formula)
            if known.value is None:
                return Found(Verdict.INCONCLUSIVE, f"{formula.text} has no value now")
            said.append(f"{name} = {judging.spoken(known.value, known.unit)}")
        return Found(Verdict.PASS, ", ".join(said))

    def _force(self, step: Step) -> Found:
        worth = []
        for name, formula in (step.force or {}).items():
            ref = self._ref(name)
            goal = None if formula.word == LOST else self._scope.of(formula, ref)
            if goal is None and formula.word != LOST:
                return Found(Verdict.INCONCLUSIVE, f"{formula.text} has no value now")
            self._rig.force(ref.column, goal, self._over_ns(step.over))
            if goal is not None and formula.names:
                worth.append(f"{name} = {judging.spoken(goal, ref.unit, ref.shown)}")
        return Found(Verdict.PASS, ", ".join(worth))

    def _shift(self, step: Step) -> Found:
        worth = []
        for name, formula in (step.shift or {}).items():
            ref = self._ref(name)
            by = formula.value(ref.unit, self._scope.known, level=False)
            if by is None:
                return Found(Verdict.INCONCLUSIVE, f"{formula.text} has no value now")
            self._rig.shift(ref.column, by)
            if formula.names:
                worth.append(f"{name} by {by:.6g} {ref.unit}".removesuffix(" -"))
        return Found(Verdict.PASS, ", ".join(worth))

    def _steer(self, step: Step) -> Found:
        boundary, worth = self._rig.boundary, []
        for name, formula in (step.boundary or {}).items():
            goal = self._scope.steered(name, formula)
            if goal is None:
                return Found(Verdict.INCONCLUSIVE, f"{formula.text} has no value now")
            self._rig.steer(name, goal, self._over_ns(step.over))
            if formula.names:
                worth.append(f"{name} = {judging.spoken(goal, boundary.unit(name))}")
        return Found(Verdict.PASS, ", ".join(worth))

    def _step_test(self, wanted: StepTest) -> Found:
        setting = self._ref(wanted.setting)
        before = self._scope.value(setting)
        by = wanted.by.value(setting.unit, self._scope.known, level=False)
        if before is None or by is None:
            return Found(Verdict.INCONCLUSIVE, f"{wanted.setting} has no value now")
        at_s = self._trace.t_s[-1] if self._trace.t_s else 0.0
        if wanted.setting == wanted.measured:
            self._rig.shift(setting.column, -by)
            self._pass(self._scope.seconds(wanted.lasts))
            return answered(wanted, self._scope, self._trace, at_s, by, shifted=True)
        self._registers.write([setting], {setting.name: before + by})
        self._pass(self._scope.seconds(wanted.lasts))
        return answered(wanted, self._scope, self._trace, at_s, by, target=before + by)

    def _alarm(self, wanted: ExpectAlarm) -> Found:
        begin_ns, within_s = self._rig.t_ns, self._scope.seconds(wanted.within)
        while (self._rig.t_ns - begin_ns) / 1e9 < within_s:
            self._each()
            for alarm in self._rig.alarms:
                if alarm.raised_ns > begin_ns and alarm.part == wanted.part:
                    after_s = (alarm.raised_ns - begin_ns) / 1e9
                    return Found(Verdict.PASS, f"after {after_s:g} s, by {alarm.signal}")
        standing = self._rig.standing().get(wanted.part, "unknown")
        return Found(Verdict.FAIL, f"none after {within_s:g} s; {wanted.part}: {standing}")

    def _no_alarm(self, wanted: ExpectNoAlarm) -> Found:
        rig, begin_ns, hold_s = self._rig, self._rig.t_ns, self._scope.seconds(wanted.hold)
        while True:
            if (alarm := against(rig.alarms, wanted.part, begin_ns)) is not None:
                if alarm.raised_ns > begin_ns:
                    return Found(Verdict.FAIL, f"{alarm.part} raised one, by {alarm.signal}")
                return Found(Verdict.FAIL, f"{alarm.part} has one already, by {alarm.signal}")
            if (rig.t_ns - begin_ns) / 1e9 >= hold_s:
                break
            self._each()
        if rig.t_ns // TWIN_NS == begin_ns // TWIN_NS:
            why = f"the twin judges every {TWIN_NS / 1e9:g} s, and did not in these {hold_s:g} s"
            return Found(Verdict.INCONCLUSIVE, why)
        if why := why_deaf(rig.standing(), rig.twin.reasons(), wanted.part):
            return Found(Verdict.INCONCLUSIVE, why)
        said = f"none in {hold_s:g} s"
        if wanted.part is None and (old := left(rig.alarms)):
            said += f"; of the warm-up there is one of {', '.join(old)}"
        return Found(Verdict.PASS, said)

    def _pass(self, seconds: float) -> None:
        until_ns = self._rig.t_ns + round(seconds * 1e9)
        while self._rig.t_ns < until_ns:
            self._each()

    def _since(self, lasts: Formula) -> float:
        """Let a time pass; when it began, in the time of the trace [s]."""
        at_s = self._trace.t_s[-1] if self._trace.t_s else 0.0
        self._pass(self._scope.seconds(lasts))
        return at_s

    def _over_ns(self, formula: Formula | None) -> int:
        return 0 if formula is None else round(self._scope.seconds(formula) * 1e9)

    def _ref(self, name: str) -> Ref:
        return self._scope.names.ref(name)

    def _own(self) -> str:
        assert self._controller is not None
        return self._controller
