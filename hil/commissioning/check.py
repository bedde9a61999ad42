"""Everything in a procedure that can be refused before anything moves: names, units, sizes."""

from collections.abc import Callable, Iterator, Mapping

from hil.commissioning.formula import Formula, Known
from hil.commissioning.planned import notes
from hil.commissioning.points import PointBook, Ref
from hil.commissioning.procedure import Block, Condition, Procedure, Step
from hil.commissioning.scope import Names
from twin.errors import BadInput, refuse, unknown
from twin.registers import BadValue
from twin.signals import conversion, outside
from twin.site import parse_fault
from twin.site.document import Document, Key
from twin.site.mistakes import Mistake

_LOST = "lost"
Checks = Iterator[tuple[Key, Callable[[], object]]]


def check_procedure(procedure: Procedure, document: Document, book: PointBook) -> list[Mistake]:
    """What is wrong with a procedure at this site, a line each."""
    if procedure.of is not None and not book.controllers_of(procedure.of):
        types = {c.type for c in book.site.controllers.values()}
        error = unknown("of", "controller type", procedure.of, types)
        return [Mistake(document.line(("of",)), f"{document.place('of')}: {error}")]
    where = None if procedure.of is None else book.controllers_of(procedure.of)[0]
    found: dict[str, Mistake] = {}
    for key, check in _of_procedure(procedure, where, book):
        try:
            check()
        except (BadInput, BadValue) as error:
            line = document.line(key)
            found.setdefault(f"{key}", Mistake(line, f"{document.place(*key)}: {error}"))
    return list(found.values())


def _of_procedure(procedure: Procedure, where: str | None, book: PointBook) -> Checks:
    plain = Names(book, where, procedure.parameters)
    for name, formula in procedure.parameters.items():
        yield ("parameters", name), lambda f=formula: _natural(f, plain)  # type: ignore[misc]
    for i, wanted in enumerate(procedure.prerequisites):
        key: Key = ("prerequisites", i)
        yield from _of_condition(wanted, key, plain)
        yield from _times(key, plain, within=wanted.within, hold=wanted.hold)
    for i, block in enumerate(procedure.blocks):
        rows: tuple[Mapping[str, Formula], ...] = block.for_each or ({},)
        for row in rows:
            names = Names(book, where, {**procedure.parameters, **row, **notes(block)})
            yield from _of_block(block, ("blocks", i), names, row)


def _of_block(block: Block, key: Key, names: Names, row: Mapping[str, Formula]) -> Checks:
    for name, formula in row.items():
        yield (*key, "for_each"), lambda n=name, f=formula: _entry(n, f, names)  # type: ignore[misc]
    for j, step in enumerate(block.steps):
        yield from _of_step(step, (*key, "steps", j), names)


def _of_step(step: Step, key: Key, names: Names) -> Checks:
    for name, formula in (step.set or {}).items():
        yield (*key, "set", name), lambda n=name, f=formula: _writable(n, f, names)  # type: ignore[misc]
    for name, formula in (step.force or {}).items():
        yield (*key, "force", name), lambda n=name, f=formula: _reading(n, f, names)  # type: ignore[misc]
    for name in step.release or ():
        yield (*key, "release"), lambda n=name: _signal(n, names)  # type: ignore[misc]
    for name, formula in (step.boundary or {}).items():
        yield (*key, "boundary", name), lambda n=name, f=formula: _outside(n, f, names)  # type: ignore[misc]
    for name, formula in (step.note or {}).items():
        yield (*key, "note", name), lambda f=formula: _natural(f, names)  # type: ignore[misc]
    if step.fault is not None:
        text = f"{step.fault}@0s"
        yield (*key, "fault"), lambda: parse_fault(text, names.book.site, "fault")
    if step.heartbeat or step.power:
        yield (*key, step.action), lambda: _under_test(names)
    yield from _times(key, names, over=step.over, wait=step.wait)
    yield from _of_judgement(step, key, names)


