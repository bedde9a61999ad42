"""The empty form: a row for each point of each controller, before anything was touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from firmware_sim import map_path
from hil.bench.wire import map_file
from hil.commissioning.checkout.row import Kind, Row
from twin.errors import BadInput, unknown
from twin.registers import Point, RegisterMap, load_map
from twin.signals import conversion, quantity_of
from twin.site import Site
from twin.site.model import Controller
from twin.site.quantity import Quantity

_LIMITS = ("trip", "limit", "stop", "min", "max")
"""Endings of settings that limit what is measured: `T_condensing_trip`."""
_FLOAT_BITS = {"float32": 23, "float64": 52}


@dataclass(frozen=True)
class Item:
    """A point, its empty row, and whether anybody at the controller's link serves it."""

    point: Point
    row: Row
    served: bool = True


@dataclass(frozen=True)
class Form:
    """All points of one controller."""

    name: str
    told: Controller
    points: RegisterMap
    """What lies at its link: its own registers, or the remote I/O of a client."""
    items: tuple[Item, ...]

    @property
    def serves(self) -> bool:
        """Whether the controller itself shows its registers."""
        return self.told.role == "server"

    def item(self, name: str) -> Item:
        """The point called `name`, which exists."""
        return next(item for item in self.items if item.point.name == name)


def forms_of(
    site: Site, names: Sequence[str] = (), tolerances: Sequence[Quantity] = ()
) -> tuple[Form, ...]:
    """Forms of the controllers `names`, or of all; `tolerances` are for what is measured.

    Raises:
        BadInput: no such controller, or two tolerances for the same quantity.
    """
    for name in names:
        if name not in site.controllers:
            raise unknown("--controller", "controller", name, site.controllers)
    given: dict[str, Quantity] = {}
    for tolerance in tolerances:
        quantity = quantity_of(tolerance.unit)
        if quantity in given:
            raise BadInput(f"--tolerance {tolerance}: there is {given[quantity]} for {quantity}")
        given[quantity] = tolerance
    return tuple(
        _form(site, name, told, given)
        for name, told in site.controllers.items()
        if not names or name in names
    )


def rows_of(forms: Iterable[Form]) -> list[Row]:
    """The rows of all forms, empty."""
    return [item.row for form in forms for item in form.items]


def _form(site: Site, name: str, told: Controller, given: Mapping[str, Quantity]) -> Form:
    there, own = load_map(map_file(told)), load_map(map_path(told.type))
    limits = _limits(own)
    items = []
    for point in sorted(there.points.values(), key=lambda p: (_turn(p), p.table, p.address)):
        tolerance = tolerance_of(site, told, point, given)
        items.append(Item(point, _row(name, point, limits, tolerance)))
    for point in own.points.values():
        if point.name not in there.points and point.tag in ("setting", "status"):
            row = _row(name, point, limits, None)
            items.append(Item(point, _nowhere(row), served=False))
    return Form(name, told, there, tuple(items))


def tolerance_of(
    site: Site, told: Controller, point: Point, given: Mapping[str, Quantity]
) -> float | None:
    """By how much [point.unit] what a controller shows may differ; None for no number.

    What is measured: as `given` by quantity, else a step of the register and one of the sensor.
    """
    if point.is_text or point.is_bit or point.enum or point.tag == "heartbeat":
        return None
    step = step_of(point)
    if point.tag not in ("sensor", "command"):
        return step
    if wanted := given.get(quantity_of(point.unit)):
        return abs(wanted.difference_in(point.unit))
    if point.name not in told.sensors:
        return step
    signal = site.signals[told.sensors[point.name]]
    return step + abs(conversion(signal.unit, point.unit)[0]) * signal.resolution


def step_of(point: Point) -> float:
    """Between two neighbouring numbers that its registers can carry [point.unit]."""
    if point.kind.integer:
        return abs(point.scale)
    largest = max((abs(x) for x in (point.min, point.max) if x is not None), default=1000.0)
    return largest * 2.0 ** -_FLOAT_BITS[point.type]


def kind_of(point: Point, sensors: Iterable[str]) -> Kind:
    """What a point is for, by its tag and table; a limit by its name too."""
    match point.tag:
        case "sensor":
            return Kind.READING
        case "command":
            return Kind.COMMAND
        case "setting":
            return Kind.LIMIT if limited(point.name, sensors) is not None else Kind.SETTING
        case "heartbeat":
            return Kind.HEARTBEAT
        case "identity":
            return Kind.IDENTITY
    return Kind.ALARM if point.is_bit else Kind.STATE


def limited(setting: str, sensors: Iterable[str]) -> list[str] | None:
    """Readings that a setting may be a limit of; None where it is no limit."""
    stem, _, ending = setting.rpartition("_")
    if ending not in _LIMITS or not stem:
        return None
    known = list(sensors)
    if stem in known:
        return [stem]
    return [s for s in known if s.startswith(f"{stem}_")] or None


def _limits(own: RegisterMap) -> dict[str, list[str]]:
    """Names of limits by the one reading that each is of."""
    sensors = [p.name for p in own.points.values() if p.tag == "sensor"]
    found: dict[str, list[str]] = {name: [] for name in sensors}
    for point in own.points.values():
        of = limited(point.name, sensors) if point.tag == "setting" else None
        if of is not None and len(of) == 1:
            found[of[0]].append(point.name)
    return found


def _row(name: str, point: Point, limits: Mapping[str, list[str]], tolerance: float | None) -> Row:
    last = point.address + point.registers - 1
    span = f"{point.address}" if last == point.address else f"{point.address}..{last}"
    bit = "" if point.bit is None else f".{point.bit}"
    ordered = point.registers > 1 and not point.is_text
    return Row(
        controller=name,
        point=point.name,
        kind=kind_of(point, limits),
        title=point.desc,
        place=f"{point.table} {span}{bit}",
        type=f"{point.type} {point.order}" if ordered else point.type,
        unit="" if point.unit == "-" else point.unit,
        min=point.min,
        max=point.max,
        alarm_limits=", ".join(limits.get(point.name, ())),
        tolerance=tolerance,
    )


def _nowhere(row: Row) -> Row:
    return replace(row, place="", type="")


def _turn(point: Point) -> int:
    """What is measured and commanded first, then limits and settings, then the rest."""
    return ("sensor", "command", "status", "setting", "heartbeat", "identity").index(point.tag)
