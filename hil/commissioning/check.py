"""Everything in a procedure that can be refused before anything moves: names, units, sizes."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from hil.commissioning import fits
from hil.commissioning.check_loops import of_hunting, of_step_test, of_sticking, of_work
from hil.commissioning.formula import Formula
from hil.commissioning.planned import notes
from hil.commissioning.points import PointBook
from hil.commissioning.procedure import Block, Condition, Procedure, Step
from hil.commissioning.scope import Names
from twin.errors import BadInput, unknown
from twin.registers import BadValue
from twin.signals import conversion, known_units
from twin.site import parse_fault
from twin.site.document import Document, Key
from twin.site.mistakes import Mistake

Checks = Iterator[tuple[Key, Callable[[], object]]]


def check_procedure(procedure: Procedure, document: Document, book: PointBook) -> list[Mistake]:
    """What is wrong with a procedure at this site, a line each."""
    where: tuple[str | None, ...] = (None,)
    if procedure.of is not None and not (where := book.controllers_of(procedure.of)):
        types = {c.type for c in book.site.controllers.values()}
        error = unknown("of", "controller type", procedure.of, types)
        return [Mistake(document.line(("of",)), f"{document.place('of')}: {error}")]
    if wrong := [_mistake(document, key, error) for key, error in _circles(procedure)]:
        return wrong  # nothing else can be said of such names
    found: dict[Key, Mistake] = {}
    for controller in where:
        for key, check in _of_procedure(procedure, controller, book):
            try:
                check()
            except (BadInput, BadValue) as error:
                found.setdefault(key, _mistake(document, key, error))
    return list(found.values())


def check_step(step: Step, names: Names) -> None:
    """Whether a step by itself can be done where `names` mean something.

    Raises:
        BadInput: the first thing that is wrong in it.
        BadValue: a word that its point does not have.
    """
    for _, check in _of_step(step, (), names):
        check()


def _mistake(document: Document, key: Key, error: Exception) -> Mistake:
    return Mistake(document.line(key), f"{document.place(*key)}: {error}")


def _circles(procedure: Procedure) -> Iterator[tuple[Key, BadInput]]:
    """Names that are given by themselves, be it by way of others."""
    given: list[tuple[Key, str, Mapping[str, Formula]]] = [
        (("parameters", name), name, procedure.parameters) for name in procedure.parameters
    ]
    for i, block in enumerate(procedure.blocks):
        for k, row in enumerate(block.for_each or ({},)):
            formulas = {**procedure.parameters, **row, **notes(block)}
            given += [(("blocks", i, "for_each", k, name), name, formulas) for name in row]
            for j, step in enumerate(block.steps):
                key: Key = ("blocks", i, "steps", j, "note")
                given += [((*key, name), name, formulas) for name in step.note or {}]
    for at, name, those in given:
        if name in _reached(name, those):
            yield at, BadInput(f"{name!r} is given by itself")


def _reached(name: str, formulas: Mapping[str, Formula]) -> set[str]:
    """Names of `formulas` on which one of them depends."""
    found: set[str] = set()
    next_ones = {name}
    while next_ones:
        next_ones = {n for one in next_ones for n in formulas[one].names if n in formulas} - found
        found |= next_ones
    return found


def _of_procedure(procedure: Procedure, where: str | None, book: PointBook) -> Checks:
    plain = Names(book, where, procedure.parameters)
    for name, formula in procedure.parameters.items():
        yield ("parameters", name), partial(fits.new_name, name, formula, plain)
    for i, wanted in enumerate(procedure.prerequisites):
        key: Key = ("prerequisites", i)
        yield from _of_condition(wanted, key, plain)
        yield from _times(key, plain, within=wanted.within, hold=wanted.hold)
    for i, block in enumerate(procedure.blocks):
        for k in range(len(block.for_each or ({},))):
            yield from _of_block(block, ("blocks", i), k, plain)


def _of_block(block: Block, key: Key, k: int, plain: Names) -> Checks:
    """A block with row `k` of its table; a note counts from its step on."""
    row = block.for_each[k] if block.for_each else {}
    names = Names(plain.book, plain.under_test, {**plain.formulas, **row})
    for name, formula in row.items():
        at = (*key, "for_each", k, name)
        yield at, partial(fits.new_name, name, formula, names)
    for j, step in enumerate(block.steps):
        yield from _of_step(step, (*key, "steps", j), names)
        names = Names(names.book, names.under_test, {**names.formulas, **(step.note or {})})


def _of_step(step: Step, key: Key, names: Names) -> Checks:
    for name, formula in (step.set or {}).items():
        yield (*key, "set", name), partial(fits.setting, name, formula, names)
    for name, formula in (step.force or {}).items():
        yield (*key, "force", name), partial(fits.reading, name, formula, names)
    for name, formula in (step.shift or {}).items():
        yield (*key, "shift", name), partial(fits.shifted, name, formula, names)
    for i, name in enumerate(step.release or ()):
        yield (*key, "release", i), partial(fits.signal, name, names)
    for name, formula in (step.boundary or {}).items():
        yield (*key, "boundary", name), partial(fits.weather, name, formula, names)
    for name, formula in (step.note or {}).items():
        yield (*key, "note", name), partial(fits.noted, name, formula, names)
    if step.fault is not None:
        text = f"{step.fault}@0s"
        yield (*key, "fault"), partial(parse_fault, text, names.book.site, "fault")
    if step.heartbeat or step.power:
        yield (*key, step.action), partial(_under_test, names)
    yield from _times(key, names, over=step.over, wait=step.wait)
    yield from _of_judgement(step, key, names)
    yield from _of_answers(step, key, names)


def _of_judgement(step: Step, key: Key, names: Names) -> Checks:
    if step.expect is not None:
        at = (*key, "expect")
        yield from _of_condition(step.expect, at, names, changing=True)
        yield from _times(at, names, within=step.expect.within, hold=step.expect.hold)
    if step.sequence is not None:
        at = (*key, "sequence")
        yield from _times(at, names, within=step.sequence.within)
        for i, condition in enumerate(step.sequence.order):
            yield from _of_condition(condition, (*at, "order", i), names, changing=True)
            yield from _times((*at, "order", i), names, after=condition.after)
    if step.expect_alarm is not None:
        part = step.expect_alarm.part
        yield (*key, "expect_alarm", "part"), partial(_part, part, names)
        yield from _times((*key, "expect_alarm"), names, within=step.expect_alarm.within)
    if step.expect_no_alarm is not None:
        whose = step.expect_no_alarm.part
        if whose is not None:
            yield (*key, "expect_no_alarm", "part"), partial(_part, whose, names)
        yield from _times((*key, "expect_no_alarm"), names, hold=step.expect_no_alarm.hold)


def _of_answers(step: Step, key: Key, names: Names) -> Checks:
    """What is judged by more than a condition: a trace, a loop's answer, somebody's word."""
    if (funnel := step.funnel) is not None:
        at = (*key, "funnel")
        yield (*at, "point"), partial(fits.changing, funnel.point, names)
        yield from _times(at, names, time_tolerance=funnel.time_tolerance)
        yield (*at, "trace"), partial(fits.forward, [t for t, _ in funnel.trace], names)
        for i, (_, value) in enumerate(funnel.trace):
            if ref := fits.known_ref(funnel.point, names):
                yield (*at, "trace", i, 1), partial(fits.level, value, ref, names)
        yield from _differences(at, funnel.point, names, tolerance=funnel.tolerance)
    if (test := step.step_test) is not None:
        yield from of_step_test(test, (*key, "step_test"), names)
    if step.at_work is not None:
        yield from of_work(step.at_work, key, names)
    if (hunting := step.oscillation) is not None:
        yield from of_hunting(hunting, (*key, "oscillation"), names)
    if (sticking := step.stiction) is not None:
        yield from of_sticking(sticking, (*key, "stiction"), names)
    if (manual := step.manual) is not None:
        unit = manual.value or "-"
        yield (*key, "manual", "value"), partial(conversion, unit, unit)
        for i, end in enumerate((unit in known_units() and manual.band) or ()):
            yield (*key, "manual", "band", i), partial(end.check, unit, names.unit)


def _of_condition(
    condition: Condition, key: Key, names: Names, *, changing: bool = False
) -> Checks:
    point = condition.point
    yield (*key, "point"), partial(fits.changing if changing else fits.there, point, names)
    ref = fits.known_ref(point, names)
    if ref is None:
        return
    if condition.equals is not None:
        yield (*key, "equals"), partial(fits.exactly, condition.equals, ref, names)
    for word in ("near", "above", "below"):
        if (formula := getattr(condition, word)) is not None:
            yield (*key, word), partial(fits.level, formula, ref, names)
    if condition.band is not None:
        yield (*key, "band"), partial(fits.band, condition.band, ref, names)
    yield from _differences(key, point, names, tolerance=condition.tolerance)


def _differences(key: Key, point: str, names: Names, **several: Formula | None) -> Checks:
    ref = fits.known_ref(point, names)
    for word, formula in several.items():
        if formula is not None and ref is not None:
            yield (*key, word), partial(fits.difference, formula, ref.unit, names)


def _times(key: Key, names: Names, **times: Formula | None) -> Checks:
    for word, formula in times.items():
        if formula is not None:
            yield (*key, word), partial(fits.time, formula, names)


def _part(part: str, names: Names) -> None:
    if part not in names.book.site.twin:
        raise unknown("part", "part", part, names.book.site.twin)


def _under_test(names: Names) -> None:
    if names.under_test is None:
        raise BadInput("needs a controller under test: say its type in 'of'")
