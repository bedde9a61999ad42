"""Which serial lines of a run can be broken on purpose, and what `--line-fault` orders of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hil.bench.endpoint import Endpoint
from hil.bench.faulty_line import FaultyLine
from hil.bench.field import Line, most_patient_s, rtu_endpoint
from hil.bench.options import Options
from hil.bench.wiring import ControllerWiring
from hil.links.line.faults import LineFault, check_apart, parse_line_fault
from twin.clock import NS_PER_S
from twin.errors import BadInput, refuse
from twin.site import Site
from twin.site.model import Rtu

_OPTION = "--line-fault"


def order_line_faults(
    options: Options, site: Site, wiring: Sequence[ControllerWiring], found: Sequence[Line]
) -> list[FaultyLine]:
    """The lines that are to fail; `found` are the lines of a run in processes, else empty.

    Raises:
        BadInput: no such line, controller or fault (with the nearest), a line that is real or
            none, a fault that begins after the run or while another of its kind holds.
    """
    if not options.line_faults:
        return []
    in_process = options.transport == "loopback"
    lines = _in_process(site, wiring) if in_process else _emulated(found)
    known = {name: [w.name for w in group] for name, (_, group) in lines.items()}
    faults = []
    for text in options.line_faults:
        _check_serial(text, known, site, found)
        faults.append(parse_line_fault(text, known, _OPTION))
        _check_reached(text, faults[-1], options)
    check_apart(faults, _OPTION)
    return [
        FaultyLine(
            lines[name][0],
            {w.unit: w.name for w in lines[name][1]},
            tuple(fault for fault in faults if fault.line == name),
            options.seed,
        )
        for name in dict.fromkeys(fault.line for fault in faults)
    ]


_Lines = dict[str, tuple[Endpoint, Sequence[ControllerWiring]]]


def _in_process(site: Site, wiring: Sequence[ControllerWiring]) -> _Lines:
    """Every serial link of the site, its controllers played by the loop's process."""
    lines: _Lines = {}
    for name, link in site.links.items():
        group = [w for w in wiring if w.link == name]
        if isinstance(link, Rtu) and group:
            if len({w.role for w in group}) > 1:
                rule = "server and client share it, and a line has one master"
                raise BadInput(f"{site.document.path.name} links.{name}: {rule}")
            timeout_s = link.timeout if link.timeout is not None else most_patient_s(group)
            endpoint = replace(rtu_endpoint(name, link, Path()), timeout_s=timeout_s)
            lines[name] = (endpoint, group)
    return lines


def _emulated(found: Sequence[Line]) -> _Lines:
    """Every serial line whose slaves hukka plays."""
    return {
        line.endpoint.name: (line.endpoint, line.wiring)
        for line in found
        if line.endpoint.transport == "rtu" and line.endpoint.pty and line.emulated
    }


def _check_serial(
    text: str, known: dict[str, list[str]], site: Site, found: Sequence[Line]
) -> None:
    name = text.partition(".")[0]
    if name in known:
        return
    if any(line.endpoint.name == name and not line.emulated for line in found):
        raise refuse(_OPTION, text, f"{name} leads to a real controller; hukka breaks its own only")
    if name in site.links or any(line.endpoint.name == name for line in found):
        ways = f"; serial lines of this run: {', '.join(known)}" if known else ""
        raise refuse(_OPTION, text, f"{name} is no serial line in this run{ways}")
    if not known:
        raise refuse(_OPTION, text, "this run has no emulated serial line")


def _check_reached(text: str, fault: LineFault, options: Options) -> None:
    if fault.at_ns >= options.duration_ns:
        run_s = options.duration_ns / NS_PER_S
        raise refuse(_OPTION, text, f"begins after the end of the run, which is at {run_s:g} s")
