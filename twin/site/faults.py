"""Everything that can be broken on purpose at a site: one catalogue for command line and reports.

`faults.csv` names the faults of each FMU type and those that any sensor can have; a site's
catalogue is what of it applies there. Models differ by structure: a row applies to each tunable
parameter of the FMU that has its name, or its name and a number (`cdu_fouling[7]`).
"""

import csv
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from twin.clock import NS_PER_S, parse_duration_s
from twin.errors import BadInput, refuse, unknown
from twin.signals import conversion
from twin.site.fmu_outline import fmu_outline
from twin.site.model import Site
from twin.site.quantity import si_unit
from twin.site.refs import part_of, reference, variable_of

Kind = Literal["process", "sensor"]

_FILE = Path(__file__).with_name("faults.csv")
_ANY_SENSOR = "signal"
_LATEST_S = 30 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a site can have; sizes are in `unit`."""

    name: str
    """`heat_pump.condenser_fouling` or `heat_pump.T_sink_out.bias`."""
    part: str
    """The part that is to blame: of a sensor fault, the one that the sensor sits on."""
    kind: Kind
    parameter: str
    """FMU parameter of a process fault; `bias`, `drift`, `noise`, `stuck`, `scale` of a sensor."""
    signal: str | None
    unit: str
    si_per_unit: float
    """Size in SI is size * si_per_unit; a drift stays per hour."""
    default: float
    min: float
    max: float
    meaning: str
    check: str
    """What a person on site looks at first."""


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """A fault of a certain size that begins at an instant."""

    fault: Fault
    size: float
    at_ns: int
    """Time since the run began [ns]."""

    @property
    def size_si(self) -> float:
        """Size in the SI unit of the signal; of a process fault as the FMU takes it."""
        return self.size * self.fault.si_per_unit


@dataclass(frozen=True, slots=True)
class ParameterSetting:
    """A parameter of an FMU that the command line sets, in the FMU's unit."""

    part: str
    parameter: str
    value: float


def catalogue(site: Site) -> tuple[Fault, ...]:
    """All faults of a site: of each part by its model's name, then of each signal."""
    process = [fault for part in site.plant.parts for fault in _of_part(site, part)]
    return (*process, *(f for name in site.signals for f in _of_signal(site, name)))


def by_name(site: Site) -> Mapping[str, Fault]:
    """The catalogue by fault name, in its order."""
    return MappingProxyType({fault.name: fault for fault in catalogue(site)})


def parse_fault(text: str, site: Site, place: str = "--fault") -> FaultEvent:
    """`NAME[=SIZE]@TIME`, such as `heat_pump.condenser_fouling=0.3@2h`.

    Raises:
        BadInput: no such fault at the site (with the nearest), a size outside its range, a
            time that is none; `place` begins the message.
    """
    what, at, when = text.rpartition("@")
    if not at:
        example = "heat_pump.condenser_fouling=0.3@2h"
        raise refuse(place, text, f"must be NAME[=SIZE]@TIME, such as {example}")
    name, has_size, size_text = what.partition("=")
    known = by_name(site)
    if name not in known:
        raise unknown(place, "fault", name, known)
    fault = known[name]
    size = _number(f"{place} {name}", size_text) if has_size else fault.default
    if not fault.min <= size <= fault.max:
        rule = f"must be {fault.min:g} to {fault.max:g} [{fault.unit}]"
        raise refuse(f"{place} {name}", size, rule)
    try:
        at_s = parse_duration_s(when)
    except ValueError as error:
        raise BadInput(f"{place} {name}: {error}") from None
    if at_s > _LATEST_S:
        raise refuse(f"{place} {name}", when, "must begin within 30 years")
    return FaultEvent(fault, size, round(at_s * NS_PER_S))


def parse_setting(text: str, site: Site, place: str = "--set") -> ParameterSetting:
    """`PART.PARAMETER=VALUE`; whether the FMU has the parameter is for the plant to say.

    Raises:
        BadInput: not of that form, no such part (with the nearest), no finite number.
    """
    name, has_value, value = text.partition("=")
    try:
        reference(name)
    except ValueError:
        has_value = ""
    if not has_value:
        example = "heat_pump.eta_carnot=0.5"
        raise refuse(place, text, f"must be PART.PARAMETER=VALUE, such as {example}")
    part = part_of(name)
    if part not in site.plant.parts:
        raise unknown(place, "part", part, site.plant.parts)
    return ParameterSetting(part, variable_of(name), _number(f"{place} {name}", value))


def _of_part(site: Site, part: str) -> list[Fault]:
    """Faults that the part's FMU has; all of its type while nobody has built the file."""
    outline = fmu_outline(site.fmu_path(part))
    kind = Path(site.plant.parts[part].fmu).stem if outline is None else outline.model
    tunable = None if outline is None else outline.tunable
    found = []
    for row in _rows():
        if row["part"] == kind:
            name = row["parameter"]
            numbered = re.compile(rf"{re.escape(name)}(\[\d+\])?")
            fitting = [name] if tunable is None else [t for t in tunable if numbered.fullmatch(t)]
            found += [_fault(row, part, None, row["unit"], 1.0, p[len(name) :]) for p in fitting]
    return found


def _of_signal(site: Site, name: str) -> list[Fault]:
    unit = site.signals[name].unit
    own = "K" if unit == "degC" else unit  # sizes are differences
    per_si, _ = conversion(si_unit(unit), own)
    found = []
    for row in _rows():
        if row["part"] != _ANY_SENSOR:
            continue
        if row["fault"] in ("stuck", "scale"):
            found.append(_fault(row, part_of(name), name, "-", 1.0))
        elif row["unit"] == si_unit(unit):
            shown = f"{own}/h" if row["fault"] == "drift" else own
            found.append(_fault(row, part_of(name), name, shown, per_si))
    return found


def _fault(
    row: Mapping[str, str],
    part: str,
    signal: str | None,
    unit: str,
    factor: float,
    number: str = "",
) -> Fault:
    return Fault(
        name=f"{signal or part}.{row['fault']}{number}",
        part=part,
        kind="process" if row["kind"] == "process" else "sensor",
        parameter=row["parameter"] + number,
        signal=signal,
        unit=unit,
        si_per_unit=1.0 / factor,
        default=float(row["default"]) * factor,
        min=float(row["min"]) * factor,
        max=float(row["max"]) * factor,
        meaning=row["meaning"],
        check=row["check"],
    )


def _number(place: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refuse(place, text, "must be a finite number")
    return value


@functools.cache
def _rows() -> tuple[Mapping[str, str], ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(MappingProxyType(row) for row in csv.DictReader(file))
