"""What a cycle of the virtual bench takes, layer by layer, and what it takes without registers.

    .venv/bin/python benchmarks/cycle.py                  # mantsala, cycles of 10 s
    .venv/bin/python benchmarks/cycle.py --site kajaani --cycle 1

Each figure is of the fastest fiftieth of all calls: what they take when nobody else wants the
machine. The last lines are processor time of the cheapest block of 90 cycles, plant and sensors in
it, with the site's own FMUs and with ones of longer internal steps (`structure: {step: 5}`).
"""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from hil.bench.assemble import make_network, make_sensors, open_parts, start_commands, validity_of
from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.exchange import LoopbackExchange
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.cli.structures import built_with
from hil.loop.cycle import PlantCycle
from hil.loop.ring import Ring, row_type
from twin.clock import monotonic_ns
from twin.site import Boundary, Site, load_site

WARM, ROWS, BLOCK = 300, 4096, 90


class Watch:
    """How long calls of some methods take [ns], by what they are called here."""

    def __init__(self) -> None:
        self.taken: dict[str, list[int]] = {}

    def over(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, with its time taken."""
        taken = self.taken.setdefault(name, [])

        def timed(*arguments: object) -> Any:
            began = monotonic_ns()
            result = call(*arguments)
            taken.append(monotonic_ns() - began)
            return result

        return timed

    def tell(self) -> None:
        for name, taken in self.taken.items():
            print(f"{name:28}{fastest_us(taken):9.1f} us")


def fastest_us(taken: list[int]) -> float:
    """Of the fastest fiftieth, the slowest [us]."""
    return sorted(taken)[len(taken) // 50] / 1e3


def layers(site: Site, period_ns: int, cycles: int) -> None:
    watch = Watch()
    with ExitStack() as stack:
        parts = open_parts(site, stack)
        layout = layout_of(site, validity_of(parts))
        boundary = Boundary(site, None, period_ns)
        network = stack.enter_context(make_network(site, layout, parts, boundary.names, ()))
        start = start_commands(layout, parts)
        network.initialize(np.array([*boundary.block(0, 1)[0], *start]))
        sensors = make_sensors(site, layout, 1, period_ns)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        ring = Ring(memoryview(bytearray(Ring.size(dtype, ROWS))), dtype, ROWS)
        exchange = LoopbackExchange(wire(site, layout), period_ns)
        cycle = PlantCycle(
            *(network, sensors, boundary, (), start, len(layout.signals), period_ns, ring),
            partial(ring.take, ROWS),
        )
        cycle.exchange = exchange
        for k in range(1, WARM):
            cycle(k, 0)
        whole = watch.over("cycle", cycle)
        for k in range(WARM, WARM + cycles):
            whole(k, 0)
        watched: list[tuple[Any, str, str]] = [
            (network, "step", "  plant"),
            (sensors, "read", "  sensors"),
            (ring, "put", "  ring"),
            (exchange, "publish", "  all controllers"),
        ]
        for pair in exchange._pairs:
            name = pair.hosted.wiring.name
            watched.append((pair, "exchange", f"    {name}"))
            watched.append((pair.hosted.controller, "scan", f"      scan of {name}"))
        for owner, method, name in watched:
            setattr(owner, method, watch.over(name, getattr(owner, method)))
        for k in range(WARM + cycles, WARM + 2 * cycles):
            cycle(k, 0)
    watch.tell()


def direct(site: Site, period_ns: int, cycles: int) -> None:
    for step in (None, 2.0, 5.0):
        longer = {} if step is None else {part: {"step": step} for part in site.plant.parts}
        variant = Variant(fmus=built_with(site, longer))
        rows = plant_rows(
            site, variant, Span(cycles * period_ns, period_ns, BLOCK * period_ns), 1, block=BLOCK
        )
        taken: list[float] = []
        before = time.process_time()
        for _ in rows:
            taken.append(time.process_time() - before)
            before = time.process_time()
        own = "as the site has it" if step is None else f"{step:g} s"
        print(f"without registers, internal steps {own}: {min(taken) / BLOCK * 1e6:.1f} us a cycle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", default="mantsala")
    parser.add_argument("--cycle", type=float, default=10.0, help="period [s]")
    parser.add_argument("--cycles", type=int, default=1800, help="how many of each kind")
    asked = parser.parse_args()
    site, period_ns = load_site(asked.site), round(asked.cycle * 1e9)
    print(f"{asked.site}, cycles of {asked.cycle:g} s")
    layers(site, period_ns, asked.cycles)
    direct(site, period_ns, asked.cycles - asked.cycles % BLOCK)


if __name__ == "__main__":
    main()
