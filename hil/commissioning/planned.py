"""A procedure at a site: its blocks, each for one controller and one row of its table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hil.commissioning.formula import Formula
from hil.commissioning.points import DESIGN, PointBook, Ref
from hil.commissioning.procedure import Block, Condition, Expect, Procedure, Step
from hil.commissioning.record import BlockRecord, StepRecord, key_of
from hil.commissioning.scope import Names
from hil.commissioning.verdict import Verdict


@dataclass(frozen=True)
class PlannedBlock:
    """A block that can be run; `skip` says why it cannot be, if so."""

    procedure: Procedure
    controller: str | None
    name: str
    block: Block
    names: Names
    refs: Mapping[str, Ref]
    skip: str = ""

    @property
    def key(self) -> str:
        """Name of the block in its run."""
        return key_of(self.procedure.procedure, self.controller, self.name)

    @property
    def trace(self) -> str:
        """File of what is seen, in the run's folder."""
        return f"traces/{self.key.replace('/', '~').replace('@', '~')}.csv"

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is done."""
        return self.block.steps

    @property
    def prerequisites(self) -> tuple[Expect, ...]:
        """What has to be there first."""
        return self.procedure.prerequisites

    @property
    def requirement(self) -> str:
        """What its steps prove, unless they say otherwise."""
        return self.block.requirement or ", ".join(self.procedure.requirements)

    def record(
        self,
        verdict: Verdict,
        why: str,
        steps: tuple[StepRecord, ...] = (),
        lasted_s: float = 0.0,
        writes: int = 0,
    ) -> BlockRecord:
        """What came of it; `lasted_s` [s] of plant time."""
        trace = self.trace if lasted_s else ""
        name = self.procedure.procedure
        return BlockRecord(
            name, self.controller, self.name, verdict, why, steps, lasted_s, trace, writes
        )


def plan(procedure: Procedure, book: PointBook) -> tuple[PlannedBlock, ...]:
    """The blocks of a procedure for every controller of its type.

    Raises:
        BadInput: a name in it means nothing at this site.
    """
    where: tuple[str | None, ...] = (None,)
    if procedure.of is not None:
        where = book.controllers_of(procedure.of)
    return tuple(
        _block(procedure, controller, name, block, row, book)
        for controller in where
        for block in procedure.blocks
        for name, row in _rows(block)
    )


def _rows(block: Block) -> Iterator[tuple[str, Mapping[str, Formula]]]:
    if block.for_each is None:
        yield block.block, {}
        return
    for i, row in enumerate(block.for_each):
        yield f"{block.block}[{i + 1}]", row


def _block(
    procedure: Procedure,
    controller: str | None,
    name: str,
    block: Block,
    row: Mapping[str, Formula],
    book: PointBook,
) -> PlannedBlock:
    names = Names(book, controller, {**procedure.parameters, **row, **notes(block)})
    refs = {n: names.ref(n) for n in _points(procedure, block)}
    skip = next((why for step in block.steps if (why := why_not(step, names))), "")
    skip = skip or next((why for n, r in refs.items() if (why := not_shown(n, r))), "")
    return PlannedBlock(procedure, controller, name, block, names, refs, skip)


def why_not(step: Step, names: Names) -> str:
    """Why a step cannot be done at this site; empty if it can."""
    test = step.step_test
    moved = () if test is None or test.setting == test.measured else (test.setting,)
    for name in (*(step.set or {}), *moved):
        ref = names.ref(name)
        if ref.kind != "register":
            return f"{ref.controller} serves no register {name!r} here"
    for formula in (step.note or {}).values():
        for name in formula.names:
            if name not in names.formulas and (why := not_shown(name, names.ref(name))):
                return why
    return ""


def not_shown(name: str, ref: Ref) -> str:
    """Why a point cannot be looked at here: its controller serves no registers."""
    if ref.kind == "configured" and not name.startswith(f"{DESIGN}."):
        return f"{ref.controller} does not show {name!r} here"
    return ""


def notes(block: Block) -> dict[str, Formula]:
    """What the steps of a block give names to."""
    return {name: f for step in block.steps for name, f in (step.note or {}).items()}


def conditions(step: Step) -> tuple[Condition, ...]:
    """Conditions that a step waits for."""
    if step.expect is not None:
        return (step.expect,)
    return step.sequence.order if step.sequence is not None else ()


def _points(procedure: Procedure, block: Block) -> list[str]:
    """Points that a block touches, in the order in which they are mentioned."""
    found = [wanted.point for wanted in procedure.prerequisites]
    return list(dict.fromkeys([*found, *touched(block.steps)]))


def touched(steps: Iterable[Step]) -> list[str]:
    """Points that steps write, force or look at, in the order in which they are mentioned."""
    found: list[str] = []
    for step in steps:
        found += [*(step.set or {}), *(step.force or {}), *(step.shift or {})]
        found += [c.point for c in conditions(step)]
        if step.funnel is not None:
            found.append(step.funnel.point)
        if step.step_test is not None:
            test = step.step_test
            found += [test.setting, test.measured, *filter(None, [test.command])]
        found += filter(None, [step.at_work])
        if step.oscillation is not None:
            found += step.oscillation.points
        if (sticks := step.stiction) is not None:
            found += [sticks.command, sticks.measured, *filter(None, [sticks.position])]
    return list(dict.fromkeys(found))
