"""Whether a trace has come to rest at its end, and at which level."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from twin.response.trace import Floats, Noise, level

PART: Final = 0.1
"""Length of each of the three last stretches that are compared, of the time [-] (assumed)."""
_LEAST: Final = 3
"""Samples in a stretch from which its level is believed [-] (assumed)."""
_SURE: Final = 3.0
"""Standard errors by which two levels differ [-]."""


@dataclass(frozen=True)
class Rest:
    """Median of the last stretch [SI], None where it has too few samples.

    `drift` is by how much the level still moves, or is still going to [SI]; `restless` a sentence
    where that is more than may be, empty where the trace is at rest. `since_s` is when the last
    stretch begins [s].
    """

    level: float | None
    drift: float
    restless: str
    since_s: float


def rest(t: Floats, y: Floats, noise: Noise, tolerance: float) -> Rest:
    """Whether the levels of the last three tenths stand still within `tolerance` [SI].

    What is left of a decay is extrapolated from the three levels, as one that is geometric would go
    on (Aitken's delta-squared): a slow approach looks level long before it has arrived.
    """
    edges = t[-1] - (t[-1] - t[0]) * PART * np.arange(3.0, -1.0, -1.0)
    since_s = float(edges[2])
    cut = np.searchsorted(t, edges[:-1])
    parts = [y[cut[0] : cut[1]], y[cut[1] : cut[2]], y[cut[2] :]]
    fewest = min(len(part) for part in parts)
    if fewest < _LEAST:
        few = f"only {fewest} samples in a tenth of the time at the end"
        return Rest(None, 0.0, few, since_s)
    first, second, third = (level(part) for part in parts)
    before, last = second - first, third - second
    sure = _SURE * noise.median(fewest) * float(np.sqrt(2.0))
    left = last
    if before * last > 0.0 and abs(before) > sure:
        slowing = before - last
        left = last * last / slowing if abs(last) < abs(before) else np.copysign(np.inf, last)
    drift = max(abs(last), abs(left) if abs(last) > sure else 0.0)
    if drift <= max(tolerance, sure):
        return Rest(third, float(drift), "", since_s)
    more = f"{drift:.3g} to go" if np.isfinite(drift) else "no slower than before"
    return Rest(third, float(drift), f"still moving at the end, {more}", since_s)
