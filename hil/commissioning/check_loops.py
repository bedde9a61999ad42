"""Whether tests of loops fit the points that they are about."""

from collections.abc import Callable, Iterator
from functools import partial

from hil.commissioning import fits
from hil.commissioning.formula import Formula
from hil.commissioning.procedure import Hunting, StepTest, Sticking
from hil.commissioning.scope import Names
from twin.site.document import Key

Checks = Iterator[tuple[Key, Callable[[], object]]]


def of_step_test(test: StepTest, key: Key, names: Names) -> Checks:
    """The setting can be moved by so much, and the loop is one."""
    by_reading = test.setting == test.measured
    if not by_reading:
        yield (*key, "setting"), partial(fits.writable, test.setting, names)
    yield (*key, "measured"), partial(fits.signal, test.measured, names)
    if ref := fits.known_ref(test.setting, names):
        yield (*key, "by"), partial(fits.steps, test.by, ref.unit, names)
    for word in ("lasts", "rise", "settles"):
        yield from _time(key, word, getattr(test, word), names)
    if test.command is not None:
        yield (*key, "command"), partial(fits.moved, test.command, names)
    measured = fits.known_ref(test.measured, names)
    if test.gain is not None and measured is not None:
        yield (*key, "gain"), partial(fits.loop_gain, test.gain, measured.unit, names)
    if test.integral is not None:
        yield (*key, "integral"), partial(fits.loop_time, test.integral, names)
    yield from _difference(key, "deviation", test.deviation, test.measured, names)


def of_work(command: str, key: Key, names: Names) -> Checks:
    """It is a command."""
    yield (*key, "at_work"), partial(fits.moved, command, names)


def of_hunting(wanted: Hunting, key: Key, names: Names) -> Checks:
    """There is something to look at."""
    if wanted.measured is not None:
        yield (*key, "measured"), partial(fits.signal, wanted.measured, names)
        yield from _difference(key, "amplitude", wanted.amplitude, wanted.measured, names)
    if wanted.command is not None:
        yield (*key, "command"), partial(fits.moved, wanted.command, names)
    yield from _time(key, "lasts", wanted.lasts, names)


def of_sticking(wanted: Sticking, key: Key, names: Names) -> Checks:
    """There is a command, and what it moves."""
    yield (*key, "command"), partial(fits.moved, wanted.command, names)
    yield (*key, "measured"), partial(fits.signal, wanted.measured, names)
    if wanted.position is not None:
        yield (*key, "position"), partial(fits.position, wanted.position, names)
    yield from _time(key, "lasts", wanted.lasts, names)


def _time(key: Key, word: str, formula: Formula | None, names: Names) -> Checks:
    if formula is not None:
        yield (*key, word), partial(fits.time, formula, names)


def _difference(key: Key, word: str, formula: Formula | None, point: str, names: Names) -> Checks:
    ref = fits.known_ref(point, names)
    if formula is not None and ref is not None:
        yield (*key, word), partial(fits.difference, formula, ref.unit, names)
