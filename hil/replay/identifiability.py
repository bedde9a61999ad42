"""Which faults of a site its sensors see, separate and size, and which sensor would help most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.replay.moves import Period
from hil.replay.watching import Watching
from twin.diagnosis.compete import Field, field
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.identifiability import (
    Gain,
    Judged,
    Moved,
    best_of,
    gain,
    information,
    judge,
    with_sensor,
)
from twin.diagnosis.learned import Learned
from twin.diagnosis.settings import Settings, Window
from twin.estimation.linearised import ERROR_S
from twin.estimation.step import STEP_S
from twin.observers.part_model import ERROR_SHARE, model_error
from twin.site.model import Site

Floats = NDArray[np.float64]

DAY_S = 86_400.0
ACCURACY = {"K": 0.1, "kg/s": 0.1, "Pa": 500.0, "W": 2000.0}
"""By SI unit, what a usual sensor may be off by [unit] (assumed: Pt100 class A in a pocket,
ultrasonic flow meter, transmitter of 0 to 10 bar, power meter); it does not average out."""
BAND_K = 0.8
"""Band of a temperature that nobody has given one [K] (assumed: that of the reference sites)."""
BAND_SHARE = 0.04
"""Band of any other, as a share of its mean value [-] (assumed: that of the reference sites)."""


@dataclass(frozen=True)
class Doubt:
    """How uncertain a window is, and when the diagnosis speaks."""

    covariance: Floats
    """float64[m, m], of the mean innovations of the watched signals [SI^2]."""
    threshold: float
    """Likelihood ratio from which a fault is raised, of the part that asks for most [-]."""
    better: float
    """Standard deviation of the watched signals as a multiple of what the bands say [-]."""
    window: Window
    learned: bool


@dataclass(frozen=True)
class Sensor:
    """A sensor that could be added, and what it would change."""

    name: str
    unit: str
    deviation: float
    """Standard deviation taken for it: sensor, model and what the observer does not know [SI]."""
    installed: bool
    """Whether the site reads it already: it only has to be watched."""
    gain: Gain
    split: int
    """Pairs of faults that it tells apart, of those that look alike today [-]."""


@dataclass(frozen=True)
class Report:
    """The identifiability of a site."""

    hypotheses: tuple[Hypothesis, ...]
    periods: tuple[Period, ...]
    judged: tuple[tuple[Judged, ...], ...]
    """By period, then by hypothesis."""
    best: tuple[tuple[Judged, int], ...]
    """Of each hypothesis where it shows best, and the index of that period."""
    sensors: tuple[Sensor, ...]
    """The most useful first."""
    doubt: Doubt


def doubt_of(
    site: Site, watching: Watching, periods: Sequence[Period], window: Window, known: Learned | None
) -> Doubt:
    """What commissioning has learned, or else the bands of the site file.

    Of the bands it believes what the observer does: a model is wrong by half a band, and by another
    amount after an hour. Beyond a day nothing averages out.
    """
    settings = Settings()
    watched = watching.observer.watched
    rows = [watching.observer.outputs.index(name) for name in watched]
    seen = np.max([p.variance[rows] for p in periods], axis=0)
    error = np.array([model_error(site, name) for name in watched])
    if known is None:
        length_s = min(window.length_ns / 1e9, DAY_S)
        averaged = min(1.0, 2.0 * ERROR_S / length_s)
        covariance = np.diag(error**2 * averaged + seen * min(1.0, STEP_S / length_s))
        threshold = settings.lowest_named(window)
    else:
        at = settings.index(window.name)
        healthy = known.healthy(watching.plant, settings, at)
        covariance = healthy * np.outer(known.scale, known.scale)
        threshold = float(known.fault_at[at].max())
    better = float(np.median(np.sqrt(np.diag(covariance)) / error))
    return Doubt(covariance, threshold, better, window, known is not None)


def report_of(site: Site, watching: Watching, periods: Sequence[Period], doubt: Doubt) -> Report:
    """Judge every hypothesis as the site is, and again with each sensor that it could have."""
    hypotheses = watching.observer.hypotheses
    of = field(hypotheses, Settings(), ramps=False)
    judging = _Judging(watching, tuple(periods), doubt, of)
    judged = judging.today()
    best = best_of(judged)
    sensors = [_sensor(site, judging, best, name, unit) for name, unit in watching.units.items()]
    sensors.sort(key=lambda s: (-s.gain.score, -s.split, not s.installed, s.name))
    return Report(hypotheses, tuple(periods), judged, best, tuple(sensors), doubt)


@dataclass(frozen=True)
class _Judging:
    watching: Watching
    periods: tuple[Period, ...]
    doubt: Doubt
    of: Field

    def today(self) -> tuple[tuple[Judged, ...], ...]:
        """With the signals that are watched."""
        windows = [list(self._watched(p)) for p in self.periods]
        return tuple(self._judge(w, self.doubt.covariance, self.of) for w in windows)

    def with_output(self, name: str, deviation: float) -> tuple[tuple[Judged, ...], ...]:
        """With one more output of a model; a bias of its sensor is one more hypothesis."""
        biases = [h.name for h in self.watching.observer.hypotheses]
        own = biases.index(f"{name}.bias") if f"{name}.bias" in biases else len(biases)
        row = self.watching.observer.outputs.index(name)
        of = _with_bias(self.of)
        judged = []
        for p in self.periods:
            moved = [_row_of(w, row, own) for w in p.windows]
            windows, covariance = with_sensor(
                list(self._watched(p)), self.doubt.covariance, moved, deviation**2
            )
            judged.append(self._judge(windows, covariance, of))
        return tuple(judged)

    def _judge(self, windows: list[Moved], covariance: Floats, of: Field) -> tuple[Judged, ...]:
        known = information(windows, covariance)
        material = self.doubt.window.material
        return judge(known, of, Settings(), self.doubt.threshold, material)

    def _watched(self, period: Period) -> Iterator[Moved]:
        outputs = self.watching.observer.outputs
        rows = [outputs.index(name) for name in self.watching.observer.watched]
        for w in period.windows:
            yield Moved(w.signature[rows], w.usable[rows])


def _row_of(window: Moved, row: int, own: int) -> Moved:
    """A carried output as a signal: a sensor that reads too high shows in its own reading."""
    signature = np.pad(window.signature[[row]], ((0, 0), (0, 1)))
    signature[0, own] += 1.0
    return Moved(signature, window.usable[[row]])


def _with_bias(of: Field) -> Field:
    """One more hypothesis, of a sensor whose bias may have any size and sign."""
    return Field(
        threshold=np.append(of.threshold, 1.0),
        low=np.append(of.low, -np.inf),
        high=np.append(of.high, np.inf),
        log_odds=np.append(of.log_odds, of.log_odds[-1]),
        fault=np.append(of.fault, True),
        ramp=np.append(of.ramp, False),
    )


def _sensor(
    site: Site, judging: _Judging, today: Sequence[tuple[Judged, int]], name: str, unit: str
) -> Sensor:
    row = judging.watching.observer.outputs.index(name)
    value = max(abs(float(p.innovation[row])) for p in judging.periods)
    band = BAND_K if unit == "K" else BAND_SHARE * value
    model = ERROR_SHARE * band * judging.doubt.better
    expected = max(float(p.variance[row]) for p in judging.periods)
    deviation = float(np.sqrt(model**2 + ACCURACY[unit] ** 2 + expected))
    n = len(today)
    before = [judged for judged, _ in today]
    after = [judged for judged, _ in best_of(judging.with_output(name, deviation))][:n]
    return Sensor(
        name=name,
        unit=unit,
        deviation=deviation,
        installed=any(site.variable(signal) == name for signal in site.signals),
        gain=gain(before, after),
        split=sum(
            len(set(was.group) - set(now.group))
            for was, now in zip(before, after, strict=True)
            if now.seen != "no"
        ),
    )
