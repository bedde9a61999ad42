"""CPU a macro step of connected FMUs: our network against fmpy, Ecos and libcosim.

    .venv/bin/python benchmarks/step.py [--peers] [--parts 20] [--rounds 9]

All subjects step the same FMU in the same chain and keep every output of every step, each by its
own cheapest means. They take turns, a short round each, so that a busy machine is busy for all;
the median of the rounds is printed. `--peers` installs Ecos and libcosim into benchmarks/.venv.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "plant")]
PEERS = HERE / ".venv"
#           subject -> (packages of its own environment, macro steps a round)
SUBJECTS = {
    "hukka": ((), 20_000),
    "hukka-batched": ((), 200_000),
    "hukka-plain": ((), 400),
    "fmpy": ((), 400),
    "ecos": (("ecospy", "tbb"), 2_000),  # its wheel needs oneTBB and does not bring it
    "libcosim": (("libcosimpy",), 2_000),
}
MANTSALA = [
    ("cooling_loop.T_source", "heat_pump.T_source_in"),
    ("heat_pump.T_source_out", "cooling_loop.T_source_return"),
    ("heat_pump.m_source", "cooling_loop.m_source"),
    ("heat_pump.T_sink_out", "district_network.T_plant"),
    ("district_network.T_return", "heat_pump.T_sink_in"),
    ("district_network.m_network", "heat_pump.m_sink"),
]


class Subject:
    """One stepping process, or the reason why there is none."""

    def __init__(self, name: str, fmu: Path, parts: int) -> None:
        self.name = name
        packages, self.steps = SUBJECTS[name]
        python = PEERS / "bin" / "python" if packages else Path(sys.executable)
        self.us: list[float] = []
        self.why_not = ""
        if not python.exists():
            self.why_not = "not installed (run with --peers)"
            return
        libraries = {"LD_LIBRARY_PATH": str(PEERS / "lib")} if packages else {}
        self.process = subprocess.Popen(
            [python, HERE / "step_subjects.py", name, fmu, str(parts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **libraries, "PYTHONPATH": str(ROOT)},
        )
        self.total = self._answer("total")

    def _answer(self, word: str) -> float:
        lines = []
        while line := self.process.stdout.readline():
            if line.startswith(f"{word} "):
                return float(line.split()[1])
            lines.append(line)
        last = [*lines, *self.process.stderr.read().splitlines()][-1:]
        self.why_not = f"failed: {''.join(last).strip()}"
        return float("nan")

    def round(self) -> None:
        if not self.why_not:
            self.process.stdin.write(f"{self.steps}\n")
            self.process.stdin.flush()
            self.us.append(1e6 * self._answer("cpu") / self.steps)


def install_peers() -> None:
    if not PEERS.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    for packages, _ in SUBJECTS.values():
        if packages:  # one by one: a wheel that is missing here must not cost the other its place
            subprocess.run([PEERS / "bin" / "pip", "install", "-q", *packages], check=False)


def compare(parts: int, rounds: int) -> None:
    from probe_fmu import build_probe

    with tempfile.TemporaryDirectory() as folder:
        fmu = build_probe(2, Path(folder))
        subjects = [Subject(name, fmu, parts) for name in SUBJECTS]
        for _ in range(rounds):
            for subject in subjects:
                subject.round()
    ours = subjects[0]
    base = statistics.median(ours.us)
    print(f"{parts} connected FMUs, stepped and logged, CPU a macro step, {rounds} rounds")
    print(f"{'':16}{'median µs':>10}{'least':>9}{'most':>9}{'ratio':>9}")
    for s in subjects:
        if s.why_not:
            print(f"{s.name:16}{s.why_not}")
            continue
        us = statistics.median(s.us)
        odd = "" if abs(s.total - ours.total) < 1e-9 else "   other results!"
        print(f"{s.name:16}{us:10.2f}{min(s.us):9.2f}{max(s.us):9.2f}{us / base:9.1f}{odd}")


def start_up() -> None:
    """Time and memory of a fresh process until the first step."""
    code = (
        "import time, resource; t = time.perf_counter();"
        "import twin.plant; a = time.perf_counter();"
        "import twin.plant.exchange; b = time.perf_counter();"
        "from step_subjects import stand; stand('hukka', __import__('sys').argv[1], 3)[0](1);"
        "c = time.perf_counter();"
        "m = int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() / 1e6;"
        "print(f'import twin.plant {a - t:.2f} s, numba {b - a:.2f} s,'"
        "f' network of 3 up to its first step {c - b:.2f} s, resident {m:.0f} MB')"
    )
    from probe_fmu import build_probe

    with tempfile.TemporaryDirectory() as folder:
        fmu = build_probe(2, Path(folder))
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}"}
        subprocess.run([sys.executable, "-c", code, fmu], env=environment, check=True)


def mantsala() -> None:
    """Our network on the three plant models themselves, at their start values."""
    from twin.plant import Network, open_fmu

    names = {
        "cooling_loop": "CoolingLoop",
        "heat_pump": "HeatPump",
        "district_network": "DistrictNetwork",
    }
    paths = {part: ROOT / "fmus" / "built" / f"{name}.fmu" for part, name in names.items()}
    if missing := [path.name for path in paths.values() if not path.exists()]:
        print(f"mantsala: {', '.join(missing)} not built")
        return
    files = {part: open_fmu(path) for part, path in paths.items()}
    fed = {target for _, target in MANTSALA}

    def of(causality: str) -> dict[str, float]:
        return {
            f"{part}.{v.name}": v.start or 0.0
            for part, file in files.items()
            for v in file.variables.values()
            if v.causality == causality and f"{part}.{v.name}" not in fed
        }

    inputs, outputs = of("input"), of("output")
    network = Network(files, MANTSALA, list(inputs), list(outputs))
    row = np.array(list(inputs.values()))
    network.initialize(row)
    rounds = []
    for _ in range(100):
        before = time.process_time()
        network.run(np.tile(row, (1_000, 1)), 1_000_000_000)
        rounds.append((time.process_time() - before) / 1_000 * 1e6)
    print(
        f"mantsala, 3 FMUs, {len(outputs)} outputs, 1 s: {statistics.median(rounds):.2f} µs of CPU,"
        f" least {min(rounds):.2f} µs"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="install Ecos and libcosim first")
    parser.add_argument("--parts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if options.peers:
        install_peers()
    compare(options.parts, options.rounds)
    start_up()
    mantsala()


if __name__ == "__main__":
    main()
