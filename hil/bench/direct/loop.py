"""Blocks of cycles, cut where something happens to plant, sensors or controllers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hil.bench.direct.carried import Lines
from hil.bench.direct.cycles import UNFIT
from hil.bench.direct.failing import Failing
from hil.bench.direct.machine_code import cycles_of
from hil.bench.tampering import Tampering
from hil.loop.cycle import Boundary, Injection
from twin.errors import BadInput
from twin.plant import Network, Sensors
from twin.signals import Quality


@dataclass(frozen=True)
class Rows:
    """Rows of a run as the bench's ring has them; what is at 0 and before is the warm-up."""

    t_ns: NDArray[np.int64]
    measured: NDArray[np.float64]
    quality: NDArray[np.uint8]
    commands: NDArray[np.float64]
    """Those that acted on the plant until `t_ns`."""
    command_quality: NDArray[np.uint8]
    truth: NDArray[np.float64]
    """Meters and counts of left ranges, in the order of the layout; never for the twin."""

    @property
    def good(self) -> NDArray[np.bool_]:
        """Whether each reading may be believed."""
        return np.equal(self.quality, int(Quality.GOOD))

    @property
    def commanded(self) -> NDArray[np.bool_]:
        """Whether each command was read from its controller."""
        return np.equal(self.command_quality, int(Quality.GOOD))


@dataclass
class Happening:
    """`act(t_ns)` in the first cycle from `at_ns` [ns] on; it gives when next, if ever."""

    at_ns: int
    act: Callable[[int], int | None]


def happening_of(injection: Injection) -> Happening:
    """A fault as the bench injects it: while it grows, anew in every cycle."""

    def act(t_ns: int) -> int | None:
        injection.apply(t_ns)
        return t_ns + 1 if injection.full_ns > t_ns else None

    return Happening(injection.at_ns, act)


