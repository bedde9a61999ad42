"""Everything that can be broken on purpose at a site: one catalogue for command line and reports.

Which process faults there are, in which unit and range, each part's FMU says: they are its
tunable parameters. `faults.csv` adds what an FMU cannot say, kind by kind, and the faults that
any sensor can have.
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

from twin.signals import conversion
from twin.site.fmu_outline import Tunable, fmu_outline
from twin.site.model import Site
from twin.site.quantity import si_unit
from twin.site.refs import part_of

Kind = Literal["process", "sensor"]

_FILE = Path(__file__).with_name("faults.csv")
_ANY_SENSOR = "signal"
_PLACE = re.compile(r"[A-Z]+\.")
"""Stands in the table for the name of a pipe, a node, a consumer."""
_NUMBER = re.compile(r"\[\d+\]$")
_UNKNOWN = "documentation of the model"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a site can have; sizes are in `unit`."""

    name: str
    """`heat_pump.unit2.condenser_fouling` or `heat_pump.T_sink_out.bias`."""
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


def catalogue(site: Site) -> tuple[Fault, ...]:
    """All faults of a site: of each part in the order of its FMU, then of each signal."""
    process = [fault for part in site.plant.parts for fault in _of_part(site, part)]
    return (*process, *(f for name in site.signals for f in _of_signal(site, name)))


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
    unit = site.signals[name].unit
    own = "K" if unit == "degC" else unit  # sizes are differences
    per_si, _ = conversion(si_unit(unit), own)
    found = []
    for row in _rows():
        if row["part"] != _ANY_SENSOR:
            continue
        if row["fault"] in ("stuck", "scale"):
            found.append(_of_row(row, part_of(name), name, "-", 1.0))
        elif row["unit"] == si_unit(unit):
            shown = f"{own}/h" if row["fault"] == "drift" else own
            found.append(_of_row(row, part_of(name), name, shown, per_si))
    return found


def _of_row(
    row: Mapping[str, str], part: str, signal: str | None, unit: str, factor: float
) -> Fault:
    return Fault(
        name=f"{signal or part}.{row['fault']}",
        part=part,
        kind="process" if row["kind"] == "process" else "sensor",
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
