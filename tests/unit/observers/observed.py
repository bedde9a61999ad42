"""Rows of a site's own plant, and its observers, for tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
from numpy.typing import NDArray

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from twin.observers.site_observer import SiteObserver
from twin.plant.fmu import Running, open_fmu
from twin.site import Site, parse_fault

HOUR_NS = 3_600_000_000_000
PERIOD_NS = 10_000_000_000

Rows = list[NDArray[np.float64]]


def rows_of(site: Site, hours: float, *faults: str) -> Rows:
    events = [parse_fault(f, site) for f in faults]
    span = Span(round(hours * HOUR_NS), PERIOD_NS)
    blocks = [
        (rows.t_ns, rows.measured, rows.good, rows.commands, rows.commanded)
        for rows in plant_rows(site, Variant(), span, 1, events)
    ]
    return [np.concatenate(column) for column in zip(*blocks, strict=True)]


@contextmanager
def observing(site: Site, period_ns: int = PERIOD_NS) -> Iterator[SiteObserver]:
    layout = layout_of(site)
    running = Running(interface="model_exchange")
    with ExitStack() as stack:
        files = {
            part: stack.enter_context(open_fmu(site.fmu_path(part), running=running))
            for part in site.plant.parts
        }
        yield stack.enter_context(
            SiteObserver(site, files, layout.signals, layout.commands, period_ns)
        )
