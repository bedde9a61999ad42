"""Ordered faults on a line: switched on and off when their time comes."""

from collections.abc import Callable, Sequence
from functools import partial

from hil.links.line.emulated import EmulatedLine
from hil.links.line.faults import LineFault


def schedule(
    line: EmulatedLine, faults: Sequence[LineFault], zero_ns: int, timeout_ns: int
) -> None:
    """Switch `faults` at their times, counted from `zero_ns` on the line's time [ns].

    `timeout_ns` [ns] is that of the link: a late reply comes after once and before twice of it.
    """
    for fault in faults:
        switch = _of_slaves(line, fault, timeout_ns) or _OF_LINE[fault.kind](line)
        line.at(zero_ns + fault.at_ns, partial(switch, fault.size))
        if fault.until_ns is not None:
            line.at(zero_ns + fault.until_ns, partial(switch, 0.0))


def _of_slaves(
    line: EmulatedLine, fault: LineFault, timeout_ns: int
) -> Callable[[float], None] | None:
    def switch(share: float) -> None:
        for name, port in line.slaves.items():
            if fault.slave in ("", name):
                # the last tenth is left for the characters of the reply
                port.disorder.late_ns = (timeout_ns, timeout_ns * 19 // 10)
                setattr(port.disorder, fault.kind, share)

    return switch if fault.kind not in _OF_LINE else None


def _noise(line: EmulatedLine) -> Callable[[float], None]:
    def switch(share: float) -> None:
        line.noise = share

    return switch


def _echo(line: EmulatedLine) -> Callable[[float], None]:
    def switch(size: float) -> None:
        line.echo = size > 0.0

    return switch


_OF_LINE: dict[str, Callable[[EmulatedLine], Callable[[float], None]]] = {
    "noise": _noise,
    "echo": _echo,
    "babble": lambda line: lambda size: line.babble(size > 0.0),
    "stuck": lambda line: lambda size: line.stick(size > 0.0),
    "unplug": lambda line: lambda size: line.unplug() if size else line.replug(),
}