def _of_judgement(step: Step, key: Key, names: Names) -> Checks:
    if step.expect is not None:
        at = (*key, "expect")
        yield from _of_condition(step.expect, at, names)
        yield from _times(at, names, within=step.expect.within, hold=step.expect.hold)
    if step.sequence is not None:
        at = (*key, "sequence")
        yield from _times(at, names, within=step.sequence.within)
        for i, condition in enumerate(step.sequence.order):
            yield from _of_condition(condition, (*at, "order", i), names)
            yield from _times((*at, "order", i), names, after=condition.after)
    if step.expect_alarm is not None:
        part = step.expect_alarm.part
        yield (*key, "expect_alarm", "part"), lambda: _part(part, names)
        yield from _times((*key, "expect_alarm"), names, within=step.expect_alarm.within)
    if step.expect_no_alarm is not None:
        whose = step.expect_no_alarm.part
        if whose is not None:
            yield (*key, "expect_no_alarm", "part"), lambda: _part(whose, names)
        yield from _times((*key, "expect_no_alarm"), names, hold=step.expect_no_alarm.hold)


def _of_condition(condition: Condition, key: Key, names: Names) -> Checks:
    def check() -> None:
        ref = names.ref(condition.point)
        for formula in condition.formulas():
            _fits(formula, ref, names)
        if condition.tolerance is not None:
            first = condition.tolerance.terms[0]
            if first.name is None:
                if first.unit is None and ref.unit != "-":
                    raise refuse(
                        "tolerance", condition.tolerance.text, f"needs its unit ({ref.unit})"
                    )
                conversion(first.unit or "-", ref.unit)

    yield (*key, "point"), check


def _times(key: Key, names: Names, **times: Formula | None) -> Checks:
    for word, formula in times.items():
        if formula is not None:
            yield (*key, word), lambda f=formula: _time(f, names)  # type: ignore[misc]


def _time(formula: Formula, names: Names) -> None:
    formula.check("s", names.unit)
    if not formula.names and (formula.value("s", _nameless) or 0.0) < 0.0:
        raise refuse("time", formula.text, "must not be negative")


def _nameless(name: str) -> Known:
    raise AssertionError(name)


def _fits(formula: Formula, ref: Ref, names: Names) -> None:
    """Whether a formula can be a value of the point: a word that it has, or of its unit."""
    word = formula.word or formula.text
    point = ref.point
    is_word = word[:1].isalpha() and word not in names.formulas
    if is_word and point is not None and (point.enum or point.is_bit):
        if ref.word(word) is None:
            raise refuse(ref.name, word, "must be true or false")
        return
    formula.check(ref.unit, names.unit)


def _writable(name: str, formula: Formula, names: Names) -> None:
    ref = names.ref(name)
    if ref.point is None or ref.kind in ("signal", "command"):
        raise refuse("set", name, "is no register of a controller; readings are forced")
    if not ref.point.writable:
        raise refuse("set", name, "cannot be written, by its map")
    _fits(formula, ref, names)
    if not formula.names and not ref.point.enum and not ref.point.is_bit:
        value = formula.value(ref.unit, _nameless)
        factor, offset = conversion(ref.unit, ref.point.unit)
        shown = None if value is None else factor * value + offset
        rule = (
            None if shown is None else outside(shown, ref.point.min, ref.point.max, ref.point.unit)
        )
        if rule:
            raise refuse("set", formula.text, rule)


def _reading(name: str, formula: Formula, names: Names) -> None:
    ref = _signal(name, names)
    if formula.word != _LOST:
        formula.check(ref.unit, names.unit)


def _signal(name: str, names: Names) -> Ref:
    ref = names.ref(name)
    if ref.kind != "signal":
        raise refuse("force", name, "is not read by a sensor; only readings can be forced")
    return ref


def _outside(name: str, formula: Formula, names: Names) -> None:
    names.book.boundary(name)
    unit = names.book.boundary_unit(name)
    formula.check(unit, names.unit)


def _part(part: str, names: Names) -> None:
    if part not in names.book.site.twin:
        raise unknown("part", "part", part, names.book.site.twin)


def _under_test(names: Names) -> None:
    if names.under_test is None:
        raise BadInput("needs a controller under test: say its type in 'of'")


def _natural(formula: Formula, names: Names) -> None:
    formula.check(names.unit_of(formula), names.unit)


def _entry(name: str, formula: Formula, names: Names) -> None:
    if name in names.book.site.signals:
        raise refuse("for_each", name, "is a signal's name")
    _natural(formula, names)
