"""Figures of the answer to a step: of a loop to its set point, or of a process to its output.

Rise time, overshoot and settling time as in Åström, Hägglund: Advanced PID Control (2006), 4.3;
times are from the step on.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from twin.errors import refuse
from twin.response.rest import PART, Rest, rest
from twin.response.trace import Floats, Noise, about_line, level, noise, slow_noise, spread, trace
from twin.response.way import Way, between, reaches, stays, way

SIGMAS: Final = 3.0
"""Standard deviations of noise that a step exceeds, and that the band holds at least [-]."""
_ALARM: Final = 0.01
"""Chance that noise alone leaves the band once in a trace at rest [-] (assumed)."""
_LEAST: Final = 10
"""Samples from which a stretch is judged [-] (assumed)."""


@dataclass(frozen=True)
class StepResponse:
    """What a step did; None is what cannot be had, and `why` says so.

    Levels, `band` (half its width), `noise` (standard deviation) and `steady_error` (final level
    less target) in [SI]; `overshoot` is a share of the step [-], 0 where it is less than
    `resolution` [-], what noise and drift hide. Times in [s]: `rise_s` from 10 to 90 %, `reach_s`
    to the first entry into the band, `settling_s` to the last, `peak_s` to the peak of an
    overshoot. `against` is the level [SI] that these are about: the final one, or the target where
    the trace did not settle. `missing` samples [-] were skipped.
    """

    initial: float | None = None
    final: float | None = None
    against: float | None = None
    direction: int | None = None
    settled: bool | None = None
    rise_s: float | None = None
    reach_s: float | None = None
    settling_s: float | None = None
    overshoot: float | None = None
    peak_s: float | None = None
    steady_error: float | None = None
    band: float | None = None
    noise: float | None = None
    resolution: float | None = None
    missing: int = 0
    why: str = ""


def step_response(
    t: ArrayLike,
    y: ArrayLike,
    at_s: float,
    *,
    until_s: float = np.inf,
    target: float | None = None,
    initial: float | None = None,
    band: float = 0.05,
    noise_least: float = 0.0,
) -> StepResponse:
    """Figures of `y` [SI] over `t` [s] after a step at `at_s`, up to `until_s` [s].

    `target` is the new set point [SI], `initial` the level before where that was not recorded [SI],
    `band` half the band's width as a share of the step [-], `noise_least` what is known of the
    noise, as a standard deviation [SI]: what a coarse resolution hides is not seen.
    """
    if not 0.0 < band < 0.5:
        raise refuse("band", band, "must be between 0 and 0.5")
    if not 0.0 <= noise_least < np.inf:
        raise refuse("noise_least", noise_least, "must be finite and not negative")
    if not at_s < until_s:
        raise refuse("until_s", until_s, f"must be later than the step, {at_s}")
    times, (values,), missing = trace(t, y=y)
    values, times = values[times <= until_s], times[times <= until_s]
    after = len(times) - int(np.searchsorted(times, at_s))
    known = StepResponse(initial=initial, missing=missing)
    if after < _LEAST:
        return replace(known, why=f"only {after} samples after the step")
    before = _before(times, at_s)
    shakes = _noise(times, values, before, noise_least)
    known = replace(known, noise=shakes.sigma)
    if initial is None and len(before) < 3:
        return replace(known, why="less than 3 samples before the step")
    start = level(values[before]) if initial is None else initial
    record = _Record(times, values, at_s, start, shakes, band)
    return _judged(replace(known, initial=start), record, target)


def _before(t: Floats, at_s: float) -> NDArray[np.intp]:
    """Samples before the step: as far back as the end is judged, at least the last three."""
    first = int(np.searchsorted(t, at_s - 3.0 * PART * (t[-1] - at_s)))
    stop = int(np.searchsorted(t, at_s))
    return np.arange(max(min(first, stop - 3), 0), stop)


def _noise(t: Floats, y: Floats, before: NDArray[np.intp], least: float) -> Noise:
    """The largest of what is known, what changes between samples, and what did at rest."""
    between = noise(t, y)
    if len(before) < _LEAST:
        return slow_noise(max(least, between), between)
    at_rest = spread(about_line(t[before], y[before]))
    return slow_noise(max(least, between, at_rest), between)


class _Record(NamedTuple):
    t: Floats
    y: Floats
    at_s: float
    start: float
    noise: Noise
    share: float

    def rest(self) -> Rest:
        after = self.t >= self.at_s
        t, y = self.t[after], self.y[after]
        rough = rest(t, y, self.noise, 0.0).level
        step = 0.0 if rough is None else abs(rough - self.start)
        band = max(self.share * step, SIGMAS * self.noise.sigma)
        return rest(t, y, self.noise, 0.25 * band)

    def too_small(self, end: float) -> str:
        step, sigma = end - self.start, self.noise.sigma
        if abs(step) > SIGMAS * sigma:
            return ""
        return f"a change of {step:.3g} does not stand out of noise with sigma {sigma:.3g}"

    def way(self, end: float) -> tuple[Way, float, float]:
        """The way to a level [SI], half the band, and what noise at rest does not exceed [-]."""
        path = way(self.t, self.y, self.at_s, self.start, end, self.noise)
        never = -float(ndtri(0.5 * _ALARM / len(path.t))) * path.noise
        half = max(self.share, SIGMAS * self.noise.sigma / abs(end - self.start), never)
        return path, half, never


def _judged(known: StepResponse, record: _Record, target: float | None) -> StepResponse:
    """Figures about the final level; where there is none, about the target."""
    end = record.rest()
    if end.level is None:
        return replace(known, why=end.restless)
    if end.restless:
        return _unsettled(known, record, target, end.restless)
    if small := record.too_small(end.level):
        return replace(known, final=end.level, why=small)
    path, half, never = record.way(end.level)
    settling_s = stays(path, half)
    if settling_s is None or settling_s > end.since_s - record.at_s:
        return _unsettled(known, record, target, "still leaves the band at the end")
    step = end.level - record.start
    known = replace(
        known,
        final=end.level,
        settled=True,
        settling_s=settling_s,
        steady_error=None if target is None else end.level - target,
    )
    hidden = never + end.drift / abs(step)
    return _about(known, path, half, (record.start, end.level), hidden)


def _unsettled(
    known: StepResponse, record: _Record, target: float | None, why: str
) -> StepResponse:
    known = replace(known, settled=False, why=why)
    if target is None:
        return known
    if small := record.too_small(target):
        return replace(known, why=f"{why}; to the target, {small}")
    path, half, never = record.way(target)
    return _about(known, path, half, (record.start, target), never)


def _about(
    known: StepResponse, path: Way, half: float, levels: tuple[float, float], hidden: float
) -> StepResponse:
    """Figures of the way between two levels [SI]; `half` the band and what is `hidden` in [-]."""
    step = levels[1] - levels[0]
    peak = int(np.argmax(path.done))
    over = float(path.done[peak]) - 1.0
    shows = over > hidden + 1e-9
    return replace(
        known,
        against=levels[1],
        direction=1 if step > 0.0 else -1,
        rise_s=between(path, 0.1, 0.9),
        reach_s=reaches(path, 1.0 - half),
        overshoot=over if shows else 0.0,
        peak_s=float(path.t[peak]) if shows else None,
        band=half * abs(step),
        resolution=hidden,
    )
