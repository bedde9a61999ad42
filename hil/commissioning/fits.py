"""Whether values of a procedure fit the points that they are meant for; BadInput where not."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

from hil.commissioning.formula import LOST, OF_A_DAY, Formula, Known
from hil.commissioning.points import DESIGN, Ref
from hil.commissioning.procedure import LONGEST_S
from hil.commissioning.scope import Names
from twin.errors import BadInput, refuse
from twin.signals import conversion, outside

_TAKEN = (LOST, *OF_A_DAY, "true", "false")
_WORDS_OF_BITS = ("true", "false")


def known_ref(name: str, names: Names) -> Ref | None:
    """The point called so, if there is one."""
    with suppress(BadInput):
        return names.ref(name)
    return None


def time(formula: Formula, names: Names) -> None:
    """It is a time."""
    formula.check("s", names.unit)
    value = _constant(formula, "s", names) or 0.0
    if value < 0.0:
        raise refuse("time", formula.text, "must not be negative")
    if value > LONGEST_S:
        raise refuse("time", formula.text, f"must be at most {LONGEST_S / 3600:g} h, a block's end")


def natural(formula: Formula, names: Names) -> None:
    """It is a value of something."""
    formula.check(names.unit_of(formula), names.unit)


def new_name(name: str, formula: Formula, names: Names) -> None:
    """It can be given to the formula as a name."""
    if name in _TAKEN:
        raise refuse("name", name, "has a meaning already")
    if known_ref(name, names) is not None:
        raise refuse("name", name, "is a point's already")
    natural(formula, names)


def noted(name: str, formula: Formula, names: Names) -> None:
    """It is a new name, and no parameter's, row's or note's."""
    if name in names.formulas:
        raise refuse("name", name, "is given already")
    new_name(name, formula, names)


def level(formula: Formula, ref: Ref, names: Names) -> None:
    """It can be a value of the point: a word that it has, or of its unit."""
    word = formula.word or formula.text
    point = ref.point
    is_word = word[:1].isalpha() and word not in names.formulas
    if is_word and point is not None and (point.enum or point.is_bit):
        if ref.word(word) is None:
            raise refuse(ref.name, word, "must be true or false")
        return
    if word in _WORDS_OF_BITS:
        raise refuse(ref.name, word, "must be a number, it is no bit")
    formula.check(ref.unit, names.unit)


def exactly(formula: Formula, ref: Ref, names: Names) -> None:
    """The point can be just that."""
    level(formula, ref, names)
    value, point = _number(formula, ref, names), ref.point
    if value is None or point is None:
        return
    if point.is_bit and value not in (0.0, 1.0):
        raise refuse(ref.name, formula.text, "must be true or false")
    if point.enum and value not in point.enum:
        raise refuse(ref.name, formula.text, f"must be one of {', '.join(point.enum.values())}")


def band(ends: Sequence[Formula], ref: Ref, names: Names) -> None:
    """Something can lie between the two."""
    for end in ends:
        level(end, ref, names)
    low, high = (_number(end, ref, names) for end in ends)
    if low is not None and high is not None and low > high:
        raise refuse("band", f"{ends[0].text}, {ends[1].text}", "must be [lowest, highest]")


def forward(times: Sequence[Formula], names: Names) -> None:
    """They are times, none before the one that it follows."""
    for t in times:
        time(t, names)
    known = [(t.text, value) for t in times if (value := _constant(t, "s", names)) is not None]
    for (_, before), (text, after) in pairwise(known):
        if after < before:
            raise refuse("trace", text, "is before the time before it")
    if len(known) == len(times) and known[0][1] == known[-1][1]:
        raise refuse("trace", known[-1][0], "must end after it begins")


def difference(formula: Formula, unit: str, names: Names) -> None:
    """It can be a tolerance of what has SI `unit`."""
    formula.check(unit, names.unit)
    if (_constant(formula, unit, names, level=False) or 0.0) < 0.0:
        raise refuse("tolerance", formula.text, "must not be negative")


def writable(name: str, names: Names) -> Ref:
    """It is a setting that a procedure may write."""
    ref = names.ref(name)
    if name.startswith(f"{DESIGN}."):
        rule = f"is what the site file says; the register is {name.removeprefix(f'{DESIGN}.')}"
        raise refuse("set", name, rule)
    point = ref.point
    if point is None or ref.kind in ("signal", "command") or point.tag in ("sensor", "heartbeat"):
        raise refuse("set", name, "is no setting of a controller; readings are forced")
    if not point.writable:
        raise refuse("set", name, "cannot be written, by its map")
    return ref


