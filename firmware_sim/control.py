"""The bricks of control logic: `(state, ..., dt_s) -> (state, output)`, nothing else.

All of it is + - * / and comparisons, so that the same inputs give the same bits anywhere.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Tuning(NamedTuple):
    """A PI loop: `gain` [output/error], `integral_s` [s], fastest change `rate` [output/s]."""

    gain: float
    integral_s: float
    rate: float


class Loop(NamedTuple):
    """What a PI loop remembers: its integral part and its last output, both [output]."""

    integral: float
    output: float


def clamp(value: float, low: float, high: float) -> float:
    """`value` held between `low` and `high`; `high` wins where they cross."""
    if value > high:
        return high
    return value if value > low or low > high else low


def ramp(previous: float, wanted: float, rate: float, dt_s: float) -> float:
    """`wanted`, but not further than `rate` [1/s] times `dt_s` [s] from `previous`."""
    step = rate * dt_s
    return clamp(wanted, previous - step, previous + step)


def track(integral: float, integral_s: float, actual: float, dt_s: float) -> float:
    """Integral part after `actual` [output] was really put out.

    External reset (Åström, Hägglund: Advanced PID Control, 2006, 3.5): the integral part is
    the output that came about, lagged by the integral time. Where nothing limits the output
    this is exactly PI; behind a limit, a ramp or a selector it cannot wind up.
    """
    return integral + (actual - integral) * min(1.0, dt_s / integral_s)


def pi(
    state: Loop, tuning: Tuning, error: float, low: float, high: float, dt_s: float
) -> tuple[Loop, float]:
    """PI with limits and ramp; positive `error` raises the output, held in `low` to `high`.

    The ramp also leads from an output outside the limits (a pump at rest) into them.
    """
    wanted = clamp(tuning.gain * error + state.integral, low, high)
    output = ramp(state.output, wanted, tuning.rate, dt_s)
    return Loop(track(state.integral, tuning.integral_s, output, dt_s), output), output


def take_over(tuning: Tuning, error: float, output: float) -> Loop:
    """State from which the loop goes on without a bump after `output` was set by hand."""
    return Loop(output - tuning.gain * error, output)


def hysteresis(on: bool, value: float, low: float, high: float) -> bool:
    """On above `high`, off below `low`, as before in between."""
    return value > high or (on and value >= low)


def too_high(before: bool, measured: float | None, limit: float, release: float) -> bool:
    """Above `limit` [degC], or once above it and not seen more than `release` [K] below it since.

    A reading that is lost says nothing about the way back.
    """
    if measured is None:
        return before
    return hysteresis(before, measured, limit - release, limit)


def on_delay(elapsed_s: float, condition: bool, delay_s: float, dt_s: float) -> tuple[float, bool]:
    """True once `condition` has held for `delay_s` [s]; false at once when it ends."""
    elapsed_s = elapsed_s + dt_s if condition else 0.0
    return elapsed_s, condition and elapsed_s >= delay_s


def off_delay(left_s: float, condition: bool, delay_s: float, dt_s: float) -> tuple[float, bool]:
    """True at once with `condition`, and for `delay_s` [s] after it ended."""
    left_s = delay_s if condition else left_s - dt_s
    return (left_s, True) if left_s > 0.0 or condition else (0.0, False)


def curve(points: Sequence[tuple[float, float]], x: float) -> float:
    """Piecewise linear through `points` of rising x, level beyond the first and the last."""
    x_a, y_a = points[0]
    if x <= x_a:
        return y_a
    for x_b, y_b in points[1:]:
        if x <= x_b:
            return y_a + (y_b - y_a) * (x - x_a) / (x_b - x_a)
        x_a, y_a = x_b, y_b
    return y_a
