"""Whether conditions are met: now, within a time, for a time, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hil.commissioning.procedure import Condition, Expect, InOrder
from hil.commissioning.scope import Scope
from hil.commissioning.verdict import Verdict
from twin.registers.readings import word_of
from twin.signals import conversion

GAP_S = 10.0
"""A value that is missing for no longer than this neither meets a condition nor breaks it [s]
(assumed, as the watchdogs of the shipped controllers): a line loses a reply now and then."""
INSTANT_S = 1e-6
"""Times closer to each other are the same [s]: a cycle is never so short."""
EQUAL = 1e-6
"""Relative difference of numbers that are the same [-]: registers carry no more digits."""


@dataclass(frozen=True)
class Found:
    """A verdict and the sentence that goes with it."""

    verdict: Verdict
    why: str
    figures: Mapping[str, float | str | None] = field(default_factory=dict)
    """What was measured, by name with its unit."""


def met(condition: Condition, scope: Scope) -> bool | None:
    """Whether a condition is met now; None where a value cannot be had."""
    ref = scope.names.ref(condition.point)
    value = scope.value(ref)
    if value is None:
        return None
    ends = [scope.of(formula, ref) for formula in condition.formulas()]
    if any(end is None for end in ends):
        return None
    numbers = [end for end in ends if end is not None]
    if condition.equals is not None:
        return abs(value - numbers[0]) <= EQUAL * max(1.0, abs(numbers[0]))
    if condition.near is not None and condition.tolerance is not None:
        tolerance = _difference(condition, scope)
        return None if tolerance is None else abs(value - numbers[0]) <= tolerance
    if condition.band is not None:
        return numbers[0] <= value <= numbers[1]
    return value > numbers[0] if condition.above is not None else value < numbers[0]


def seen(condition: Condition, scope: Scope) -> str:
    """What the point of a condition is now, in the unit of its register or signal."""
    ref = scope.names.ref(condition.point)
    value = scope.value(ref)
    if value is None:
        return f"{condition.point} has no value"
    if ref.point is not None and ref.point.enum:
        return f"{condition.point} is {word_of(ref.point, value)}"
    return f"{condition.point} is {spoken(value, ref.unit, ref.shown)}"


def limits(condition: Condition, scope: Scope) -> dict[str, float | str | None]:
    """Point of a condition and the `low` and `high` [SI] between which it is met now."""
    ref = scope.names.ref(condition.point)
    ends = [scope.of(formula, ref) for formula in condition.formulas()]
    low, high = ends[0], ends[-1]
    if condition.tolerance is not None:
        tolerance = _difference(condition, scope)
        known = None not in (low, tolerance)
        low, high = (low - tolerance, high + tolerance) if known else (None, None)  # type: ignore[operator]
    elif condition.above is not None:
        high = None
    elif condition.below is not None:
        low = None
    return {"point": condition.point, "low": low, "high": high}


def spoken(value: float, unit: str, shown: str = "") -> str:
    """A value [SI `unit`] in unit `shown`; without one, temperatures in degC, powers in kW."""
    word = shown or {"K": "degC", "W": "kW", "Pa": "kPa"}.get(unit, unit)
    factor, offset = conversion(unit, word)
    return f"{factor * value + offset:.6g} {word}".removesuffix(" -")


def expect(wanted: Expect, scope: Scope, cycle: Callable[[], float], now_s: float) -> Found:
    """Wait for what is wanted; `cycle` lets one pass and gives the time [s]."""
    begin_s, within_s = now_s, scope.seconds(wanted.within)
    hold_s = scope.seconds(wanted.hold)
    known_s, since_s, blind, left = now_s, None, False, ""
    while True:
        state = met(wanted, scope)
        late = now_s - begin_s > within_s + INSTANT_S
        if state and since_s is None and late and not blind:
            return Found(Verdict.FAIL, f"only after {now_s - begin_s:g} s; {seen(wanted, scope)}")
        blind = state is None
        known_s = known_s if blind else now_s
        if state:
            since_s = now_s if since_s is None else since_s
            if now_s - since_s >= hold_s - INSTANT_S:
                return Found(Verdict.PASS, f"after {since_s - begin_s:g} s; {seen(wanted, scope)}")
        elif state is not None or now_s - known_s >= GAP_S:
            if since_s is not None:
                left = f"was so for {now_s - since_s:g} s only; "
            since_s = None
            if now_s - begin_s >= within_s - INSTANT_S:
                verdict = Verdict.INCONCLUSIVE if state is None else Verdict.FAIL
                return Found(verdict, f"{left}{_late(within_s)}{seen(wanted, scope)}")
        now_s = cycle()


def in_order(
    order: Sequence[InOrder],
    within_s: float,
    scope: Scope,
    cycle: Callable[[], float],
    now_s: float,
) -> Found:
    """Wait until all have come true, each after the one before it."""
    begin_s, times, known_s, blind = now_s, list[float](), now_s, False
    for i in range(1, len(order)):
        if met(order[i], scope):
            return Found(Verdict.FAIL, f"before it began {order[i]}")
    while True:
        due = met(order[len(times)], scope)
        for i in range(len(order) - 1, len(times), -1):
            if due is not None and met(order[i], scope):
                return _disorder(order[len(times)], order[i], due, blind)
        if due is None and now_s - known_s >= GAP_S:
            return Found(Verdict.INCONCLUSIVE, seen(order[len(times)], scope))
        if due:
            early = _early(order, times, now_s, scope)
            if early:
                # it may have come even sooner, never later
                return Found(Verdict.FAIL, early)
            if now_s - begin_s > within_s + INSTANT_S and not blind:
                why = f"only after {now_s - begin_s:g} s: {order[len(times)]}"
                return Found(Verdict.FAIL, why)
            times.append(now_s)
            if len(times) == len(order):
                gaps = ", ".join(f"{t - begin_s:g} s" for t in times)
                return Found(Verdict.PASS, f"at {gaps}")
        blind = due is None
        known_s = known_s if blind else now_s
        if now_s - begin_s >= within_s - INSTANT_S:
            missing = order[len(times)]
            verdict = Verdict.INCONCLUSIVE if blind else Verdict.FAIL
            return Found(verdict, f"{_late(within_s)}not yet: {missing}; {seen(missing, scope)}")
        now_s = cycle()


def _disorder(due: InOrder, later: InOrder, is_due: bool, blind: bool) -> Found:
    """`later` is met, and `due` was not before; `blind` if nobody could see whether it was."""
    if is_due and blind:
        return Found(Verdict.INCONCLUSIVE, f"nobody saw whether {later} before {due}")
    return Found(Verdict.FAIL, f"{later} {'together with' if is_due else 'before'} {due}")


def _early(order: Sequence[InOrder], times: Sequence[float], now_s: float, scope: Scope) -> str:
    if not times:
        return ""
    condition = order[len(times)]
    after_s, passed_s = scope.seconds(condition.after), now_s - times[-1]
    if passed_s >= after_s - INSTANT_S:
        return ""
    return f"{condition} {passed_s:g} s after {order[len(times) - 1]}, not before {after_s:g} s"


def _late(within_s: float) -> str:
    return f"after {within_s:g} s " if within_s else ""


def _difference(condition: Condition, scope: Scope) -> float | None:
    """The tolerance as a difference in the SI unit of the point."""
    assert condition.tolerance is not None
    unit = scope.names.ref(condition.point).unit
    return condition.tolerance.value(unit, scope.known, level=False)
