"""Known values are put on sensors, one set after the other, and what the controller shows is kept.

What lies in a register that the bench itself has written proves little. So the controller is also
asked what it makes of it: it marks in `sensors_bad` which reading it does not believe, when a wire
is broken and when a value leaves the limits that its maker states.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hil.commissioning.checkout.form import Form
from hil.commissioning.checkout.look import Shown, look
from hil.commissioning.checkout.plan import Planned
from hil.commissioning.rig import Rig
from twin.registers import Point
from twin.signals import conversion

MARKS = "sensors_bad"
"""Register in which bit i stands for the i-th sensor register."""
FAULT = "sensor_fault"
"""Whether there is any such bit."""
PATIENCE = 12
"""Cycles until a controller must show what it got [-] (assumed)."""
ON_THE_WAY = 5
"""Cycles until a command in a register has come to act in real time, and some more [-]."""
QUIET = 2
"""Cycles more, so that what is made of it is seen too [-]."""


@dataclass(frozen=True)
class Try:
    """What was put on the sensors, None for a broken wire, and what was shown of it.

    Values are in the units of the points. `marked` are the readings that the controller does
    not believe, None where it does not say; `acted` is what reached the plant.
    """

    given: Mapping[str, float | None]
    shown: Mapping[str, Shown]
    expected: tuple[str, ...] = ()
    marked: tuple[str, ...] | None = None
    fault: bool | None = None
    acted: Mapping[str, float | None] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        return cls(**{**plain, "shown": shown_of_json(plain["shown"])})


def shown_of_json(plain: Mapping[str, Sequence[Any]]) -> dict[str, Shown]:
    """What JSON made of `Shown`."""
    return {name: Shown(tuple(words), *rest) for name, (words, *rest) in plain.items()}


class Trial:
    """The sensors of one controller in somebody's hands."""

    def __init__(self, rig: Rig, form: Form, plan: Sequence[Planned]) -> None:
        self._rig, self._form, self._plan = rig, form, plan
        points = form.points.points
        self._sensors = sorted(
            (p for p in points.values() if p.tag == "sensor"), key=lambda p: p.address
        )
        self._says = form.serves and MARKS in points
        commands = [item.point for item in form.items if item.row.kind == "command"]
        asked = [*self._sensors, *commands, *(points[n] for n in (MARKS, FAULT) if n in points)]
        self._asked: list[Point] = asked if form.serves else []
        wired = {p.name for p in plan}
        self._unwired = tuple(p.name for p in self._sensors if p.name not in wired)

    def run(self) -> list[Try]:
        """Two sets of values, one broken wire after the other, and the limits of belief."""
        planned = [p for p in self._plan if p.given]
        tries = [self._try({p.name: p.given[i] for p in planned}) for i in (0, 1)]
        if self._says:
            normal = {p.name: p.given[0] for p in planned}
            tries += [self._try({**normal, p.name: None}, [p.name]) for p in self._plan]
            for end in (0, 1):
                inside = {p.name: p.credible[end] for p in self._plan if p.credible}
                tries.append(self._try(inside))
            for end in (0, 1):
                beyond = {p.name: x for p in self._plan if (x := p.beyond(end)) is not None}
                tries.append(self._try({**normal, **beyond}, list(beyond)))
        for sensor in self._plan:
            self._rig.release(sensor.column)
        return tries

    def _try(self, given: Mapping[str, float | None], expected: Sequence[str] = ()) -> Try:
        for sensor in self._plan:
            if sensor.name in given:
                value = given[sensor.name]
                self._rig.force(sensor.column, None if value is None else sensor.si_of(value))
        self._rig.cycle()
        wanted = {*expected, *self._unwired}
        shown: dict[str, Shown] = {}
        for _ in range(PATIENCE):
            self._rig.cycle()
            shown = self._look()
            marked = self._marked(shown)
            if self._echoed(given, shown) and marked in (None, wanted):
                break
        for _ in range(QUIET):
            self._rig.cycle()
        return self._said(given, self._look(), tuple(expected))

    def _said(
        self,
        given: Mapping[str, float | None],
        shown: Mapping[str, Shown],
        expected: tuple[str, ...],
    ) -> Try:
        marked = self._marked(shown)
        fault = shown.get(FAULT)
        return Try(
            given,
            shown,
            expected,
            None if marked is None else tuple(sorted(marked - set(self._unwired))),
            None if fault is None or fault.value is None else bool(fault.value),
            acted_of(self._rig, self._form, shown),
        )

    def _look(self) -> dict[str, Shown]:
        if not self._asked:
            return {}
        return look(self._rig, self._form.name, self._asked)

    def _echoed(self, given: Mapping[str, float | None], shown: Mapping[str, Shown]) -> bool:
        if not self._asked:
            return True
        tolerances = {p.name: p.tolerance for p in self._plan}
        return all(near(shown[n].value, value, tolerances[n]) for n, value in given.items())

    def _marked(self, shown: Mapping[str, Shown]) -> set[str] | None:
        marks = shown.get(MARKS)
        if not self._says or marks is None or marks.value is None:
            return None
        word = int(marks.value)
        return {p.name for i, p in enumerate(self._sensors) if word >> i & 1}


def near(found: float | None, wanted: float | None, tolerance: float) -> bool:
    """Whether two values [point.unit] differ by the tolerance at most, or both are missing."""
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= tolerance * (1.0 + 1e-9) + 1e-12


def acted_of(rig: Rig, form: Form, shown: Mapping[str, Shown]) -> dict[str, float | None]:
    """Commands of a controller as they act on the plant when it has just `shown` them [SI].

    In real time a command that moves acts some cycles later: what it passes on its way counts.
    """
    seen: dict[str, list[float | None]] = {name: [] for name in form.told.commands}
    cycles = ON_THE_WAY if rig.real_time else 0
    for cycle in range(cycles + 1):
        if cycle or not cycles:
            rig.cycle()
        for name, target in form.told.commands.items():
            seen[name].append(rig.command(rig.layout.command(target)))
    return {
        name: _passed(values, form.points.point(name), shown.get(name))
        for name, values in seen.items()
    }


def _passed(values: Sequence[float | None], point: Point, shown: Shown | None) -> float | None:
    known = [value for value in values if value is not None]
    if shown is None or shown.value is None or len(known) < len(values):
        return values[-1]
    factor, offset = conversion(point.unit, "-")
    return min(max(factor * shown.value + offset, min(known)), max(known))
