"""What a monitor costs: its twin's memory, a row out of the image, and one through the keeper.

    .venv/bin/python benchmarks/monitor.py [--learned FILE]

Rows are those of a simulated plant at 10 s, everything else is as in `hukka monitor`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from hil.historian.weeks import Keep
from hil.loop.image import Cell
from hil.loop.ring import RING_ROWS, Ring
from hil.monitor.checkpoint import Checkpoint
from hil.monitor.following import Following
from hil.monitor.keeper import Keeper
from hil.monitor.merging import Merging
from hil.monitor.planning import plan
from hil.monitor.rows import row_type, twin_type
from twin.clock import NS_PER_S, monotonic_ns
from twin.observers.gaps import Rows
from twin.signals import Quality
from twin.site import load_site
from twin.site.metered import reckoned

SITE = "mantsala"
PERIOD_NS = 10 * NS_PER_S
BEGAN_NS = 1_790_000_000 * NS_PER_S


def timed(do: Callable[[], object]) -> float:
    """Wall time of a call [s]."""
    began_ns = monotonic_ns()
    do()
    return (monotonic_ns() - began_ns) / 1e9


def rows_of(hours: float) -> Rows:
    """Rows of the plant, with dates."""
    span = Span(round(hours * 3600) * NS_PER_S, PERIOD_NS)
    blocks = list(plant_rows(load_site(SITE), Variant(), span, 1, []))
    names = ("t_ns", "measured", "good", "commands", "commanded")
    rows = Rows(*(np.concatenate([getattr(b, name) for b in blocks]) for name in names))
    return rows._replace(t_ns=rows.t_ns + BEGAN_NS)


def memory(rows: Rows, learned: Path | None, powers: Sequence[str] = ()) -> None:
    """Following, keeping and taking up, with these powers reckoned."""
    site = load_site(SITE)
    with (
        tempfile.TemporaryDirectory() as folder,
        Following(site, PERIOD_NS, learned, (), powers) as twin,
    ):
        twin.take(rows.of(slice(0, 100)))  # compiled by now
        took_s = timed(lambda: twin.take(rows.of(slice(100, None))))
        checkpoint = Checkpoint(Path(folder), "")
        kept_s = timed(twin.kept)
        data = twin.kept()
        saved_s = timed(lambda: checkpoint.save(data))
        with Following(site, PERIOD_NS, learned, (), powers) as other:
            up_s = timed(lambda: other.take_up(data))
    n = len(rows.t_ns) - 100
    say(
        f"twin{'' if learned is None else ' that has learned'}, {len(powers)} powers reckoned:"
        f" {n / took_s:.0f} rows/s; memory"
        f" {len(data) / 1e6:.2f} MB after {n * 10 / 3600:.0f} h, written down in"
        f" {kept_s * 1e3:.1f} ms, on disk in {saved_s * 1e3:.0f} ms,"
        f" taken up in {up_s * 1e3:.1f} ms"
    )


def keeping(rows: Rows) -> None:
    """Rows from a ring to the disk."""
    site = load_site(SITE)
    layout = layout_of(site)
    measured, predicted = (
        Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
        for dtype in (row_type(layout), twin_type(layout))
    )
    values = np.hstack([rows.measured, rows.commands])
    quality = np.where(np.isfinite(values), Quality.GOOD, Quality.NO_VALUE).astype(np.uint8)
    n = min(len(values), RING_ROWS)
    for t_ns, v, q in zip(rows.t_ns[:n].tolist(), values, quality, strict=False):
        measured.put((t_ns, 0, 0, v, q))
        predicted.put((t_ns, np.zeros(len(layout.watched))))
    with tempfile.TemporaryDirectory() as folder:
        whole = Keeper(Path(folder), site, layout, PERIOD_NS, Keep(), measured, predicted)
        with closing(whole) as keeper:

            def keep() -> None:
                while keeper.take():
                    pass
                keeper.commit()

            say(f"keeper: {n / timed(keep):.0f} rows/s of {values.shape[1]} columns to the disk")


def merging() -> None:
    """A row out of the image."""
    site = load_site(SITE)
    layout = layout_of(site)
    found = plan(site, layout, ["hp_line=tcp://h", "network=tcp://h"])
    cells = []
    for source in found.sources:
        n = len(source.taps)
        cells.append(Cell(memoryview(bytearray(Cell.size(n))), n))
        cells[-1].publish(1, [300.0] * n, [0] * n)
    width = len(layout.signals) + len(layout.commands)
    merged = Merging(cells, [s.columns for s in found.sources], width, {}, NS_PER_S)
    took_s = timed(lambda: [merged.row(2) for _ in range(2000)])
    say(f"loop: a row of {width} columns out of {len(cells)} cells in {took_s / 2000 * 1e6:.0f} µs")


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--learned", type=Path)
    parser.add_argument("--hours", type=float, default=40.0)
    options = parser.parse_args()
    rows = rows_of(options.hours)
    merging()
    keeping(rows)
    memory(rows, None)
    powers = reckoned(load_site(SITE))
    memory(rows, None, powers)
    if options.learned is not None:
        memory(rows, options.learned, powers)


if __name__ == "__main__":
    main()
