"""Rows a second of measured data: first look with all checks, then rows for the twin.

    .venv/bin/python benchmarks/trend.py [ROWS]

A wide CSV of 29 columns at 10 s, decimal commas and German times, made here; CPU time, and the
largest memory of the process.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hil.trend.report import report_of
from hil.trend.trend import open_trend
from twin.site import load_site

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "trend"))


def write(path: Path, rows: int) -> None:
    from trend_exports import in_units, readings, stamps

    found = in_units(readings(24.0, 10.0))
    day = 8640
    lines = np.column_stack([np.round(v, 2) for v in found.values()]).astype(str)
    body = [";".join(row).replace(".", ",") for row in lines]
    with path.open("w", encoding="latin-1") as file:
        file.write(";".join(["time", *found]) + "\n")
        for first in range(0, rows, day):
            times = stamps(
                min(day, rows - first), 10.0, "UTC", "%d.%m.%Y %H:%M:%S",
                1_764_547_200 + first * 10.0,
            )  # fmt: skip
            file.writelines(f"{t};{b}\n" for t, b in zip(times, body, strict=False))


def look(path: Path) -> tuple[float, float, int]:
    began = time.process_time()
    with open_trend(load_site("mantsala"), path) as trend:
        report_of(trend)
        middle = time.process_time()
        rows = sum(len(block.t_ns) for block in trend.blocks())
    return middle - began, time.process_time() - middle, rows


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write(small, 2000)
        look(small)  # compiles
        write(large, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        first, then, found = look(large)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = large.stat().st_size / 1e6
    print(f"{rows} rows of 29 columns, {size:.0f} MB")
    print(f"first look with checks: {first:.1f} s CPU, {rows / first:,.0f} rows/s")
    print(f"rows for the twin:      {then:.1f} s CPU, {rows / then:,.0f} rows/s ({found} rows)")
    print(f"memory: {after / 1024:.0f} MB at most, {(after - before) / 1024:.0f} MB for this file")


if __name__ == "__main__":
    main()