def setting(name: str, formula: Formula, names: Names) -> None:
    """The point can be set to that."""
    ref = writable(name, names)
    exactly(formula, ref, names)
    point, value = ref.point, _constant(formula, ref.unit, names)
    if point is None or value is None or point.enum or point.is_bit:
        return
    factor, offset = conversion(ref.unit, point.unit)
    if rule := outside(factor * value + offset, point.min, point.max, point.unit):
        raise refuse("set", formula.text, rule)


def reading(name: str, formula: Formula, names: Names) -> None:
    """The reading can be forced to that."""
    ref = signal(name, names)
    if formula.word != LOST:
        level(formula, ref, names)


def shifted(name: str, formula: Formula, names: Names) -> None:
    """So much can be added to the reading."""
    formula.check(signal(name, names).unit, names.unit)


def moved(name: str, names: Names) -> Ref:
    """It is a command, or a reading that stands for one."""
    ref = names.ref(name)
    if ref.kind not in ("command", "signal"):
        raise refuse("command", name, "is no command of a controller")
    return ref


def loop_gain(name: str, unit: str, names: Names) -> None:
    """It is a setting of a controller that is a gain, of errors in SI `unit`."""
    shown = _parameter(name, names).shown
    if not shown.startswith("1/"):
        raise refuse("gain", name, f"must be in 1/{unit}, is in {shown or '-'}")
    _fits("gain", name, shown.removeprefix("1/"), unit)


def loop_time(name: str, names: Names) -> None:
    """It is a setting of a controller that is a time."""
    _fits("integral", name, _parameter(name, names).shown or "-", "s")


def position(name: str, names: Names) -> None:
    """It is a reading of how far something is open, as a share."""
    _fits("position", name, signal(name, names).unit, "-")


def _parameter(name: str, names: Names) -> Ref:
    ref = names.ref(name)
    if ref.kind not in ("register", "configured"):
        raise refuse("setting", name, "is no setting of a controller")
    return ref


def _fits(what: str, name: str, unit: str, wanted: str) -> None:
    try:
        conversion(unit, wanted)
    except BadInput as error:
        raise refuse(what, name, str(error)) from None


def steps(formula: Formula, unit: str, names: Names) -> None:
    """A setting can be moved by so much, and it is more than nothing."""
    formula.check(unit, names.unit)
    if _constant(formula, unit, names, level=False) == 0.0:
        raise refuse("by", formula.text, "must not be 0: there is no answer to nothing")


def signal(name: str, names: Names) -> Ref:
    """It is a sensor's reading."""
    ref = names.ref(name)
    if ref.kind != "signal":
        raise refuse("reading", name, "is not read by a sensor")
    return ref


def weather(name: str, formula: Formula, names: Names) -> None:
    """Weather or a load can be steered to that."""
    names.book.boundary(name)
    unit = names.book.boundary_unit(name)
    formula.check(unit, lambda word: unit if word in OF_A_DAY else names.unit(word, OF_A_DAY))


def there(name: str, names: Names) -> None:
    """It is a point."""
    names.ref(name)


def changing(name: str, names: Names) -> None:
    """It is a point that can be waited for."""
    there(name, names)
    if name.startswith(f"{DESIGN}."):
        raise refuse("point", name, "is what the site file says, and never changes")


def _number(formula: Formula, ref: Ref, names: Names) -> float | None:
    """What `level` has let pass as a number, if the file alone says it."""
    word = formula.word or formula.text
    is_word = word[:1].isalpha() and word not in names.formulas
    number = ref.word(word) if is_word else None
    return _constant(formula, ref.unit, names) if number is None else number


def _constant(formula: Formula, unit: str, names: Names, *, level: bool = True) -> float | None:
    """Its value in SI `unit` if the file alone says it; None if the site or the plant does."""

    def given(name: str) -> Known:
        its = names.unit(name)
        formula = names.formulas.get(name)
        return Known(None if formula is None else formula.value(its, given), its)

    return formula.value(unit, given, level=level)
