"""Columns whose clock runs an hour or more before or behind the others: a wrong time zone.

Two readings that move together at once in any plant are held against each other at shifts of half
an hour; where two pairs agree, the column in both is the one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.site.model import Site
from twin.trend.relations import Places, Readings, Values

STEP_S: Final = 1800.0
MOST_S: Final = 4 * 3600.0
_LEAST: Final = 0.5
"""Correlation of changes from which a shift is believed [-] (assumed)."""
_BETTER: Final = 0.25
"""It must be so much better than without a shift [-] (assumed)."""
_LEAST_DAY: Final = 20 * 3600.0


@dataclass(frozen=True)
class ClockShift:
    """`later_s` [s] > 0: the columns' values stand later than those of the others."""

    columns: tuple[str, ...]
    """One, or two of which it is either."""
    later_s: float
    correlation: float
    without: float
    partner: str


def pairs(site: Site) -> list[tuple[str, str]]:
    """Readings that move together within minutes."""
    places = Places(site)
    found: list[tuple[str, str] | None] = []
    for part, declared in site.plant.parts.items():
        model = declared.fmu.rpartition("/")[2]
        named: Sequence[tuple[str, str]] = ()
        if model.startswith("HeatPump"):
            named = [("T_condensing", "T_sink_out"), ("T_evaporating", "T_source_out"),
                     ("P_electric", "T_condensing"), ("P_electric", "m_source"),
                     ("P_electric", "T_evaporating")]  # fmt: skip
            found.append(_command(site, places, part, "u_compressor", "P_electric"))
            found.append(_command(site, places, part, "u_source_pump", "m_source"))
        elif model.startswith("DistrictNetwork"):
            named = [("m_network", "Q_delivered")]
            found.append(_command(site, places, part, "u_pump", "m_network"))
        elif model.startswith("CoolingLoop"):
            named = [("T_supply", "T_coolant_supply"), ("T_return", "P_it"), ("m_facility", "P_it")]
            found.append(_command(site, places, part, "u_pump", "m_facility"))
        for a, b in named:
            both = places.all(part, a, b)
            found.append((both[0], both[1]) if both is not None else None)
    return [pair for pair in found if pair is not None]


def _command(
    site: Site, places: Places, part: str, command: str, variable: str
) -> tuple[str, str] | None:
    name = f"{part}.{command}"
    driven = set(site.commands)
    signal = places.signal(part, variable)
    return None if signal is None or name not in driven else (name, signal)


def clock_shifts(site: Site, readings: Readings, width_s: float) -> list[ClockShift]:
    """Columns with a clock of their own; `width_s` is the length of a span of `readings` [s]."""
    lag = round(STEP_S / width_s)
    if lag < 2 or len(next(iter(readings.values()), [])) * width_s < _LEAST_DAY:
        return []
    lags = np.arange(-round(MOST_S / STEP_S), round(MOST_S / STEP_S) + 1)
    peaks = list(_peaks(site, readings, lags, lag))
    moved = [p for p in peaks if p.later_s != 0.0]
    shifted: list[ClockShift] = []
    for peak in moved:
        steady = {c for p in peaks if p.stands_against(peak.later_s) for c in (p.a, p.b)}
        alike = [c for p in moved if abs(p.later_s) == abs(peak.later_s) for c in (p.a, p.b)]
        blamed = _blamed(peak.a, peak.b, steady, alike)
        sign = -1.0 if blamed == (peak.a,) else 1.0
        partner = peak.b if blamed == (peak.a,) else peak.a
        shifted.append(ClockShift(blamed, sign * peak.later_s, peak.best, peak.without, partner))
    return _once(shifted)


def _blamed(a: str, b: str, steady: set[str], alike: Sequence[str]) -> tuple[str, ...]:
    """Which of two columns has the odd clock: the one that does not agree with anybody else."""
    if a in steady and b not in steady:
        return (b,)
    if b in steady and a not in steady:
        return (a,)
    if alike.count(a) != alike.count(b):
        return (b,) if alike.count(b) > alike.count(a) else (a,)
    return (a, b)


def _once(shifts: Sequence[ClockShift]) -> list[ClockShift]:
    alone = {s.columns[0] for s in shifts if len(s.columns) == 1}
    found: dict[tuple[str, ...], ClockShift] = {}
    for shift in shifts:
        if len(shift.columns) == 1 or not alone & set(shift.columns):
            found.setdefault(shift.columns, shift)
    return list(found.values())


@dataclass(frozen=True)
class _Peak:
    """Two readings, and the shift at which they move together best: `b` is later by it [s]."""

    a: str
    b: str
    later_s: float
    best: float
    without: float
    lags_s: Values
    correlation: Values

    def stands_against(self, later_s: float) -> bool:
        """Whether the pair has one clock, and would not look so with a shift of `later_s` [s]."""
        there = np.abs(self.lags_s) == abs(later_s)
        return self.later_s == 0.0 and bool(
            np.nanmax(self.correlation[there]) < self.without - _BETTER
        )


def _peaks(site: Site, readings: Readings, lags: NDArray[np.int64], lag: int) -> Iterator[_Peak]:
    """Pairs that move together at some shift."""
    middle = len(lags) // 2
    for a, b in pairs(site):
        if a not in readings or b not in readings:
            continue
        lags_s: Values = lags.astype(np.float64) * STEP_S
        x, y = _changes(readings[a], lag), _changes(readings[b], lag)
        found = np.array([abs(_correlation(x, y, int(k) * lag)) for k in lags])
        if not np.isfinite(found).all():
            continue
        at = int(np.argmax(found))
        best, without = float(found[at]), float(np.max(found[middle - 1 : middle + 2]))
        if without >= max(_LEAST, best - _BETTER):
            yield _Peak(a, b, 0.0, without, without, lags_s, found)
        elif best >= _LEAST and best > without + _BETTER:
            yield _Peak(a, b, float(lags[at]) * STEP_S, best, without, lags_s, found)


def _changes(values: Values, lag: int) -> Values:
    """A reading without its slow part: changes over half a step, the largest cut off."""
    change = np.full(len(values), np.nan)
    step = max(1, lag // 2)
    change[step:] = values[step:] - values[:-step]
    known = change[np.isfinite(change)]
    if len(known) == 0:
        return change
    limit = 6.0 * float(np.median(np.abs(known - np.median(known)))) + 1e-12
    clipped: Values = np.clip(change, -limit, limit)
    return clipped


def _correlation(x: Values, y: Values, later: int) -> float:
    """Correlation of `x` with what `y` says `later` spans later [-]."""
    if later >= 0:
        x, y = x[: len(x) - later], y[later:]
    else:
        x, y = x[-later:], y[: len(y) + later]
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 100:
        return float("nan")
    x, y = x[known] - x[known].mean(), y[known] - y[known].mean()
    size = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
    return float(np.sum(x * y)) / size if size > 0.0 else float("nan")
