"""A day and a week of the virtual bench, and how soon each fault is seen.

    .venv/bin/python benchmarks/day.py            # 24 h twice, 7 days, every fault: some 6 minutes
    .venv/bin/python benchmarks/day.py --day      # 24 h only

Prints wall time and the first law's error of 24 h, whether two runs of one seed gave one trace, the
alarms of seven days without a fault, and for every process fault of the catalogue (default size)
and a bias of +2 K on every watched temperature: the part that alarmed, and after how long.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from twin.clock import monotonic_ns
from twin.site import catalogue, load_site

SITE = "mantsala"


def bench(duration: str, *faults: str) -> tuple[dict[str, object], float]:
    """The JSON of a run and its wall time [s]."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["bench", SITE, "--pace", "max", "--transport", "loopback", "--cycle", "1s"]
        words += ["--duration", duration, "--json", "--out", f"{folder}/run"]
        for fault in faults:
            words += ["--fault", fault]
        began = monotonic_ns()
        done = subprocess.run(
            [sys.executable, "-m", "hil.cli", *words], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1]), (monotonic_ns() - began) / 1e9


def day() -> None:
    runs = [bench("24h") for _ in range(2)]
    (first, _), (second, _) = runs
    same = first["trace_sha256"] == second["trace_sha256"]
    print(f"24 h at 1 s: {', '.join(f'{wall:.1f} s' for _, wall in runs)} wall")
    print(f"  balance error {first['energy']['balance_error']:.1e}, {len(first['alarms'])} alarms")
    print(f"  two runs, one seed: {'the same trace' if same else 'TRACES DIFFER'}")


def delay(fault: str) -> str:
    result, _ = bench("4h", f"{fault}@1h")
    said = [f"{a['part']} after {a['raised_s'] - 3600:.0f} s" for a in result["alarms"]]
    return f"  {fault:40} {', '.join(said) or 'no alarm'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--day", action="store_true", help="24 h only")
    only_day = parser.parse_args().day
    day()
    if only_day:
        return
    week, wall = bench("7d")
    print(f"7 days without a fault: {len(week['alarms'])} alarms ({wall:.0f} s wall)")
    site = load_site(SITE)
    faults = [f.name for f in catalogue(site) if f.kind == "process"]
    for part, twin in site.twin.items():
        faults += [f"{part}.{name}.bias=2" for name in twin.watch if name.startswith("T_")]
    print("delay of each fault, begun at 1 h, of a run of 4 h:")
    with ThreadPoolExecutor(max_workers=2) as two:
        for line in two.map(delay, faults):
            print(line, flush=True)


if __name__ == "__main__":
    main()