class DirectLoop:
    """Plant, sensors and controllers of a site; `run` goes on from where it was."""

    def __init__(
        self,
        network: Network,
        sensors: Sensors,
        boundary: Boundary,
        lines: Lines,
        start_commands: Sequence[float],
        period_ns: int,
        disturb: Callable[[NDArray[np.float64]], None] = lambda _values: None,
        skip: int = 0,
        tampering: Tampering | None = None,
    ) -> None:
        """`disturb` changes the boundary values of the next cycles [SI] in place.

        Weather and load are `skip` cycles ahead of the run [-].
        """
        self._network, self._sensors, self._boundary = network, sensors, boundary
        self._disturb, self._skip = disturb, skip
        self.lines, self._period_ns = lines, period_ns
        programs = [c.program for c in lines.controllers]
        types = [c.type_name for c in lines.controllers]
        self._cycles = cycles_of(types, programs, lines.commands)
        self.memories = [program.begin() for program in programs]
        """What each controller remembers."""
        orders = [(*c.orders_in_force, False) for c in lines.controllers]
        self.orders = np.array(orders, np.bool_)
        """Of each controller: enable, reset (for one scan), manual, lost."""
        n = len(lines.columns)
        self._fresh, self._values = np.full((2, n), np.nan)
        self._failing = None if tampering is None else Failing(lines, tampering, period_ns)
        self._held = np.zeros(n, np.bool_) if self._failing is None else self._failing.held
        self._commands = np.array(start_commands)
        none = np.zeros(len(start_commands))
        self._offsets = none if tampering is None else tampering.offsets
        self._ordered = np.full(len(start_commands), np.nan)
        self._showing = np.zeros(len(sensors.signals))
        self._shown = np.zeros(len(sensors.signals), np.uint8)
        self._started = False
        self._happenings: list[Happening] = []

    def expect(self, happenings: Sequence[Happening]) -> None:
        """Let these happen in their time."""
        self._happenings = sorted([*self._happenings, *happenings], key=lambda h: h.at_ns)

    def run(self, first: int, cycles: int, block: int) -> Iterator[Rows]:
        """Rows of the cycles from `first` on, at most `block` at once.

        Cycle k brings the plant from (k-1) to k periods. Up to 0 weather and load stand still.
        """
        k, end = first, first + cycles
        while k < end:
            self._happen((k - 1) * self._period_ns)
            failing = self._failing if self._failing is not None and self._failing.active else None
            n = min(block, end - k, self._quiet(k), 1 - k if k < 1 else block)
            if failing is None:
                yield self._block(k, n)
            else:
                yield _together([self._watched(failing, k + i) for i in range(n)])
            k += n

    def _happen(self, t_ns: int) -> None:
        left = []
        for happening in self._happenings:
            if happening.at_ns <= t_ns:
                following = happening.act(t_ns)
                if following is None:
                    continue
                happening.at_ns = following
            left.append(happening)
        self._happenings = left

    def _quiet(self, k: int) -> int:
        """Cycles from `k` on, it included, before something happens again."""
        if not self._happenings:
            return 1 << 60
        at_ns = min(h.at_ns for h in self._happenings)
        return -(-at_ns // self._period_ns) - (k - 1)

    def _watched(self, failing: Failing, k: int) -> Rows:
        """Cycle `k` alone, because something is wrong between plant and programs."""
        t_ns, acting = k * self._period_ns, failing.quality.copy()
        failing.before(t_ns, self._values, self.orders, self._ordered)
        started, rows = self._started, self._block(k, 1)
        if started:
            rows.command_quality[0] = acting
        failing.after(t_ns, self._fresh, self._ordered)
        return rows

    def _block(self, k: int, n: int) -> Rows:
        lines, network, period_ns = self.lines, self._network, self._period_ns
        outside = self._outside(k, n)
        n_commands = len(self._commands)
        rows = Rows(
            np.arange(k, k + n, dtype=np.int64) * period_ns,
            np.empty((n, len(self._showing))),
            np.empty((n, len(self._showing)), np.uint8),
            np.empty((n, n_commands)),
            np.zeros((n, n_commands), np.uint8),
            np.empty((n, len(network.output_names) - len(self._showing))),
        )
        if not self._started:
            rows.command_quality[0] = int(Quality.NOT_YET)
        uniform = self._sensors.ahead(n)
        settings = tuple(c.settings_in_force for c in lines.controllers)

        def drive(plan: tuple[Any, ...], time_ns: int) -> tuple[int, int, int, int]:
            ended, memories = self._cycles(
                *plan,
                *self._sensors.state,
                *(lines.columns, lines.credible, lines.steps_in, lines.steps_out),
                *(tuple(self.memories), settings, self.orders),
                *(self._fresh, self._values, self._held, self._offsets),
                *(self._commands, self._ordered, self._showing, self._shown),
                *(outside, uniform, rows.measured, rows.quality, rows.commands, rows.truth),
                *(self._started, time_ns, period_ns),
            )
            self.memories = list(memories)
            if ended[0] == UNFIT:
                raise self._unfit(ended, rows)
            return cast("tuple[int, int, int, int]", ended)

        network.drive(drive, period_ns)
        self._started = True
        return rows

    def _outside(self, k: int, n: int) -> NDArray[np.float64]:
        if k >= 1:
            values = self._boundary.block(self._skip + k - 1, n)
        else:
            values = np.repeat(self._boundary.block(self._skip, 1), n, axis=0)
        self._disturb(values)
        return values

    def _unfit(self, ended: tuple[int, int, int, int], rows: Rows) -> BadInput:
        _, out, i, step = ended
        name = (self.lines.command_names if out else self.lines.sensor_names)[i]
        return BadInput(f"{name}: does not fit its register at {rows.t_ns[step] / 1e9:g} s")


def _together(several: Sequence[Rows]) -> Rows:
    columns = ([getattr(rows, f.name) for rows in several] for f in fields(Rows))
    return Rows(*(np.concatenate(column) for column in columns))
