"""A million fuzzed frames, guided by coverage: `python tests/fuzz/million.py [CASES]`.

Needs atheris (`pip install atheris`, Linux). A quarter of the cases goes to each of the four
ends; each is a process of its own. Prints a line an end; exit code 1 if one failed.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENDS = ("tcp_client", "rtu_client", "tcp_server", "rtu_server")


def fuzz(end: str, cases: int) -> None:
    """Run one end in this process; never returns."""
    import atheris

    with atheris.instrument_imports(include=["hil.links"]):
        from fuzz_targets import TARGETS

    from twin.clock import monotonic_ns

    target = TARGETS[end]()
    done, started_ns, slowest_ns, warm_kib = 0, monotonic_ns(), 0, 0

    def one(data: bytes) -> None:
        nonlocal done, slowest_ns, warm_kib
        before_ns = monotonic_ns()
        target(data)
        slowest_ns = max(slowest_ns, monotonic_ns() - before_ns)
        done += 1
        if done == cases // 5:
            warm_kib = resident_kib()
        if done == cases:
            took_s = (monotonic_ns() - started_ns) / 1e9
            sys.stdout.write(
                f"{end}: {done} cases in {took_s:.0f} s, {target.accepted} accepted and right, "
                f"slowest {slowest_ns / 1e6:.1f} ms, resident {warm_kib} kB after a fifth, "
                f"{resident_kib()} kB at the end\n"
            )
            sys.stdout.flush()

    atheris.Setup(
        [end, f"-runs={cases + 10}", "-max_len=400", "-timeout=20", "-seed=1", "-verbosity=0"], one
    )
    atheris.Fuzz()


def resident_kib() -> int:
    """Memory of this process [KiB]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def main() -> int:
    """All ends, one after the other."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    paths = [str(HERE.parents[1]), str(HERE), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    failed = 0
    for end in ENDS:
        run = subprocess.run(
            [sys.executable, __file__, "--end", end, str(cases // len(ENDS))],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        sys.stdout.write(run.stdout)
        if run.returncode or f"{end}: " not in run.stdout:
            failed += 1
            sys.stdout.write(f"{end}: FAILED, exit {run.returncode}\n{run.stderr[-3000:]}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--end"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    sys.exit(main())
