"""Emulated serial lines in virtual time, one for each controller."""

from collections.abc import Sequence
from dataclasses import replace

from hil.bench.endpoint import Endpoint
from hil.bench.faulty_line import FaultyLine
from hil.bench.field import most_patient_s
from hil.bench.wiring import ControllerWiring
from hil.links.line.faults import check_apart, parse_line_fault

OPTION = "--line-fault"


def own_lines(
    wiring: Sequence[ControllerWiring], faults: Sequence[str], seed: int
) -> tuple[list[ControllerWiring], list[FaultyLine]]:
    """Every controller alone on an emulated RS-485 line that has its name.

    Raises:
        BadInput: a fault of `--line-fault` names no such line, or there is none of that kind.
    """
    moved = [replace(w, link=w.name) for w in wiring]
    known = {w.name: [w.name] for w in wiring}
    parsed = [parse_line_fault(text, known, OPTION) for text in faults]
    check_apart(parsed, OPTION)
    return moved, [
        FaultyLine(
            Endpoint(w.name, "rtu", timeout_s=most_patient_s([w])),
            {w.unit: w.name},
            tuple(fault for fault in parsed if fault.line == w.name),
            seed,
        )
        for w in moved
    ]
