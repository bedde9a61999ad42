"""How a valve follows its command, where its position is read: dead band and slip-jump.

After Choudhury, Thornhill, Shah: Modelling valve stiction, Control Engineering Practice 13 (2005)
641-658. When the command turns round, the stem stays until the command has come back by S, then
jumps by J and follows. The dead band is S - J: by so much the way up and the way down lie apart.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import refuse
from twin.response.trace import Floats, noise, trace

_SIGMAS: Final = 8.0
"""Standard deviations of noise from which a position has moved [-]: so far apart are the extremes
of thousands of samples of one that stands."""
_STEPS: Final = 1.5
"""Steps of the resolution from which it has [-]: one is what it flickers by."""
_FLICKER: Final = 0.61
"""Noise that steps of the reading make of a ramp, at most, to such a step [-]: half a step is off,
by 1.4826 / sqrt(1.5)."""
_TURNS: Final = 3
"""Turns from which the median is believed [-] (assumed)."""
_NEAREST: Final = 10.0
"""Percentile of the gap under way that is taken as the one after a jump [%] (assumed)."""


@dataclass(frozen=True)
class Stem:
    """Dead band, jump and their sum, as medians over `turns` [-], in the command's unit [SI].

    What is less than `resolution` [SI] is not seen: noise, steps of the reading, steps of the
    command. None is what could not be had; `why` says what the verdict is based on.
    """

    verdict: Literal["stiction", "dead band", "none", "undecided"]
    why: str
    dead_band: float | None = None
    slip_jump: float | None = None
    stays_for: float | None = None
    turns: int = 0
    resolution: float | None = None
    missing: int = 0


class _Stroke(NamedTuple):
    """A move one way: from where to where the stem stood before it, and where the next stand is."""

    way: float
    stood: int
    moves: int
    ends: int


def stem(
    t: ArrayLike,
    command: ArrayLike,
    position: ArrayLike,
    *,
    resolution: float = 0.0,
    least: float = 0.01,
) -> Stem:
    """How `position` follows `command` [SI], both in the same unit, over `t` [s].

    `resolution` is the step that the position is read in, `least` what of dead band and jump
    matters, in the same unit [SI]; 0.01 of 0 to 1 (assumed). An actuator that is slow to follow
    shows as a dead band of twice its delay.
    """
    for name, value in (("resolution", resolution), ("least", least)):
        if not 0.0 <= value < np.inf:
            raise refuse(name, value, "must be finite and not negative")
    times, (u, x), missing = trace(t, command=command, position=position)
    if len(times) < 3:
        return Stem("undecided", f"only {len(times)} samples", missing=missing)
    shakes = noise(times, x)
    if shakes <= _FLICKER * resolution:
        shakes = 0.0
    moved = max(_STEPS * resolution, _SIGMAS * shakes, 1e-9 * float(np.ptp(u)))
    strokes = _strokes(x, moved)
    if len(strokes) < _TURNS:
        went = f"while the command went over {np.ptp(u):.3g}"
        few = f"the position turned {len(strokes)} times, less than {_TURNS}, {went}"
        return Stem("undecided", few, turns=len(strokes), resolution=moved, missing=missing)
    stays, jumps = zip(*(_gaps(u, x, stroke) for stroke in strokes), strict=True)
    stays_for, jump = float(np.median(stays)), max(float(np.median(jumps)), 0.0)
    at_once = float(np.median([abs(u[s.moves] - u[s.moves - 1]) for s in strokes]))
    band, seen = max(stays_for - jump, 0.0), max(moved, at_once)
    limit = max(least, seen)
    said = f"dead band {band:.3g}, jump {jump:.3g}, over {len(strokes)} turns"
    verdict: Literal["stiction", "dead band", "none", "undecided"] = "none"
    if jump > limit:
        verdict = "stiction"
    elif band > limit:
        verdict = "dead band"
    elif seen > least:
        verdict, said = "undecided", f"{said}; nothing below {seen:.3g} can be seen"
    return Stem(verdict, said, band, jump, stays_for, len(strokes), seen, missing)


def _strokes(x: Floats, moved: float) -> list[_Stroke]:
    """Moves by more than `moved` [SI] after a move the other way."""
    turns = _turns(x, moved)
    found = []
    for k, (before, (top, moves)) in enumerate(pairwise(turns), 1):
        way = float(np.sign(x[moves] - x[top]))
        stood = _arrives(x, before[1], top, moved)
        last = k + 1 == len(turns)
        end = len(x) - 1 if last else _arrives(x, moves, turns[k + 1][0], moved)
        found.append(_Stroke(way, stood, moves, max(end, moves + 1)))
    return found


def _arrives(x: Floats, start: int, top: int, moved: float) -> int:
    """First sample after `start` from which on it stays close to where it turns, at `top`."""
    away = np.flatnonzero(np.abs(x[start : top + 1] - x[top]) > moved)
    return start + (int(away[-1]) + 1 if len(away) else 0)


def _turns(x: Floats, moved: float) -> list[tuple[int, int]]:
    """Extremes, each with the sample at which the position is first away from it again."""
    found = []
    low = high = 0
    way = 0
    for i in range(len(x)):
        low, high = (i if x[i] < x[low] else low), (i if x[i] > x[high] else high)
        if way <= 0 and x[i] - x[low] > moved:
            found.append((low, i))
            way, high = 1, i
        elif way >= 0 and x[high] - x[i] > moved:
            found.append((high, i))
            way, low = -1, i
    return found


def _gaps(u: Floats, x: Floats, stroke: _Stroke) -> tuple[float, float]:
    """By how much the command comes back before the stem moves, and by how much it jumps [SI]."""
    ahead = stroke.way * (u - x)
    last = ahead[stroke.moves - 1]
    stays = last - ahead[stroke.stood : stroke.moves].min()
    after = np.percentile(ahead[stroke.moves : stroke.ends], _NEAREST)
    return float(stays), float(last - after)
