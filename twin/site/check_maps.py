"""What a site file must get right about its controllers' register maps, once both are read."""

import math
from collections.abc import Iterator, Mapping

from twin.registers.point import Point, Tag
from twin.registers.register_map import RegisterMap
from twin.site.check import unlike
from twin.site.check_plant import Variables, find
from twin.site.document import Key
from twin.site.mistakes import Mistake, unknown_word, wrong
from twin.site.model import Controller, Signal, Site
from twin.site.quantity import Quantity


def check_maps(
    site: Site, maps: Mapping[str, RegisterMap], variables: Variables
) -> Iterator[Mistake]:
    """Controllers against their register maps, which `maps` holds by `Controller.map_name`.

    Settings are those of the controller itself, `maps[Controller.type]`, whatever its link carries.
    """
    for name, controller in site.controllers.items():
        here: Key = ("controllers", name)
        if controller.map_name not in maps:
            key = (*here, "type")
            yield unknown_word(site.document, key, "register map", controller.map_name, maps)
            continue
        register_map = maps[controller.map_name]
        yield from _sensors(site, here, controller, register_map)
        yield from _commands(site, here, controller, register_map, variables)
        yield from _settings(site, here, controller, maps.get(controller.type, register_map))


def _tagged(register_map: RegisterMap, tag: Tag) -> dict[str, Point]:
    return {point.name: point for point in register_map.tagged(tag)}


def _sensors(
    site: Site, here: Key, controller: Controller, register_map: RegisterMap
) -> Iterator[Mistake]:
    known = _tagged(register_map, "sensor")
    for name, signal in controller.sensors.items():
        key = (*here, "sensors", name)
        if name not in known:
            yield unknown_word(site.document, key, f"sensor of {register_map.file}", name, known)
        elif (rule := _does_not_carry(known[name], site, signal)) is not None:
            yield wrong(site.document, key, rule)
    for name in [n for n in known if n not in controller.sensors]:
        rule = f"no signal is given for the sensor {name!r} of {register_map.file}"
        yield wrong(site.document, (*here, "sensors"), rule)


def _does_not_carry(point: Point, site: Site, signal: str) -> str | None:
    """Why the readings of a signal do not fit a point; None when they do."""
    declared = site.signals[signal]
    if (rule := unlike(declared.unit, point.unit)) is not None:
        return rule
    lowest, highest = _limits(point)
    low, high = (Quantity(end, declared.unit).to(point.unit) for end in _range(declared))
    if lowest <= low and high <= highest:
        return None
    allowed = f"the point takes {lowest:g} to {highest:g} {point.unit} only"
    if declared.range is None:
        return f"{signal} needs a range, {allowed}"
    return f"{signal} reads {low:g} to {high:g} {point.unit}, {allowed}"


def _limits(point: Point) -> tuple[float, float]:
    """Lowest and highest value [point.unit] that a point may and can carry."""
    if point.is_bit or point.scale_ref is not None or not point.kind.integer:
        low, high = -math.inf, math.inf
    else:
        ends = (point.kind.low, point.kind.high)
        low, high = sorted(end * point.scale + point.offset for end in ends)
    return (
        low if point.min is None else max(low, point.min),
        high if point.max is None else min(high, point.max),
    )


def _range(signal: Signal) -> tuple[float, float]:
    return signal.range or (-math.inf, math.inf)


def _commands(
    site: Site, here: Key, controller: Controller, register_map: RegisterMap, variables: Variables
) -> Iterator[Mistake]:
    known = _tagged(register_map, "command")
    for name, target in controller.commands.items():
        key = (*here, "commands", name)
        variable = find(variables, target)
        if name not in known:
            yield unknown_word(site.document, key, f"command of {register_map.file}", name, known)
        elif variable is not None and (rule := unlike(known[name].unit, variable.unit)):
            yield wrong(site.document, key, rule)


def _settings(
    site: Site, here: Key, controller: Controller, register_map: RegisterMap
) -> Iterator[Mistake]:
    known = _tagged(register_map, "setting")
    for name, value in controller.settings.items():
        key = (*here, "settings", name)
        if name not in known:
            yield unknown_word(site.document, key, f"setting of {register_map.file}", name, known)
            continue
        low, high = known[name].min, known[name].max
        if (low is not None and value < low) or (high is not None and value > high):
            rule = f"must be {_end(low)} to {_end(high)} {known[name].unit}"
            yield wrong(site.document, key, rule)


def _end(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"
