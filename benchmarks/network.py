"""A district-heating day: our networks against pandapipes, and what a pipe costs.

    .venv/bin/python benchmarks/network.py [--peers] [--pipes 100] [--sizes 1 10 30 100 200]
                                    [--transport smooth]

One tree of pipes, one consumer at each end, heat demand of a day in 60 s steps. CPU time of the
process that steps; building the model is printed apart. `--peers` installs pandapipes into
benchmarks/.venv-pandapipes and lets it calculate the same tree for `--peer-steps` steps, scaled to
a day.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "fmus")]
PEER = HERE / ".venv-pandapipes"
STEPS = 1440


def demand(watts: float) -> np.ndarray:
    """Heat of all consumers at the 1,440 minutes of a day [W]: a morning and an evening peak."""
    hour = np.arange(STEPS) / 60.0
    peaks = np.exp(-((hour - 7.0) ** 2) / 2.0) + np.exp(-((hour - 19.0) ** 2) / 4.0)
    return watts * (0.6 + 0.4 * peaks)


def ours(structure, folder: Path) -> tuple[float, float]:
    """Seconds to build a network, and CPU seconds of its day."""
    from fmus.district_network.model import build
    from fmus.export import build as export
    from twin.plant import Network, open_fmu

    begun = time.perf_counter()
    path = export(build(structure), folder, fmi=("2.0",))[0]
    built = time.perf_counter() - begun
    with open_fmu(path) as file:
        inputs = {v.name: v.start or 0.0 for v in file.variables.values() if v.causality == "input"}
        outputs = ["n.T_return", "n.m_network", "n.E_delivered"]
        network = Network({"n": file}, [], [f"n.{name}" for name in inputs], outputs)
        rows = np.tile(list(inputs.values()), (STEPS, 1))
        rows[:, list(inputs).index("Q_demand")] = demand(float(inputs["Q_demand"]))
        network.initialize(rows[0])
        network.run(rows[:1], 60_000_000_000)  # numba compiles
        before = time.process_time()
        got = network.run(rows, 60_000_000_000)
        spent = time.process_time() - before
    assert np.all(np.isfinite(got)), "the network has left the numbers"
    return built, spent


def peer(pipes: list[dict], ends: list[str], watts: float, steps: int) -> dict:
    tree = {"pipes": pipes, "ends": ends, "demand": demand(watts)[:steps].tolist()}
    run = subprocess.run(
        [PEER / "bin" / "python", HERE / "network_pandapipes.py"],
        input=json.dumps(tree),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = run.stdout.strip().splitlines()
    if run.returncode or not lines:
        return {"failed": (run.stderr.strip().splitlines() or ["no answer"])[-1]}
    return json.loads(lines[-1])


def install() -> None:
    if not PEER.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
    subprocess.run([PEER / "bin" / "pip", "install", "-q", "pandapipes==0.16.0"], check=True)


def main() -> None:
    from networks import grown

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="also pandapipes")
    parser.add_argument("--pipes", type=int, default=100)
    parser.add_argument("--peer-steps", type=int, default=60)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 10, 30, 100, 200])
    parser.add_argument(
        "--transport", choices=("smooth", "sharp"), default="smooth", help="of the line over sizes"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("a day of 1,440 steps of 60 s, one internal step each")
        print(f"{'':26}{'build s':>9}{'CPU s':>9}")
        for transport in ("smooth", "sharp"):
            structure = grown(options.pipes, transport=transport, step=60.0)
            built, spent = ours(structure, Path(folder))
            print(f"{f'{options.pipes} pipes, {transport}':26}{built:9.1f}{spent:9.2f}")
        if options.peers:
            install()
            structure = grown(options.pipes)
            pipes = [
                {"from": p.source, "to": p.target, "length": p.length, "d": sizes.inner_diameter}
                for p, sizes in zip(structure.pipes, structure.sizes, strict=True)
            ]
            ends = [c.node for c in structure.consumers]
            found = peer(pipes, ends, 5e6, options.peer_steps)
            if "failed" in found:
                print(f"pandapipes: {found['failed']}")
            else:
                day = found["cpu"] / options.peer_steps * STEPS
                name = f"pandapipes {found['version']}"
                print(f"{name:26}{'':9}{day:9.2f}   from {options.peer_steps} steps")
        spans = [
            ours(grown(n, transport=options.transport, step=60.0), Path(folder))[1]
            for n in options.sizes
        ]
        fit(options.sizes, [1e6 * s / STEPS for s in spans])


def fit(sizes: list[int], us: list[float]) -> None:
    """The straight line through cost a step over pipes, weighted by 1/cost, and what it leaves."""
    slope, base = np.polyfit(sizes, us, 1, w=1.0 / np.array(us))
    print(f"{'pipes':>6}{'µs a step':>12}{'line':>9}{'off':>8}")
    for n, cost in zip(sizes, us, strict=True):
        line = base + slope * n
        print(f"{n:6}{cost:12.1f}{line:9.1f}{cost / line - 1:8.0%}")
    print(f"cost a 60 s step = {base:.1f} µs + {slope:.2f} µs a pipe")


if __name__ == "__main__":
    main()
