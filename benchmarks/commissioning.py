"""What procedures cost: a cycle with and without the twin's and the trace's share, a block, a run.

Prints processor time a cycle (least and median of stretches: the machine may be shared) as ratios
to the bare loop of plant and controllers, what a fork costs, and how much faster than the plant all
procedures of a site run.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from hil.bench.assemble import make_network, make_sensors, open_parts, start_commands, validity_of
from hil.bench.exchange import LoopbackExchange
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.cli.commission_options import boundary_book
from hil.commissioning.load import files_for, load_procedures
from hil.commissioning.rig import Rig, RigOptions
from hil.commissioning.session import Session, run_session
from hil.loop.cycle import PlantCycle
from hil.loop.ring import Ring, row_type
from twin.site import Boundary, Site, load_site

PERIOD_NS = 1_000_000_000
CYCLES, STRETCHES = 600, 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", default="mantsala")
    site = load_site(parser.parse_args().site)
    bare = of_loop(site)
    with ExitStack() as stack:
        rig = Rig(site, RigOptions(warmup_ns=600 * PERIOD_NS), stack)
        rig.warm_up()
        own = [cpu_s(lambda: let_pass(rig)) / CYCLES for _ in range(STRETCHES)]
        forks = [cpu_s(fork) for _ in range(20)]
    print(
        f"{site.site}: a cycle of plant and controllers {min(bare) * 1e6:.0f} µs at least, "
        f"{np.median(bare) * 1e6:.0f} µs in the median; with the twin {min(own) / min(bare):.2f} "
        f"times as much; a fork {np.median(forks) * 1e3:.1f} ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        blocks = load_procedures(files_for(site), boundary_book(site))
        done = run_session(Session(site, blocks, Path(folder) / "run"))
    plant_s = sum(record.lasted_s for record in done.records)
    print(
        f"{len(done.records)} blocks: {plant_s / 3600:.1f} h of plant time in {done.wall_s:.1f} s, "
        f"{plant_s / done.wall_s:.0f} times real time; "
        f"{json.dumps(sorted({r.verdict.value for r in done.records}))}"
    )


def let_pass(rig: Rig) -> None:
    """Some cycles."""
    for _ in range(CYCLES):
        rig.cycle()


def of_loop(site: Site) -> list[float]:
    """Processor time of a bare cycle, a figure a stretch [s]."""
    boundary = Boundary(site, None, PERIOD_NS)
    with ExitStack() as stack:
        parts = open_parts(site, stack)
        layout = layout_of(site, validity_of(parts))
        network = stack.enter_context(make_network(site, layout, parts, boundary.names, ()))
        start = start_commands(layout, parts)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        ring = Ring(memoryview(bytearray(Ring.size(dtype, CYCLES))), dtype, CYCLES)

        def run() -> None:
            network.initialize(np.array([*boundary.block(0, 1)[0], *start]))
            cycle = PlantCycle(
                network, make_sensors(site, layout, 1, PERIOD_NS), boundary, (), start,
                len(layout.signals), PERIOD_NS, ring, lambda: None,
            )  # fmt: skip
            cycle.exchange = LoopbackExchange(wire(site, layout), PERIOD_NS)
            for k in range(1, CYCLES + 1):
                cycle(k, 0)
            ring.take(CYCLES)

        return [cpu_s(run) / CYCLES for _ in range(STRETCHES)]


def cpu_s(work: Callable[[], object]) -> float:
    """Processor time of `work` [s]."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def fork() -> None:
    """A copy that ends at once."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
