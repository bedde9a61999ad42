"""Everything that can be broken on purpose at a site: one catalogue for command line and reports.

Which process faults there are, in which unit and range, each part's FMU says: they are its
tunable parameters. `faults.csv` adds what an FMU cannot say, kind by kind, and the faults that
any sensor, any command and any controller's link can have.
"""

import csv
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from twin.signals import conversion
from twin.site.fmu_outline import Tunable, fmu_outline
from twin.site.model import Site
from twin.site.quantity import si_unit
from twin.site.refs import part_of

Kind = Literal["process", "sensor", "actuator", "controller", "link"]

_FILE = Path(__file__).with_name("faults.csv")
_ANY_SENSOR, _ANY_COMMAND, _ANY_CONTROLLER = "signal", "command", "controller"
_PLACE = re.compile(r"[A-Z]+\.")
"""Stands in the table for the name of a pipe, a node, a consumer."""
_NUMBER = re.compile(r"\[\d+\]$")
_UNKNOWN = "documentation of the model"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a site can have; sizes are in `unit`."""

    name: str
    """`heat_pump.unit2.condenser_fouling`, `heat_pump.T_sink_out.bias`, `heat_pump.silent`."""
    part: str
    """The part that is to blame: of a sensor fault, the one that the sensor sits on; of a
    controller or its link, the one that its (first) command moves."""
    kind: Kind
    parameter: str
    """FMU parameter of a process fault; `bias`, `drift`, `noise`, `stuck`, `scale` of a sensor;
    `offset`, `frozen`, `hunting`, `off_setpoint` of a command; `silent`, `stale`, `lossy`, `late`
    of a controller's link."""
    signal: str | None
    """Of a sensor fault."""
    unit: str
    si_per_unit: float
    """Size in SI is size * si_per_unit; a drift stays per hour."""
    default: float
    min: float
    max: float
    meaning: str
    check: str
    """What a person on site looks at first."""
    controller: str | None = None
    """Of a fault of an actuator, a controller or its link."""
    command: str | None = None
    """Of a fault of an actuator or a controller."""


def catalogue(site: Site) -> tuple[Fault, ...]:
    """All faults of a site: of each part in the order of its FMU, of each signal, controller."""
    process = [fault for part in site.plant.parts for fault in _of_part(site, part)]
    sensor = [fault for name in site.signals for fault in _of_signal(site, name)]
    return (
        *process,
        *sensor,
        *(f for name in site.controllers for f in _of_controller(site, name)),
    )


def by_name(site: Site) -> Mapping[str, Fault]:
    """The catalogue by fault name, in its order."""
    return MappingProxyType({fault.name: fault for fault in catalogue(site)})


def row_of(model: str, parameter: str) -> Mapping[str, str] | None:
    """The table's row for a parameter of a model.

    It is that of `CONSUMER.fouling` for `harbour.fouling`, that of `cdu_fouling` for
    `cdu_fouling[7]`; without one, that of the same fault of the whole: `condenser_fouling` for
    `unit2.condenser_fouling`.
    """
    name = _NUMBER.sub("", parameter)
    rows = {row["fault"]: row for row in _rows() if row["part"] == model}
    if name in rows:
        return rows[name]
    for fault, row in rows.items():
        end = _PLACE.sub(".", fault, count=1)
        if end != fault and name.endswith(end):
            return row
    return rows.get(name.rpartition(".")[2])


def _of_part(site: Site, part: str) -> list[Fault]:
    """Faults that the part's FMU has; of its type the plain ones while nobody has built it."""
    outline = fmu_outline(site.fmu_path(part))
    if outline is None:
        model = Path(site.plant.parts[part].fmu).stem
        rows = [row for row in _rows() if row["part"] == model and not _PLACE.match(row["fault"])]
        return [_of_row(row, part, None, row["unit"], 1.0) for row in rows]
    found = [_of_tunable(t, part, row_of(outline.model, t.name)) for t in outline.tunable]
    return [fault for fault in found if fault is not None]


