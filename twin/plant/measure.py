"""One reading of all sensors, compiled; the arithmetic is the same on every machine.

Only + - * / and comparisons: the exp and log of a C library differ in the last bit from machine to
machine, and a trace must not. Importing this file imports numba (0.5 s).
"""

import math

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.signals import Quality

_GOOD, _OUT_OF_RANGE = int(Quality.GOOD), int(Quality.OUT_OF_RANGE)

# A current loop saturates at 3.8 and 20.5 mA and still measures (NAMUR NE 43): a value this share
# of the span beyond an end is that end, read well; further out the sensor has failed.
_BELOW, _ABOVE = 0.0125, 0.03125


def _log(x: float) -> float:
    """Natural logarithm of 0 < x < 1 to 1e-8: powers of two taken out, then a series."""
    twos = 0
    while x < 0.5:
        x *= 2.0
        twos += 1
    # ln x = 2 artanh((x - 1)/(x + 1)), |argument| <= 1/3
    s = (x - 1.0) / (x + 1.0)
    q = s * s
    odd = 1.0 / 13.0
    for n in (11.0, 9.0, 7.0, 5.0, 3.0, 1.0):
        odd = odd * q + 1.0 / n
    return 2.0 * s * odd - twos * 0.6931471805599453


log = compiled(_log)


def _normal(uniform: float) -> float:
    """Standard normal variate [-] of a uniform one in [0, 1); ends at 8 sigma.

    Wichura, Algorithm AS 241 (Applied Statistics 37, 1988), PPND7: about seven figures.
    """
    q = uniform - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        low = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
        return q * top / low
    r = math.sqrt(-log(max(1e-15, min(uniform, 1.0 - uniform))))
    if r <= 5.0:
        r -= 1.6
        top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
        low = (0.12021132975 * r + 0.73700164250) * r + 1.0
    else:
        r -= 5.0
        top = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
        low = (0.012258202635 * r + 0.24197894225) * r + 1.0
    return top / low if q > 0.0 else -top / low


normal = compiled(_normal)


def _measure(
    sensors: NDArray[np.void],
    true: NDArray[np.float64],
    uniform: NDArray[np.float64],
    lagged: NDArray[np.float64],
    drift: NDArray[np.float64],
    values: NDArray[np.float64],
    quality: NDArray[np.uint8],
    is_first: bool,
) -> None:
    """Turn `true[n]` into `values[n]` and `quality[n]`, moving `lagged[n]` and `drift[n]` on.

    Lag, then gain about the zero of the scale, offset and drift, noise, resolution, range: a pump
    that stands reads 0, not "no value", though noise takes it below. A stuck sensor keeps what it
    showed.
    """
    for i in range(true.shape[0]):
        s = sensors[i]
        lagged[i] = true[i] if is_first else lagged[i] + s["alpha"] * (true[i] - lagged[i])
        drift[i] += s["drift"]
        if s["stuck"] != 0.0 and not is_first:
            continue
        value = s["zero"] + s["gain"] * (lagged[i] - s["zero"]) + s["offset"] + drift[i]
        if s["noise"] > 0.0:
            value += s["noise"] * normal(uniform[i])
        if s["resolution"] > 0.0:
            value = np.rint(value / s["resolution"]) * s["resolution"]
        span = s["high"] - s["low"]
        low, high = s["low"], s["high"]
        if math.isfinite(span):
            low, high = low - _BELOW * span, high + _ABOVE * span
        quality[i] = _GOOD if low <= value <= high else _OUT_OF_RANGE
        values[i] = min(max(value, s["low"]), s["high"])


measure = compiled(_measure)
