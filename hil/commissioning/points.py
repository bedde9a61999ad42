"""Names of a procedure and what they mean at a site: a reading, a command, a register."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from firmware_sim import map_path
from hil.bench.layout import Layout
from hil.bench.wire import map_file
from twin.errors import BadInput, did_you_mean, refuse, unknown
from twin.registers import Point, RegisterMap, load_map
from twin.registers.readings import value_of
from twin.site import Site
from twin.site.quantity import si_unit

Kind = Literal["signal", "command", "register", "configured"]
DESIGN = "design"
"""Before a setting: what the site file says of it, whatever the controller holds."""


@dataclass(frozen=True)
class Ref:
    """A point of a procedure; `unit` is SI.

    A `signal` and a `command` are columns of the run; a `register` is asked of its controller; a
    `configured` setting is what the site file says of a controller that serves no registers.
    """

    name: str
    kind: Kind
    unit: str
    column: int = -1
    controller: str = ""
    point: Point | None = None
    shown: str = ""
    """Unit in which its register or signal has it; empty where neither says."""

    def word(self, text: str) -> float | None:
        """Number [-] of a word of its enumeration; None if it has no such words."""
        if text in ("true", "false") and self.point is not None and self.point.is_bit:
            return float(text == "true")
        if self.point is None or not self.point.enum:
            return None
        return float(value_of(self.point, text))


class PointBook:
    """All points of a site, by the names that procedures use."""

    def __init__(
        self, site: Site, layout: Layout, boundary_units: Mapping[str, str] | None = None
    ) -> None:
        """`boundary_units` are the SI units of weather and loads."""
        self.site, self.layout = site, layout
        self._boundary_units = boundary_units or {}

    def find(self, name: str, under_test: str | None) -> Ref:
        """The point that `name` means where controller `under_test` is tested.

        Raises:
            BadInput: nothing has that name; with the nearest that does.
        """
        if ":" in name:
            controller, _, point = name.partition(":")
            return self._of(self._controller(controller, name), point, name)
        if "." in name and not name.startswith(f"{DESIGN}."):
            return self._column(name)
        if under_test is None:
            raise refuse("point", name, "needs its controller, as CONTROLLER:POINT")
        if "." in name:
            return self._design(under_test, name)
        return self._of(under_test, name, name)

    def boundary(self, name: str) -> str:
        """`name` if it is weather or a load of the site.

        Raises:
            BadInput: it is not; with the nearest that is.
        """
        if name not in self.site.boundary:
            raise unknown("boundary", "input", name, self.site.boundary)
        return name

    def boundary_unit(self, name: str) -> str:
        """SI unit of a weather or load input: that of the plant input which it feeds."""
        return self._boundary_units[name]

    def controllers_of(self, type_name: str) -> tuple[str, ...]:
        """Controllers of a type, in the order of the site."""
        return tuple(n for n, c in self.site.controllers.items() if c.type == type_name)

    def _controller(self, word: str, name: str) -> str:
        if word in self.site.controllers:
            return word
        if several := self.controllers_of(word):
            return several[0]
        types = {c.type for c in self.site.controllers.values()}
        raise unknown(f"point {name!r}", "controller", word, {*self.site.controllers, *types})

    def _column(self, name: str) -> Ref:
        if name in self.site.signals:
            signal = self.site.signals[name]
            column = self.layout.signal(name)
            return Ref(name, "signal", signal.si_unit, column, shown=signal.unit)
        if name in self.layout.commands:
            return Ref(name, "command", "-", self.layout.command(name))
        raise unknown("point", "signal", name, (*self.site.signals, *self.layout.commands))

    def _of(self, controller: str, word: str, name: str) -> Ref:
        told = self.site.controllers[controller]
        own = self._maps[told.type]
        if word in told.sensors:
            signal = self.site.signals[told.sensors[word]]
            column = self.layout.signal(told.sensors[word])
            return Ref(name, "signal", signal.si_unit, column, controller, shown=signal.unit)
        if word in told.commands:
            column, point = self.layout.command(told.commands[word]), own.points.get(word)
            shown = "" if point is None else point.unit
            return Ref(name, "command", "-", column, controller, point, shown)
        point = own.points.get(word)
        if point is None:
            known = (*told.sensors, *told.commands, *own.points)
            raise BadInput(f"{controller}: unknown point {word!r}{did_you_mean(word, known)}")
        if point.is_text:
            raise refuse("point", name, "is text, not a number")
        kind: Kind = "register" if word in self._served[controller] else "configured"
        return Ref(name, kind, si_unit(point.unit), -1, controller, point, point.unit)

    def _design(self, controller: str, name: str) -> Ref:
        own = self._maps[self.site.controllers[controller].type]
        word = name.removeprefix(f"{DESIGN}.")
        settings = {p.name: p for p in own.points.values() if p.tag == "setting"}
        if word not in settings:
            raise unknown(f"{controller} design", "setting", word, settings)
        point = settings[word]
        return Ref(name, "configured", si_unit(point.unit), -1, controller, point, point.unit)

    def configured(self, ref: Ref) -> float | None:
        """A setting as the site file has it, else its default [point.unit]; None without one."""
        assert ref.point is not None
        settings: Mapping[str, float] = self.site.controllers[ref.controller].settings
        value = settings.get(ref.point.name, ref.point.default)
        return None if value is None or isinstance(value, str) else float(value)

    @cached_property
    def _maps(self) -> dict[str, RegisterMap]:
        return {c.type: load_map(map_path(c.type)) for c in self.site.controllers.values()}

    @cached_property
    def _served(self) -> dict[str, set[str]]:
        """Names of the registers that a controller serves."""
        return {
            name: set(load_map(map_file(c)).points) if c.role == "server" else set()
            for name, c in self.site.controllers.items()
        }
