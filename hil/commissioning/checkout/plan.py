"""Which values the bench puts on sensors: inside all ranges, all different, and at the limits."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from firmware_sim import make_controller
from hil.bench.layout import Layout
from hil.commissioning.checkout.form import Form
from twin.registers import Point
from twin.signals import conversion
from twin.site import Site

SHARES = (0.20, 0.70)
"""Where in the usable range the two values of the first sensor lie [-]; the others follow."""
SPREAD = 0.10
"""Over how much of the range the sensors of a controller are spread [-]."""
APART = 20.0
"""Tolerances that lie between two sensors at least [-]."""


@dataclass(frozen=True)
class Planned:
    """A sensor and what it is given [point.unit]; `column` is that of its signal."""

    name: str
    column: int
    point: Point
    si: str
    tolerance: float
    given: tuple[float, ...]
    """Two values in its range, or none where nobody knows a range."""
    credible: tuple[float, ...] = ()
    """Just inside the limits of what its controller believes."""
    incredible: tuple[float, ...] = ()
    """Just outside of them, where registers go that far."""

    def beyond(self, end: int) -> float | None:
        """Just below (0) or above (1) what is believed [point.unit]; None if it cannot be put."""
        for value in self.incredible:
            if (value < self.credible[0], value > self.credible[1])[end]:
                return value
        return None

    def si_of(self, value: float) -> float:
        """A value [point.unit] as the signal has it [SI]."""
        factor, offset = conversion(self.point.unit, self.si)
        return factor * value + offset


def plan_of(site: Site, layout: Layout, form: Form) -> list[Planned]:
    """The sensors of a controller, in the order of their registers."""
    believed = believed_by(form)
    found: list[Planned] = []
    sensors = [item for item in form.items if item.row.kind == "reading"]
    wired = [item for item in sensors if item.point.name in form.told.sensors]
    for i, item in enumerate(wired):
        point = item.point
        signal = site.signals[form.told.sensors[point.name]]
        tolerance = item.row.tolerance or 0.0
        factor, offset = conversion(signal.unit, point.unit)
        low, high = sorted(factor * x + offset for x in signal.range or (-math.inf, math.inf))
        limits = believed.get(point.name)
        register = span_of(point)
        low, high = _within((low, high), register, limits or register)
        given = _given(low, high, i / max(1, len(wired)), tolerance, found)
        credible, incredible = _edges(limits, register, tolerance)
        found.append(
            Planned(
                point.name, layout.signal(form.told.sensors[point.name]), point,
                signal.si_unit, tolerance, given, credible, incredible,
            )
        )  # fmt: skip
    return found


def believed_by(form: Form) -> dict[str, tuple[float, float]]:
    """What a controller of this type believes of each reading [point.unit], as its maker says."""
    shipped = make_controller(form.told.type, {})
    found = {}
    for name, limits in shipped.program.plausible.items():
        if name in form.points.points:
            factor, offset = shipped.conversions[name]
            own = shipped.map.point(name).unit
            to, shift = conversion(own, form.points.point(name).unit)
            low, high = (to * (x - offset) / factor + shift for x in limits)
            found[name] = (low, high)
    return found


def span_of(point: Point) -> tuple[float, float]:
    """Lowest and highest value [point.unit] that may be written and fits the registers."""
    kind = point.kind
    low, high = sorted(x * point.scale + point.offset for x in (kind.low, kind.high))
    if kind.integer:  # the ends are where makers put "no value"
        low, high = low + abs(point.scale), high - abs(point.scale)
    least = -math.inf if point.min is None else point.min
    most = math.inf if point.max is None else point.max
    return max(low, least), min(high, most)


def _within(*ranges: tuple[float, float]) -> tuple[float, float]:
    return max(low for low, _ in ranges), min(high for _, high in ranges)


def _edges(
    limits: tuple[float, float] | None, register: tuple[float, float], tolerance: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Values just inside and just outside of what is believed."""
    if limits is None:
        return (), ()
    low, high = limits
    inside = (max(low + tolerance, register[0]), min(high - tolerance, register[1]))
    if inside[0] >= inside[1]:
        return (), ()
    outside = (low - tolerance, high + tolerance)
    return inside, tuple(x for x in outside if register[0] <= x <= register[1])


def _given(
    low: float, high: float, place: float, tolerance: float, others: Iterable[Planned]
) -> tuple[float, ...]:
    span = high - low
    if not 0.0 < span < 1e30:
        return ()
    step = 10.0 ** math.floor(math.log10(span / 1000.0))
    taken = [value for other in others for value in other.given]
    found: list[float] = []
    for share in SHARES:
        value = low + (share + SPREAD * place) * span
        value = round(value / step) * step
        while any(abs(value - t) < APART * tolerance for t in taken):
            value += 7.0 * step
        if not low <= value <= high:
            return ()
        taken.append(value)
        found.append(round(value, 9))
    return tuple(found)
