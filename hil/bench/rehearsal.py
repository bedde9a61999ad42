"""A run of plant, sensors and emulated controllers in this process: no twin, no record.

What `hukka site figures` measures comes from here. It is the loop of `hukka bench --pace max`,
cycle for cycle, on boundary values of its own.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hil.bench.assemble import make_network, make_sensors, open_parts, start_commands, validity_of
from hil.bench.exchange import LoopbackExchange
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.loop.cycle import Boundary as Feeds
from hil.loop.cycle import PlantCycle
from hil.loop.ring import Ring, row_type
from twin.site import Site

_BLOCK = 4096
"""Rows handed on together."""

Rows = NDArray[np.void]


class Rehearsal:
    """The plant of a site with its emulated controllers, ready to be run again and again."""

    def __init__(self, site: Site, boundary: Feeds, names: tuple[str, ...], period_ns: int) -> None:
        """`names` are the plant inputs (PART.INPUT) that `boundary` feeds, in its order."""
        self._stack = ExitStack()
        try:
            parts = open_parts(site, self._stack)
            self.layout = layout_of(site, validity_of(parts))
            self._network = self._stack.enter_context(
                make_network(site, self.layout, parts, names, ())
            )
            self._start = start_commands(self.layout, parts)
        except BaseException:
            self._stack.close()
            raise
        self._site, self._boundary, self._period_ns = site, boundary, period_ns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, first: int, cycles: int, take: Callable[[Rows], None]) -> None:
        """From rest, `cycles` cycles from boundary instant `first` on; `take` gets their rows."""
        layout, site = self.layout, self._site
        outside = _From(self._boundary, first)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        ring = Ring(memoryview(bytearray(Ring.size(dtype, _BLOCK))), dtype, _BLOCK)

        def hand_on() -> None:
            while len(rows := ring.take(_BLOCK)):
                take(rows)

        self._network.initialize(np.array([*outside.block(0, 1)[0], *self._start]))
        cycle = PlantCycle(
            self._network,
            make_sensors(site, layout, 1, self._period_ns),
            outside,
            (),
            self._start,
            len(layout.signals),
            self._period_ns,
            ring,
            hand_on,
        )
        cycle.exchange = LoopbackExchange(wire(site, layout), self._period_ns)
        for k in range(1, cycles + 1):
            cycle(k, 0)
        hand_on()


class _From:
    """Boundary values that begin at instant `first`."""

    def __init__(self, boundary: Feeds, first: int) -> None:
        self._boundary, self._first = boundary, first

    def block(self, k0: int, n: int) -> NDArray[np.float64]:
        """Values of `n` instants from `k0` on."""
        return self._boundary.block(self._first + k0, n)
