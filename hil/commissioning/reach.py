"""How a run reaches its controllers: within the process, over sockets and lines, in real time."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from firmware_sim import make_controller
from hil.bench.faulty_line import FaultyLine
from hil.bench.field import Line, check_watchdogs, lines
from hil.bench.hosted import Play
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.commissioning.field import FieldOptions
from hil.commissioning.in_step import TcpInStep
from hil.commissioning.lines import own_lines
from hil.commissioning.rig import Rig
from twin.confine import Left
from twin.site import Site

_PTYS = (Path("/dev/ptmx"), Path("/dev/pts"))


@dataclass(frozen=True)
class Reach:
    """`transport` is loopback, tcp or rtu; in real time also `site`, the links of the site file.

    `line_faults` say what is wrong with the emulated lines of transport `rtu`; in real time there
    are `lines`.
    """

    site: Site
    transport: str = "loopback"
    line_faults: Sequence[str] = ()
    real_time: bool = False
    lines: Sequence[Line] = field(default_factory=tuple)
    play: Play = make_controller

    def in_folder(self, folder: Path, period_ns: int) -> "Reach":
        """The same with its lines, whose pseudo terminals are made in `folder`.

        Raises:
            BadInput: a line cannot be had, or `period_ns` [ns] is too long for a watchdog.
        """
        if not self.real_time or self.transport == "loopback":
            return self
        wiring = wire(self.site, layout_of(self.site))
        check_watchdogs(wiring, period_ns)
        return replace(self, lines=lines(self.site, wiring, self.transport, folder))

    @property
    def left(self) -> Left:
        """What the process of the plant must keep to talk to them, in copies of itself."""
        on_sockets = any(line.endpoint.transport != "rtu" for line in self.lines)
        return Left(internet=on_sockets or self.transport == "tcp", copies=True)

    @property
    def devices(self) -> list[Path]:
        """Serial devices, by their folders: an adapter that comes back is another file."""
        paths = [line.endpoint.path for line in self.lines if line.endpoint.transport == "rtu"]
        return [*(Path(path).parent for path in paths), *_PTYS] if paths else []

    @property
    def files(self) -> list[str]:
        """Certificates and keys of its lines."""
        ends = [end for line in self.lines for end in (line.endpoint, line.theirs)]
        return [file for end in ends for file in (end.cert, end.key, end.ca) if file]

    def connect(self, rig: Rig, stack: ExitStack) -> None:
        """From here on the controllers of `rig` are reached so, to the end of `stack`.

        Raises:
            BadInput: a port or a device cannot be had.
            LinkLost: a controller does not answer.
        """
        if self.lines:
            faulty = {line.endpoint.name: line for line in self._faulty(rig)}
            file = self.site.document.path
            rig.go_live(FieldOptions(self.lines, faulty, file, self.play), stack)
        elif self.real_time:
            rig.keep_pace()
        elif self.transport == "tcp":
            rig.connect(TcpInStep(stack))
        elif self.transport == "rtu":
            wiring, emulated = own_lines(rig.wiring, self.line_faults, rig.seed)
            rig.connect(wiring=wiring, lines=emulated)

    def _faulty(self, rig: Rig) -> Iterator[FaultyLine]:
        """The emulated lines with something to happen to them, each at its pseudo terminal."""
        _, emulated = own_lines(rig.wiring, self.line_faults, rig.seed)
        ends = {line.endpoint.name: line.endpoint for line in self.lines}
        for line in emulated:
            if line.faults:
                yield replace(line, endpoint=ends[line.endpoint.name])
