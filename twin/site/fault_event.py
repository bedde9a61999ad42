"""What a user breaks or sets on the command line: `--fault` and `--set`."""

import math
from dataclasses import dataclass

from twin.clock import NS_PER_S, parse_duration_s
from twin.errors import BadInput, refuse, unknown
from twin.site.faults import Fault, by_name
from twin.site.model import Site
from twin.site.refs import part_of, reference, variable_of

_LATEST_S = 30 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """A fault of a certain size that begins at an instant and may grow to that size."""

    fault: Fault
    size: float
    at_ns: int
    """Time since the run began [ns]."""
    full_ns: int
    """When it has reached its size [ns]; `at_ns` of one that is there at once."""

    @property
    def size_si(self) -> float:
        """Size in the SI unit of the signal; of a process fault as the FMU takes it."""
        return self.size * self.fault.si_per_unit

    @property
    def text(self) -> str:
        """Name and size for people, and how long it grows [s]."""
        unit = "" if self.fault.unit == "-" else f" {self.fault.unit}"
        growing_s = (self.full_ns - self.at_ns) / NS_PER_S
        growth = f", grows for {growing_s:g} s" if growing_s else ""
        return f"{self.fault.name} = {self.size:g}{unit}{growth}"

    def share(self, t_ns: int) -> float:
        """How much of it is there at `t_ns` [-]: 0 before it begins, then it grows evenly to 1."""
        if t_ns >= self.full_ns:
            return 1.0
        if t_ns <= self.at_ns:
            return 0.0
        return (t_ns - self.at_ns) / (self.full_ns - self.at_ns)


@dataclass(frozen=True, slots=True)
class ParameterSetting:
    """A parameter of an FMU that the command line sets, in the FMU's unit."""

    part: str
    parameter: str
    value: float


def parse_fault(text: str, site: Site, place: str = "--fault") -> FaultEvent:
    """`NAME[=SIZE]@TIME[..TIME]`, such as `heat_pump.condenser_fouling=0.3@2h..6h`.

    Raises:
        BadInput: no such fault at the site (with the nearest), a size outside its range, a
            time that is none, growth of what cannot grow; `place` begins the message.
    """
    what, at, when = text.rpartition("@")
    if not at:
        example = "heat_pump.condenser_fouling=0.3@2h"
        raise refuse(place, text, f"must be NAME[=SIZE]@TIME[..TIME], such as {example}")
    name, has_size, size_text = what.partition("=")
    known = by_name(site)
    if name not in known:
        raise unknown(place, "fault", name, known)
    fault = known[name]
    size = _number(f"{place} {name}", size_text) if has_size else fault.default
    if not fault.min <= size <= fault.max:
        rule = f"must be {fault.min:g} to {fault.max:g} [{fault.unit}]"
        raise refuse(f"{place} {name}", size, rule)
    begin, grows, full = when.partition("..")
    at_ns = _instant_ns(f"{place} {name}", begin)
    full_ns = _instant_ns(f"{place} {name}", full) if grows else at_ns
    if grows and fault.min == fault.max:
        raise refuse(f"{place} {name}", when, "must be one time: it cannot grow")
    if grows and full_ns <= at_ns:
        raise refuse(f"{place} {name}", when, "must end after it begins")
    return FaultEvent(fault, size, at_ns, full_ns)


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


def _instant_ns(place: str, text: str) -> int:
    try:
        at_s = parse_duration_s(text)
    except ValueError as error:
        raise BadInput(f"{place}: {error}") from None
    if at_s > _LATEST_S:
        raise refuse(place, text, "must be within 30 years")
    return round(at_s * NS_PER_S)


def _number(place: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refuse(place, text, "must be a finite number")
    return value
