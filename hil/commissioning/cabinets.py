"""Controllers that hukka does not play: who they are, and what cannot be done to them."""

from collections.abc import Collection, Iterable, Mapping

from hil.bench.endpoint import open_link
from hil.bench.field import Line
from hil.commissioning.planned import PlannedBlock
from hil.io.identify import identify
from twin.site import Site, parse_fault

_EMULATED_ONLY = ("silent", "stale", "lossy", "late", "off_setpoint")
"""Faults of links and of a controller's memory, which virtual time has in its hands."""


def who_they_are(site: Site, lines: Iterable[Line]) -> dict[str, Mapping[str, str]]:
    """What each cabinet that can be asked says of itself (Modbus 43/14), by controller.

    One that does not know the question, or does not answer, says nothing.
    """
    found: dict[str, Mapping[str, str]] = {}
    for line in lines:
        if line.emulated or not line.asked:
            continue
        link = open_link(line.endpoint)
        try:
            for w in line.wiring:
                said = identify(link, w.unit, extended=True)
                number = site.controllers[w.name].serial_object
                if number is not None and (text := said.pop(f"object_{number:#04x}", "")):
                    said["serial_number"] = text
                found[w.name] = said
        finally:
            link.close()
    return found


def cabinets_of(site: Site) -> list[str]:
    """Controllers that are there by themselves."""
    return [name for name, told in site.controllers.items() if not told.emulated]


def out_of_reach(
    block: PlannedBlock, site: Site, cabinets: Collection[str], *, somebody: bool
) -> str:
    """Why a block cannot be run in real time; empty if it can."""
    for step in block.steps:
        if step.fault is not None:
            fault = parse_fault(f"{step.fault}@0s", site, "fault").fault
            if fault.parameter in _EMULATED_ONLY:
                return f"{fault.name} is made in virtual time only"
        if step.power is not None and block.controller in cabinets and not somebody:
            return f"needs somebody at the power switch of {block.controller}"
    return ""
