"""Sensors between the true plant and what anybody gets to read, with the faults they can have."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.errors import refuse, unknown

SensorFault = Literal["bias", "drift", "noise", "stuck", "scale"]
"""What `Sensors.fail` knows; sizes there."""

_SENSOR = np.dtype(
    [
        (name, np.float64)
        for name in (
            *("alpha", "zero", "gain", "offset", "drift", "noise", "resolution"),
            *("low", "high", "stuck"),
        )
    ]
)
_BLOCK = 128  # readings drawn ahead: small, because the loop waits for the drawing


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """One sensor as the data sheet describes it, in the SI unit of its signal."""

    signal: str
    noise: float = 0.0
    """Standard deviation of one reading [unit]."""
    lag_s: float = 0.0
    """Time constant of the first-order lag [s]."""
    resolution: float = 0.0
    """Step of the last digit [unit]; 0 is none."""
    range_min: float = -math.inf
    range_max: float = math.inf
    offset: float = 0.0
    """Constant error [unit]."""
    gain: float = 0.0
    """Relative error of the gain [-] about the lower end of the range (about 0 when it is open)."""

    def __post_init__(self) -> None:
        for name in ("noise", "lag_s", "resolution"):
            value = getattr(self, name)
            if not (value >= 0.0 and math.isfinite(value)):
                raise refuse(f"sensor {self.signal}.{name}", value, "must be 0 or more")
        for name in ("offset", "gain"):
            if not math.isfinite(value := getattr(self, name)):
                raise refuse(f"sensor {self.signal}.{name}", value, "must be a finite number")
        if not self.range_min < self.range_max:
            bounds = [self.range_min, self.range_max]
            raise refuse(f"sensor {self.signal}.range", bounds, "the lower end must come first")


class Sensors:
    """All sensors of a plant, read together once a period.

    The noise of a signal depends on the seed, its name and the count of readings, not on its
    place in the list or on the other signals.
    """

    def __init__(self, specs: Sequence[SensorSpec], seed: int, period_ns: int) -> None:
        """Sensors of `specs`, read every `period_ns` [ns].

        Raises:
            BadInput: two sensors for one signal.
        """
        self.signals = tuple(spec.signal for spec in specs)
        for signal in self.signals:
            if self.signals.count(signal) > 1:
                raise refuse("sensors", signal, "must have one sensor only")
        self._specs = tuple(specs)
        self._period_s = period_ns / NS_PER_S
        self._table = np.array([_row(spec, self._period_s) for spec in specs], _SENSOR)
        self._streams = [_stream(seed, signal) for signal in self.signals]
        n = len(specs)
        self._uniform = np.zeros((_BLOCK, n))
        self._true, self._lagged, self._drift, self._values = np.zeros((4, n))
        self._quality = np.zeros(n, np.uint8)
        self._count = 0
        self._measure = _compiled_measure()
        # loads the compiled code now rather than in the first cycle of the loop
        self._measure(self._table[:0], *[np.zeros(0)] * 5, self._quality[:0], True)

    def read(self, true: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """One reading: values[n] and `Quality`[n] of the `true` [n] values, all SI.

        A value outside its range is given at the end of the range, with OUT_OF_RANGE if it is
        further out than 1.25 % of the span below or 3.125 % above (NAMUR NE 43: a current loop
        saturates there before it tells of a failure). Both arrays are used again by the next
        reading: copy what must stay.
        """
        if true.shape != self._true.shape:
            raise ValueError(f"{true.shape} true values for {self._true.shape} sensors")
        self._true[:] = true  # an array of another layout would be compiled for
        row = self._count % _BLOCK
        if row == 0:
            for i, stream in enumerate(self._streams):
                self._uniform[:, i] = stream.random(_BLOCK)
        self._measure(
            self._table,
            self._true,
            self._uniform[row],
            self._lagged,
            self._drift,
            self._values,
            self._quality,
            self._count == 0,
        )
        self._count += 1
        return self._values, self._quality

    def ahead(self, n: int) -> NDArray[np.float64]:
        """Uniform numbers [-] of the next `n` readings, float64[n, signals], which counts them.

        For compiled code that takes the readings by itself, with `measure` and the `state`; from
        then on `read` must not be used.
        """
        drawn = np.empty((n, len(self._streams)))
        for i, stream in enumerate(self._streams):
            drawn[:, i] = stream.random(n)
        self._count += n
        return drawn

    @property
    def state(self) -> tuple[NDArray[np.void], NDArray[np.float64], NDArray[np.float64]]:
        """Table, lagged values and drifts as `measure` takes and changes them."""
        return self._table, self._lagged, self._drift

    def fail(self, signal: str, kind: SensorFault, size: float = 0.0) -> None:
        """Break one sensor from the next reading on; a second fault comes on top of the first.

        `size` is for bias [unit], drift [unit per hour], noise its added standard deviation
        [unit], scale the relative error of the gain [-] about the lower end of the range (about 0
        when that is open); stuck takes none.

        Raises:
            BadInput: an unknown signal or kind, or a size that is no number.
        """
        if signal not in self.signals:
            raise unknown("sensor fault", "signal", signal, self.signals)
        if not math.isfinite(size):
            raise refuse(f"sensor fault {signal}.{kind}", size, "must be a finite number")
        row = self._table[self.signals.index(signal)]
        match kind:
            case "bias":
                row["offset"] += size
            case "drift":
                row["drift"] += size * self._period_s / 3600.0
            case "noise":
                row["noise"] = math.sqrt(row["noise"] * row["noise"] + size * size)
            case "scale":
                row["gain"] += size
            case "stuck":
                row["stuck"] = 1.0
            case _:
                raise unknown("sensor fault", "kind", kind, get_args(SensorFault))

    def heal(self, signal: str) -> None:
        """Undo every fault of one sensor, drift included; BadInput for an unknown signal."""
        if signal not in self.signals:
            raise unknown("sensor fault", "signal", signal, self.signals)
        i = self.signals.index(signal)
        self._table[i] = _row(self._specs[i], self._period_s)
        self._drift[i] = 0.0


def _row(spec: SensorSpec, period_s: float) -> tuple[float, ...]:
    return (
        period_s / (spec.lag_s + period_s),  # backward Euler of the lag: no exp, never overshoots
        spec.range_min if math.isfinite(spec.range_min) else 0.0,
        *(1.0 + spec.gain, spec.offset, 0.0, spec.noise, spec.resolution),
        *(spec.range_min, spec.range_max, 0.0),
    )


def _stream(seed: int, signal: str) -> np.random.Generator:
    words = [seed, zlib.crc32(signal.encode())]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def _compiled_measure() -> Callable[..., None]:
    from twin.plant.measure import measure  # imports numba, which only a running plant needs

    compiled: Callable[..., None] = measure
    return compiled
