"""Whether a valve sticks, by the output of its controller and what it controls.

Of a loop that oscillates, whose process regulates itself and whose controller integrates. While a
valve sticks the output goes on as a ramp: that makes triangles of it, where a loop that is tuned
too tight and a load that swings make sines (`shape.py`). And a valve that sticks puts output and
value a quarter of a period apart, so that their correlation is odd in the lag, where the former put
them half a period apart, and it is even (Horch: A simple method for detection of stiction in
control valves, Control Engineering Practice 7 (1999) 1221-1231). Slow loads make it odd too, for
the phase of a PI controller goes with the frequency: odd alone proves nothing.

A load that goes up and down as a ramp looks the same from here; only the stem tells (`stem.py`).
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from twin.response.correlation import correlate, regular
from twin.response.oscillation import Oscillation, oscillation
from twin.response.shape import shape
from twin.response.trace import Floats, about_line, trace

Verdict = Literal["stiction", "none", "undecided"]

TRIANGLE: Final = 0.8
"""Shape from which half cycles are triangles [-] (assumed): none of 1200 simulated loops had more
that was tuned too tight or had loads that swing as sines, squares or saws, but 97 % of 500 with
valves that stick. He et al. say 0.6, where noise draws all shapes to 0.5."""
SINE: Final = 0.4
"""Shape up to which they are sines [-], as in He et al."""
EVEN: Final = 0.2
"""Asymmetry of lags up to which the correlation is even [-] (assumed), 18 degrees off. Horch says
1/3: by that one sticky valve in six would be even, where the controller is mostly proportional."""
ODD: Final = 2.0 / 3.0
"""Asymmetry from which it is odd [-]: 60 degrees, as in Horch."""
_HALVES: Final = 6
"""Half cycles from which shapes are believed [-] (assumed)."""


@dataclass(frozen=True)
class Stiction:
    """The verdict and, in `why`, what it is based on; None is what could not be had.

    `shape` [-] of the output's half cycles: 0 sines, 1 triangles. `asymmetry` [-] of the lags at
    which the correlation first crosses zero: 0 even, 1 odd. `oscillation` is that of the value.
    """

    verdict: Verdict
    why: str
    shape: float | None = None
    asymmetry: float | None = None
    oscillation: Oscillation | None = None


def stiction(t: ArrayLike, output: ArrayLike, value: ArrayLike) -> Stiction:
    """Whether the valve sticks that `output` [SI] moves, by `value` [SI], over `t` [s].

    With a constant set point and the controller in automatic, over five periods at least.
    """
    times, (u, y), missing = trace(t, output=output, value=value)
    swing = replace(oscillation(times, y), missing=missing)
    if swing.period_s is None:
        said = f"the value shows no regular oscillation to judge by: {swing.why}"
        return Stiction("undecided", said, oscillation=swing)
    u, y = about_line(times, u), about_line(times, y)
    if not u.any():
        return Stiction("undecided", "the output does not move", oscillation=swing)
    form = shape(times, u, swing.period_s)
    known = Stiction("undecided", "", form.triangular, _asymmetry(times, u, y, swing), swing)
    if form.halves < _HALVES:
        few = f"only {form.halves} half cycles of the output have a shape, less than {_HALVES}"
        return replace(known, why=few)
    verdict, why = _verdict(form.triangular, known.asymmetry)
    return replace(known, verdict=verdict, why=why)


def _verdict(form: float | None, asymmetry: float | None) -> tuple[Verdict, str]:
    if form is None:
        return "undecided", "noise hides the shape of the output's half cycles"
    kind = "triangles" if form >= TRIANGLE else "sines" if form <= SINE else "neither shape"
    said = f"half cycles of the output are {kind} ({form:.2f})"
    if asymmetry is None:
        return "undecided", f"{said}, and its correlation with the value crosses no zero"
    lags = "even" if asymmetry <= EVEN else "odd" if asymmetry >= ODD else "half odd"
    said += f", its correlation with the value is {lags} ({asymmetry:.2f})"
    if form <= SINE:
        return "none", f"{said}: tuned too tight, or a load that swings"
    return ("stiction" if form >= TRIANGLE and asymmetry > EVEN else "undecided"), said


def _asymmetry(t: Floats, u: Floats, y: Floats, swing: Oscillation) -> float | None:
    """Difference of the lags of the first zeros on both sides, to their sum [-].

    Not by the height at lag 0, as Horch does besides: there noise that the controller passes on
    correlates with itself.
    """
    assert swing.period_s is not None
    grid = regular(t, u, y)
    longest = min(int(swing.period_s / grid.step_s), len(grid.columns[0]) - 1)
    r = correlate(grid.columns[0], grid.columns[1], longest)
    i = np.flatnonzero(np.signbit(r[1:]) != np.signbit(r[:-1]))
    lags = i + r[i] / (r[i] - r[i + 1]) - longest
    left, right = -lags[lags <= 0.0], lags[lags > 0.0]
    if len(left) == 0 or len(right) == 0:
        return None
    return float(abs(left.min() - right.min()) / (left.min() + right.min()))
