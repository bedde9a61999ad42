"""A run of plant, sensors and emulated controllers in this process: no twin, no record.

What `hukka site figures` measures comes from here: the rows of `hukka bench --pace max`, on
boundary values of its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

import numpy as np

from hil.bench.assemble import make_network, make_sensors, open_parts, start_commands, validity_of
from hil.bench.direct.carried import lines_of
from hil.bench.direct.loop import DirectLoop, Rows
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.loop.cycle import Boundary as Feeds
from twin.site import Site

_BLOCK = 4096
"""Rows that come together."""


class Rehearsal:
    """The plant of a site with its emulated controllers, ready to be run again and again."""

    def __init__(self, site: Site, boundary: Feeds, names: tuple[str, ...], period_ns: int) -> None:
        """`names` are the plant inputs (PART.INPUT) that `boundary` feeds, in its order."""
        self._stack = ExitStack()
        try:
            parts = open_parts(site, self._stack)
            self.layout = layout_of(site, validity_of(parts))
            self._lines = lines_of(wire(site, self.layout), period_ns)
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

    def run(self, first: int, cycles: int) -> Iterator[Rows]:
        """Rows of `cycles` cycles, from rest and from boundary instant `first` on."""
        self._network.initialize(np.array([*self._boundary.block(first, 1)[0], *self._start]))
        loop = DirectLoop(
            self._network,
            make_sensors(self._site, self.layout, 1, self._period_ns),
            self._boundary,
            self._lines,
            self._start,
            self._period_ns,
            skip=first,
        )
        yield from loop.run(1, cycles, _BLOCK)
