"""The memory that all processes of a monitor share, held by the one that outlives them."""

from contextlib import ExitStack
from typing import Any

from hil.bench.layout import Layout
from hil.loop.ring import RING_ROWS, Ring
from hil.loop.shared import SharedMemory
from hil.monitor.live import size_of, sizes, told
from hil.monitor.rows import row_type, twin_type
from hil.monitor.sources import Plan


class Shared:
    """Image and rings; they are gone with `stack` and the last process that has them open."""

    def __init__(self, layout: Layout, plan: Plan, stack: ExitStack) -> None:
        self._stack, self.descriptors = stack, list[int]()
        cells = sizes(layout, [len(source.taps) for source in plan.sources])
        image = self._new(size_of(cells))
        rows = Ring.size(row_type(layout), RING_ROWS)
        predicted = Ring.size(twin_type(layout), RING_ROWS)
        self.live: dict[str, Any] = told(image, cells)
        """What `hil.monitor.live.Live.of` opens in a child."""
        kept = self._new(rows)
        self.kept = Ring(kept.buffer, row_type(layout), RING_ROWS)
        """What goes from the loop to the keeper."""
        self.rings: dict[str, str] = {
            "keeper_ring": str(kept.path),
            "twin_ring": str(self._new(rows).path),
            "predicted_ring": str(self._new(predicted).path),
        }

    def live_of(self, pid: int) -> dict[str, Any]:
        """The same for any other process of this user, while process `pid` has it open."""
        path = str(self.live["path"]).replace("/proc/self/", f"/proc/{pid}/")
        return {**self.live, "path": path}

    def _new(self, size: int) -> SharedMemory:
        memory = SharedMemory.create(size)
        self._stack.callback(memory.unlink)
        if memory.descriptor is not None:
            self.descriptors.append(memory.descriptor)
        return memory
