"""A year of a site at 10 s through `hukka replay`: CPU time, wall time and memory of the command.

    .venv/bin/python benchmarks/year.py [--site mantsala] [--days 365]

The plant is the site's own with noise in its sensors, written here as Parquet: 28 days to learn
from, then the days to replay. The command runs by itself, reading, observers, diagnosis and all.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from hil.campaign.work import campaign_site
from twin.site.quantity import si_unit

DAY_NS = 86_400_000_000_000
COMMISSIONING_D = 28
BEGAN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9


def write(site_name: str, path: Path, begin_d: int, days: int, seed: int) -> int:
    """Rows of `days` [d] from `begin_d` on; how many."""
    site = campaign_site(site_name)
    layout = layout_of(site)
    names = ["Time", *(f"{n} [{si_unit(site.signals[n].unit)}]" for n in layout.signals)]
    names += layout.commands
    span = Span(days * DAY_NS, 10_000_000_000, begin_ns=begin_d * DAY_NS)
    count, writer = 0, None
    for rows in plant_rows(site, Variant(), span, seed, [], _data()):
        kept = rows.t_ns > 0
        if not kept.any():
            continue
        stamps = pa.array(rows.t_ns[kept] + BEGAN + begin_d * DAY_NS, pa.timestamp("ns", "UTC"))
        columns = [stamps, *np.hstack([rows.measured, rows.commands])[kept].T]
        table = pa.table(dict(zip(names, columns, strict=True)))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        count += int(kept.sum())
    assert writer is not None
    writer.close()
    return count


def run(folder: Path, *words: str) -> tuple[float, float, int, str]:
    """CPU [s], wall [s], largest memory [kB] and last line of a command."""
    env, began = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}, time.perf_counter()
    said = folder / "said"
    with said.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "hil.cli", *words], cwd=folder, env=env, stdout=file
        )
        _, code, used = os.wait4(child.pid, 0)
    if code:
        sys.exit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(code)}")
    wall = time.perf_counter() - began
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss, said.read_text().splitlines()[-1]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--site", default="mantsala")
    asked.add_argument("--days", type=int, default=365)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        healthy, year = folder / "healthy.parquet", folder / "year.parquet"
        write(told.site, healthy, 0, COMMISSIONING_D, 1)
        rows = write(told.site, year, COMMISSIONING_D, told.days, 2)
        print(f"{told.site}: {rows} rows of {told.days} d, {year.stat().st_size / 1e6:.0f} MB")
        cpu, wall, _, _ = run(folder, "twin", "fit", told.site, healthy.name)
        print(f"fit of {COMMISSIONING_D} d: {cpu:.0f} s CPU, {wall:.0f} s wall")
        cpu, wall, peak, last = run(folder, "replay", told.site, year.name, "--json")
        events = len(json.loads(last)["events"])
        share = 365.0 / told.days / 60.0
        print(f"replay: {cpu:.0f} s CPU, {wall:.0f} s wall; {events} events")
        print(
            f"a year: {cpu * share:.1f} min CPU, {wall * share:.1f} min wall; {peak / 1024:.0f} MB"
        )


def _data() -> Path | None:
    given = os.environ.get("HUKKA_DATA")
    return None if given is None else Path(given)


if __name__ == "__main__":
    main()
