"""How late the real-time loop is, and what all processes of a run weigh.

    .venv/bin/python benchmarks/realtime.py [--seconds 60] [--cycles 10ms,100ms]

Each row is one `hukka bench mantsala --pace real` with its three emulated controllers in
processes of their own. Lateness is how long after its absolute deadline a cycle began, over all
cycles. Memory is the sum over all processes of the run in its middle: PSS counts a shared page
once, RSS once a process. Figures, not verdicts: run it on an idle machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def weight_mb(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process and its children [MB]."""
    pss = rss = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                pss += int(line.split()[1])
            elif line.startswith("Rss:"):
                rss += int(line.split()[1])
    return pss / 1024, rss / 1024


def run(cycle: str, transport: str, seconds: int) -> dict[str, object]:
    """One bench; its JSON with `pss_mb` and `rss_mb` added."""
    with tempfile.TemporaryDirectory() as folder:
        options = f"--pace real --json --warmup 10m --duration {seconds}s --out {folder}/run"
        options += f" --cycle {cycle} --transport {transport}"
        process = subprocess.Popen(
            [sys.executable, "-m", "hil.cli", "bench", "mantsala", *options.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        pss = rss = 0.0
        while process.poll() is None:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                now_pss, now_rss = weight_mb(process.pid)
                pss, rss = max(pss, now_pss), max(rss, now_rss)
        assert process.stdout is not None
        result: dict[str, object] = json.loads(process.stdout.read().splitlines()[-1])
    return {**result, "pss_mb": pss, "rss_mb": rss}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cycles", default="10ms,100ms")
    parser.add_argument("--transports", default="tcp,rtu")
    options = parser.parse_args()
    print(f"{'cycle':>6} {'link':>5} {'cycles':>7} {'overruns':>8}", end="")
    print(f" {'p50 µs':>7} {'p99 µs':>7} {'p99.9':>7} {'max':>7} {'PSS MB':>7} {'RSS MB':>7}")
    for cycle in options.cycles.split(","):
        for transport in options.transports.split(","):
            r = run(cycle, transport, options.seconds)
            late = r["lateness_us"]
            print(
                f"{cycle:>6} {transport:>5} {r['cycles']:>7} {r['overruns']:>8}"
                f" {late['p50']:7.0f} {late['p99']:7.0f} {late['p999']:7.0f} {late['max']:7.0f}"
                f" {r['pss_mb']:7.0f} {r['rss_mb']:7.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
