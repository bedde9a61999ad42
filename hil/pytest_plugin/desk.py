"""What a test asks for, done on the rig in the process of that test."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hil.commissioning.check import check_step
from hil.commissioning.doing import Doing
from hil.commissioning.formula import parse_formula
from hil.commissioning.guard import played
from hil.commissioning.judging import seen
from hil.commissioning.planned import not_shown, touched, why_not
from hil.commissioning.points import PointBook, Ref
from hil.commissioning.procedure import LONGEST_S, Condition, Step
from hil.commissioning.reach import Reach
from hil.commissioning.record import StepRecord
from hil.commissioning.registers import Registers
from hil.commissioning.rig import Rig
from hil.commissioning.said import sentence
from hil.commissioning.scope import Names, Scope
from hil.commissioning.verdict import Verdict
from hil.crew.apart import Tell
from hil.gate import LiveGate, NotPutBack
from hil.pytest_plugin.evidence import keep
from hil.pytest_plugin.growing import GrowingTrace
from twin.errors import BadInput, unknown
from twin.signals import conversion


def connect(rig: Rig, transport: str, line_faults: tuple[str, ...], stack: ExitStack) -> None:
    """Reach the controllers by `transport` from here on.

    Each takes as many cycles to settle, so that a test sees the same plant over all of them.
    """
    if transport == "loopback":
        rig.connect()
    Reach(rig.site, transport, line_faults).connect(rig, stack)


class Desk:
    """A rig that is driven step by step; each step is one of a procedure."""

    def __init__(self, rig: Rig, book: PointBook, folder: Path, reason: str, tell: Tell) -> None:
        """The write gate keeps its books in `folder` and is armed for `reason`."""
        self._rig, self._book, rig.tell = rig, book, tell
        self._begin_ns = rig.t_ns
        self._healthy = rig.health()
        self._stack = ExitStack()
        self._gate: LiveGate = played(folder, rig.site.site).gate(rig, self._cycle)
        self._stack.enter_context(self._gate)
        self._registers = Registers(rig, self._gate, ())
        self._gate.arm(self._gate.phrase, reason, LONGEST_S)
        self._scopes: dict[str | None, Scope] = {}
        self._trace = GrowingTrace(rig, self._scope(None))
        self.steps: list[StepRecord] = []

    @property
    def lasted_s(self) -> float:
        """Plant time since the test began [s]."""
        return (self._rig.t_ns - self._begin_ns) / 1e9

    def step(self, plain: Mapping[str, Any], of: str | None) -> dict[str, Any]:
        """Do one step of a procedure where controller `of` is under test, and say what came of it.

        Raises:
            BadInput: it cannot be done at this site.
        """
        scope = self._scope(of)
        step = _parsed(plain)
        check_step(step, scope.names)
        refs = {name: scope.names.ref(name) for name in touched([step])}
        skip = why_not(step, scope.names)
        skip = skip or next((why for n, r in refs.items() if (why := not_shown(n, r))), "")
        if skip:
            return {"verdict": Verdict.SKIPPED.value, "text": sentence(step), "why": skip}
        if self._trace.also(refs):
            self._registers.watch(self._trace.refs.values())
        doing = Doing(self._rig, scope, self._registers, self._trace, of, self._cycle)
        begin_s = self.lasted_s
        found = doing.do(step)
        record = StepRecord(
            sentence(step), found.verdict, begin_s, self.lasted_s, found.why, step.requirement,
            {**doing.limits(step), **found.figures}, step.action,
        )  # fmt: skip
        self.steps.append(record)
        return {"verdict": found.verdict.value, "text": record.text, "why": found.why}

    def value(self, point: str, of: str | None, unit: str) -> float | None:
        """A point now [`unit`], without one in that of its register; None without a value.

        Raises:
            BadInput: no such point, or it measures something else.
        """
        scope = self._scope(of)
        ref = self._seen(point, scope)
        value = scope.value(ref)
        if value is None:
            return None
        factor, offset = conversion(ref.unit, unit or ref.shown or ref.unit)
        return _tidy(factor * value + offset)

    def says(self, point: str, of: str | None) -> str:
        """A point now, as people say it: the word of an enumeration, a number with its unit."""
        scope = self._scope(of)
        self._seen(point, scope)
        condition = Condition(point=point, equals=parse_formula(0))
        text = seen(condition, scope)
        return text.removeprefix(f"{point} is ").removeprefix(f"{point} has ")

    def weather(self, name: str, unit: str) -> float:
        """Weather or a load in the last cycle [`unit`], without one in SI.

        Raises:
            BadInput: no such input, or it measures something else.
        """
        si = self._book.boundary_unit(self._book.boundary(name))
        factor, offset = conversion(si, unit or si)
        return _tidy(factor * self._rig.outside(name) + offset)

    def unplug(self, controller: str, unplugged: bool) -> None:
        """Cut the link of a controller, or mend it; a cycle passes."""
        self._rig.unplug(controller, unplugged)
        self._cycle()

    def now_s(self) -> float:
        """Time since the test began [s]."""
        return self.lasted_s

    def standing(self) -> dict[str, str]:
        """What the twin says of each part."""
        return dict(self._rig.standing())

    def health(self) -> dict[str, Any]:
        """Statistics of each controller's link, counted since the test began."""
        found: dict[str, Any] = {}
        for name, now in self._rig.health().items():
            before = self._healthy[name]
            since = {key: now[key] - before[key] for key in ("transactions", "errors")}
            found[name] = {**now, **since}
        return found

    def keep(self, folder: Path, name: str, why: str) -> list[dict[str, Any]]:
        """Write what was seen into `folder` as a table; the record of which to draw a picture."""
        self._trace.also(self._around())
        return keep(folder, name, why, self._trace, self.steps)

    def end(self) -> dict[str, Any]:
        """Let go of everything and put back what was written; what is to be told of it."""
        left = ""
        self._rig.let_go()
        try:
            self._stack.close()
        except NotPutBack as error:
            left = str(error)
        return {
            "lasted_s": self.lasted_s,
            "writes": self._registers.written,
            "left": left,
        }

    def _scope(self, of: str | None) -> Scope:
        if of not in self._scopes:
            self._scopes[of] = Scope(Names(self._book, of), self._rig, self._registers)
        return self._scopes[of]

    def _seen(self, point: str, scope: Scope) -> Ref:
        ref = scope.names.ref(point)
        if not point.startswith("design.") and self._trace.also({point: ref}):
            self._registers.watch(self._trace.refs.values())
        return ref

    def _around(self) -> dict[str, Ref]:
        """Readings and commands of the controllers that the test has spoken of."""
        site, names = self._book.site, self._scope(None).names
        spoken = {ref.controller for ref in self._trace.refs.values() if ref.controller}
        points = [
            f"{name}:{point}"
            for name in site.controllers
            if name in spoken
            for point in (*site.controllers[name].sensors, *site.controllers[name].commands)
        ]
        return {point: names.ref(point) for point in points}

    def _cycle(self) -> None:
        self._rig.cycle()
        self._gate.feed()
        self._trace.take()


def _tidy(value: float) -> float:
    """Without what conversions between units leave in the last digits."""
    return float(f"{value:.12g}")


def controller_of(book: PointBook, word: str) -> str:
    """The controller called so, else the first of that type.

    Raises:
        BadInput: there is none; with the nearest that is.
    """
    if word in book.site.controllers:
        return word
    if several := book.controllers_of(word):
        return several[0]
    types = {c.type for c in book.site.controllers.values()}
    raise unknown("controller", "controller", word, {*book.site.controllers, *types})


def _parsed(plain: Mapping[str, Any]) -> Step:
    """A step from plain data, or in one line what is wrong with it."""
    try:
        return Step.model_validate(dict(plain))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        found = first["input"]
        shown = f" = {found!r}" if isinstance(found, str | int | float) else ""
        raise BadInput(f"{place}{shown}: {first['msg'].removeprefix('Value error, ')}") from None