def _of_tunable(tunable: Tunable, part: str, row: Mapping[str, str] | None) -> Fault | None:
    """None of a tunable parameter that is no fault, as foreign FMUs may have."""
    if row is None:
        if not tunable.can_break:
            return None
        complete = max(tunable.min, tunable.max, key=abs)
        row = {"default": str(complete), "meaning": "the FMU does not say", "check": _UNKNOWN}
    low, high = (
        own if math.isfinite(own) else float(row[end])
        for own, end in ((tunable.min, "min"), (tunable.max, "max"))
    )
    return Fault(
        name=f"{part}.{tunable.name}",
        part=part,
        kind="process",
        parameter=tunable.name,
        signal=None,
        unit=tunable.unit,
        si_per_unit=1.0,
        default=min(max(float(row["default"]), low), high),
        min=low,
        max=high,
        meaning=tunable.description or row["meaning"],
        check=row["check"],
    )


def _of_signal(site: Site, name: str) -> list[Fault]:
    found = []
    for row in _rows():
        if row["part"] != _ANY_SENSOR:
            continue
        if row["fault"] in ("stuck", "scale"):
            found.append(_of_row(row, part_of(name), name, "-", 1.0))
        elif (told := _as_differences(site, name, row["unit"])) is not None:
            own, per_si = told
            shown = f"{own}/h" if row["fault"] == "drift" else own
            fault = _of_row(row, part_of(name), name, shown, per_si)
            found.append(replace(fault, default=_grown(fault, row, site.signals[name].span)))
    return found


def _grown(fault: Fault, row: Mapping[str, str], span: float | None) -> float:
    """Usual size, no less than its share of the instrument's span [both in the signal's unit].

    What is wrong with a meter of 200 MW is 2 MW where it is 200 kW of one of 10 MW: what a meter
    may be off by is a share of what it was made for.
    """
    least = float(row["of_span"] or 0.0) * (span or 0.0)
    return min(max(fault.default, least), fault.max)


def _as_differences(site: Site, signal: str, unit: str) -> tuple[str, float] | None:
    """Unit of the signal's differences and so many of it a `unit`; None of another SI unit."""
    told = site.signals[signal].unit
    if unit != si_unit(told):
        return None
    own = "K" if told == "degC" else told
    return own, conversion(unit, own)[0]


def _of_controller(site: Site, name: str) -> list[Fault]:
    """Of its commands, then of its link."""
    told = site.controllers[name]
    found = [f for point in told.commands for f in _of_command(site, name, point)]
    part = part_of(next(iter(told.commands.values()), name))
    for row in _rows():
        if row["part"] == _ANY_CONTROLLER:
            fault = _of_row(row, part, name, row["unit"], 1.0)
            found.append(replace(fault, signal=None, controller=name))
    return found


def _of_command(site: Site, controller: str, point: str) -> list[Fault]:
    told = site.controllers[controller]
    command = told.commands[point]
    held = told.sensors.get(told.holds.get(point, ""))
    switches = {t.settle.switch for t in site.twin.values() if t.settle is not None}
    found = []
    for row in _rows():
        unit: tuple[str, float] | None = ("-", 1.0)
        if row["fault"] == "off_setpoint":
            unit = None if held is None else _as_differences(site, held, row["unit"])
        if row["fault"] == "hunting" and command in switches:
            unit = None  # what is on or off does not swing
        if row["part"] == _ANY_COMMAND and unit is not None:
            fault = _of_row(row, part_of(command), command, *unit)
            found.append(replace(fault, signal=None, controller=controller, command=command))
    return found


def _of_row(
    row: Mapping[str, str], part: str, signal: str | None, unit: str, factor: float
) -> Fault:
    return Fault(
        name=f"{signal or part}.{row['fault']}",
        part=part,
        kind=cast("Kind", row["kind"]),
        parameter=row["fault"],
        signal=signal,
        unit=unit,
        si_per_unit=1.0 / factor,
        default=float(row["default"]) * factor,
        min=float(row["min"]) * factor,
        max=float(row["max"]) * factor,
        meaning=row["meaning"],
        check=row["check"],
    )


@functools.cache
def _rows() -> tuple[Mapping[str, str], ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(MappingProxyType(row) for row in csv.DictReader(file))
