"""Who can be asked for which signal and command of a plant that runs, line by line.

A controller that serves is asked for its sensors and for its commands. One in client role cannot
be asked: it has registers only at the remote I/O that serves it, where somebody says where that is
(`served_by` of the site file, or `--at`). A signal that several have is read from each of them.
"""

import re
from collections.abc import Mapping, Sequence

from hil.bench.layout import Layout
from hil.bench.wire import map_file
from hil.bench.wiring import Tap
from hil.links.address import Address, link_address, parse_address
from hil.monitor.sources import Line, Plan, Source
from twin.errors import BadInput, refuse, unknown
from twin.registers import load_map
from twin.site.model import Controller, Site
from twin.site.quantity import parse_quantity, si_unit

_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?", re.IGNORECASE)


def plan(site: Site, layout: Layout, at: Sequence[str] = (), assumed: Sequence[str] = ()) -> Plan:
    """Lines and devices of `site`.

    `at` says where they are at this plant, each `LINK=ADDRESS` or, of a controller in client role,
    `CONTROLLER=[UNIT@]ADDRESS`; `assumed` are values of signals that nobody reads, `SIGNAL=VALUE`.

    Raises:
        BadInput: an unknown name, an address of no form, a line that exists in a bench only, or
            nothing that could be read.
    """
    elsewhere = dict(_elsewhere(site, text) for text in at)
    lines: dict[str, tuple[Address, list[Source]]] = {}
    for name, controller in site.controllers.items():
        found = _where(site, name, controller, elsewhere)
        if found is None:
            continue
        line, address, unit = found
        _, sources = lines.setdefault(line, (address, []))
        sources.append(_source(site, layout, name, controller, unit))
    known = dict(_assumption(site, layout, text) for text in assumed)
    names = (*layout.signals, *layout.commands)
    read = {c for _, sources in lines.values() for source in sources for c in source.columns}
    if not read:
        raise BadInput(f"{site.document.path.name}: no controller of this site can be asked")
    for column in sorted(read & known.keys()):
        raise refuse("--assume", names[column], "it is read from a controller")
    return Plan(
        tuple(Line(n, address, tuple(several)) for n, (address, several) in lines.items()),
        known,
        tuple(name for i, name in enumerate(names) if i not in read and i not in known),
    )


def _elsewhere(site: Site, text: str) -> tuple[str, tuple[int | None, Address]]:
    name, equals, where = text.partition("=")
    if not equals:
        raise refuse("--at", text, "must be NAME=ADDRESS, as hp_line=tcp://10.0.0.5:502")
    client = name in site.controllers and site.controllers[name].role == "client"
    if name not in site.links and not client:
        clients = [n for n, c in site.controllers.items() if c.role == "client"]
        raise unknown("--at", "link or client controller", name, [*site.links, *clients])
    unit, alone, address = where.partition("@")
    if not alone or not client:
        return name, (None, parse_address(where))
    if not unit.isdigit() or not 1 <= int(unit) <= 247:
        raise refuse(f"--at {name}", unit, "the unit must be 1 to 247")
    return name, (int(unit), parse_address(address))


def _where(
    site: Site,
    name: str,
    controller: Controller,
    elsewhere: Mapping[str, tuple[int | None, Address]],
) -> tuple[str, Address, int] | None:
    """Line, address and unit that a controller's registers are read at; None if nobody knows."""
    if controller.role == "client":
        if name in elsewhere:
            unit, address = elsewhere[name]
            return name, address, unit or controller.unit
        if controller.served_by is None:
            return None
        link, unit = controller.served_by.link, controller.served_by.unit
    else:
        link, unit = controller.link, controller.unit
    if link in elsewhere:
        return link, elsewhere[link][1], unit
    try:
        return link, link_address(site, link), unit
    except BadInput as error:
        raise BadInput(f"{error}; or say where it is: --at {link}=ADDRESS") from None


def _source(site: Site, layout: Layout, name: str, controller: Controller, unit: int) -> Source:
    path = map_file(controller)
    points = load_map(path)
    taps: list[Tap] = []
    columns: list[int] = []
    for point, signal in controller.sensors.items():
        taps.append(Tap(point, len(taps), si_unit(site.signals[signal].unit)))
        columns.append(layout.signal(signal))
    for point, command in controller.commands.items():
        taps.append(Tap(point, len(taps), si_unit(points.point(point).unit)))
        columns.append(len(layout.signals) + layout.command(command))
    return Source(name, unit, str(path), tuple(taps), tuple(columns))


def _assumption(site: Site, layout: Layout, text: str) -> tuple[int, float]:
    name, equals, value = text.partition("=")
    if not equals:
        raise refuse("--assume", text, "must be SIGNAL=VALUE, as district_network.T_soil=6degC")
    if name not in site.signals:
        raise unknown("--assume", "signal", name, site.signals)
    signal = site.signals[name]
    number, unit = _apart(value)
    try:
        quantity = parse_quantity(f"{number} {unit or signal.unit}")
        return layout.signal(name), quantity.to(signal.si_unit)
    except (ValueError, BadInput) as error:
        raise refuse(f"--assume {name}", value, str(error)) from None


def _apart(value: str) -> tuple[str, str]:
    """Number and unit of `6degC`, `6 degC` or `6`."""
    number = _NUMBER.match(value.strip())
    end = number.end() if number else 0
    return value.strip()[:end], value.strip()[end:].strip()
