"""Controllers and links that fail, between the cycles of the direct loop.

What `hil/bench/exchange.py` does to a round over a link that has something is done here to arrays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.bench.direct.carried import Lines
from hil.bench.staleness import stale_ns
from hil.bench.tampering import LinkTrouble, Tampering
from twin.signals import Quality

Floats = NDArray[np.float64]


@dataclass
class _End:
    """A controller: where its sensors and commands are, and since when it heard nothing."""

    name: str
    number: int
    serves: bool
    watchdog_s: float
    sensors: slice
    commands: slice
    silent_s: float = 0.0
    left_ns: int | None = None
    """When it last left commands with its remote I/O, once its link has something [ns]."""
    unheard: bool = False
    cut: bool = False


class Failing:
    """Says before each cycle what programs get, and after it what comes of their commands."""

    def __init__(self, lines: Lines, tampering: Tampering, period_ns: int) -> None:
        self._tampering, self._period_ns = tampering, period_ns
        self._stale_ns = stale_ns(period_ns)
        self._ends = _ends(lines)
        n = sum(len(c) for c in lines.commands)
        self.held = np.zeros(len(lines.columns), np.bool_)
        """Sensors that programs do not get anew."""
        self.quality = np.zeros(n, np.uint8)
        """Of the commands that act in the next cycle."""
        self._before = np.empty(n)

    @property
    def active(self) -> bool:
        """Whether there is anything to say."""
        return self._tampering.active

    def before(self, t_ns: int, values: Floats, orders: NDArray[np.bool_], ordered: Floats) -> None:
        """Before the exchange at `t_ns` [ns]: `values` that do not arrive are held.

        `orders` tell programs whether they hear anything; `ordered` act now.
        """
        self._before[:] = ordered
        for end in self._ends:
            link = self._tampering.links.get(end.name)
            if link is None:
                continue
            if end.left_ns is None:
                end.left_ns = t_ns - self._period_ns
            end.cut, end.unheard = link.next_round()
            end.silent_s = end.silent_s + self._period_ns / 1e9 if end.cut else 0.0
            orders[end.number, 3] = end.silent_s > end.watchdog_s
            self.held[end.sensors] = end.cut
            late = None if end.serves or end.cut else link.delay.due()
            if late is not None:
                values[end.sensors], self.held[end.sensors] = late, True

    def after(self, t_ns: int, fresh: Floats, ordered: Floats) -> None:
        """Make of `ordered`, what programs want at `t_ns` [ns], what acts in the next cycle."""
        for end in self._ends:
            link = self._tampering.links.get(end.name)
            if link is None or end.left_ns is None:
                continue
            if end.serves:
                self._hear(end, link, ordered)
            elif end.cut:
                ordered[end.commands] = self._before[end.commands]
                if t_ns - end.left_ns > self._stale_ns:
                    self.quality[end.commands] = int(Quality.TIMEOUT)
            else:
                link.delay.passed(fresh[end.sensors].copy())
                end.left_ns = t_ns
                self.quality[end.commands] = int(Quality.GOOD)
        self._tampering.spoil(t_ns, ordered, self.quality)  # type: ignore[arg-type]

    def _hear(self, end: _End, link: LinkTrouble, ordered: Floats) -> None:
        if not end.unheard:
            ordered[end.commands] = link.delay.passed(ordered[end.commands].copy())
            self.quality[end.commands] = int(Quality.GOOD)
            return
        ordered[end.commands] = self._before[end.commands]
        if not link.stale:
            self.quality[end.commands] = int(Quality.TIMEOUT)


def _ends(lines: Lines) -> list[_End]:
    found, at, out = [], 0, 0
    for i, controller in enumerate(lines.controllers):
        n, m = len(controller.program.sensors._fields), len(lines.commands[i])
        serves = lines.roles[i] == "server"
        found.append(
            _End(lines.names[i], i, serves, controller.watchdog_s,
                 slice(at, at + n), slice(out, out + m))
        )  # fmt: skip
        at, out = at + n, out + m
    return found
