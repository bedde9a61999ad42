"""What was read last of every point: value, quality, why and when."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hil.links.span import Value
from twin.signals import Quality


class PointReading(NamedTuple):
    """A value, or None and why: `quality` says it to programs, `why` to people; `t_ns` is when."""

    value: Value
    quality: Quality
    why: str
    t_ns: int


_NOT_YET = PointReading(None, Quality.NOT_YET, "not read yet", 0)


class Readings:
    """The sink of a unit: the last reading of each point.

    `good_for_ns` says how long a value may be believed [ns]; for a point that is not in it, for
    ever.
    """

    def __init__(self, good_for_ns: Mapping[str, int] | None = None) -> None:
        self._good_for_ns = good_for_ns or {}
        self._last: dict[str, PointReading] = {}

    def take(self, names: tuple[str, ...], values: Sequence[Value], t_ns: int) -> None:
        """What was read at `t_ns` [ns]; None where the device itself has no value."""
        for name, value in zip(names, values, strict=True):
            missing = value is None
            quality = Quality.NO_VALUE if missing else Quality.GOOD
            why = "the device has no value" if missing else ""
            self._last[name] = PointReading(value, quality, why, t_ns)

    def miss(self, names: tuple[str, ...], quality: Quality, why: str, t_ns: int) -> None:
        """What could not be read at `t_ns` [ns], and why; the old values are gone."""
        for name in names:
            self._last[name] = PointReading(None, quality, why, t_ns)

    def at(self, name: str, now_ns: int) -> PointReading:
        """The reading of `name` as it is to be believed at `now_ns` [ns].

        One that is older than it may be is STALE and has no value, but still its time.
        """
        last = self._last.get(name, _NOT_YET)
        good_for_ns = self._good_for_ns.get(name)
        if last.value is None or good_for_ns is None or now_ns - last.t_ns <= good_for_ns:
            return last
        age_s = (now_ns - last.t_ns) / 1e9
        return PointReading(None, Quality.STALE, f"{age_s:.3g} s old", last.t_ns)
