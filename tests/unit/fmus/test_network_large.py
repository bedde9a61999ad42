"""Networks too large to write the factorisation out: built, run, restored, derived, and CVODE."""

import os
import subprocess
import sys
from pathlib import Path

import fmpy
import numpy as np
import pytest
from derivatives import Point, opened
from networks import closed, grown

from fmus.district_network.model import build
from fmus.export.codegen import generate
from fmus.export.compile import native_platform
from fmus.export.functions import LARGEST_UNROLLED
from fmus.export.package import build_model
from fmus.export.valid import problems_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
PIPES = 200
POINTS = (600.0, 1800.0, 3000.0)


class Network:
    """An instance of the large network; inputs change with every step."""

    def __init__(self, path: Path) -> None:
        self.run, self.t = opened(path, "CoSimulation"), 0.0
        variables = self.run.description.modelVariables
        self.at = {v.name: v.valueReference for v in variables}
        self.outputs = [
            v.valueReference
            for v in variables
            if v.causality == "output" and v.name != "out_of_range"
        ]

    def __getitem__(self, name: str) -> float:
        return self.run.get([self.at[name]])[0]

    def step(self, length: float = 60.0) -> list[float]:
        k = round(self.t / length)
        values = {"Q_demand": 4e6 + 3e6 * np.sin(0.7 * k), "u_pump": (0.85, 0.4, 1.0, 0.6)[k % 4]}
        values["T_plant"] = 351.15 + k % 7
        self.run.set([self.at[name] for name in values], list(values.values()))
        self.run.step(self.t, length)
        self.t += length
        return self.run.get(self.outputs)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """FMUs by version; libraries of the same sources are kept from run to run."""
    model = build(grown(PIPES, step=10.0))
    assert len(model.states) > LARGEST_UNROLLED
    folder = tmp_path_factory.mktemp("large")
    print(f"\n{PIPES} pipes, {len(model.states)} states, {len(model.algebraics)} unknowns")
    paths = build_model(model, folder, platforms=[native_platform()])
    return dict(zip(("2.0", "3.0"), paths, strict=True))


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_it_is_a_valid_fmu(large: dict[str, Path], version: str) -> None:
    assert problems_of(large[version]) == []


def test_an_hour_closes_its_books_and_is_restored_bit_for_bit(large: dict[str, Path]) -> None:
    net = Network(large["2.0"])
    for _ in range(30):
        net.step()
    saved, then = net.run.to_bytes(net.run.save()), net.t
    expected = [net.step() for _ in range(30)]
    gone = net["E_delivered"] + net["E_loss"] + net["E_leak"]
    came = net["E_plant"] + net["E_boiler"]
    assert came - gone - net["E_stored"] == pytest.approx(0.0, abs=1e-9 * (came + gone))
    assert net["E_delivered"] > 1e9
    net.run.restore(net.run.from_bytes(saved))
    net.t = then
    assert [net.step() for _ in range(30)] == expected
    other = Network(large["2.0"])
    other.run.restore(other.run.from_bytes(saved))
    other.t = then
    assert [other.step() for _ in range(30)] == expected


def test_derivatives_are_central_differences_and_each_others_adjoint(
    large: dict[str, Path],
) -> None:
    running, still = Network(large["3.0"]), Point(large["3.0"])
    rng, positions = np.random.default_rng(8), np.array([v.unit == "1" for v in still.known])
    for instant in POINTS:
        while running.t < instant:
            running.step()
        at = np.array(running.run.get(still.knowns))
        at = np.where(positions, np.clip(at, 0.1, 0.9), at)  # a valve at its stop has no slope
        direction = rng.uniform(-1.0, 1.0, len(at)) * still.reach
        error, product = still.errors(at, direction, rng, (1e-2, 1e-3, 1e-4))
        print(f"{instant:g} s: differences {error.max():.1e}, dot product {product:.1e}")
        assert 0.0 < error.max() < 1e-6
        assert product < 1e-12


# ---- a ring of 20 pipes --------------------------------------------------------------------------

OTHER = """
import sys; from pathlib import Path
sys.path.insert(0, sys.argv[1])
from derivatives import Point, opened
from networks import closed
from fmus.district_network.model import build
from fmus.export.package import build_model
from fmus.export.compile import native_platform
build_model(build(closed(20, step=0.1)), Path(sys.argv[2]), platforms=[native_platform()])
"""


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    model = build(closed(20, step=0.1))
    assert any(v.name.endswith(".m_supply") for v in model.algebraics)
    folder = tmp_path_factory.mktemp("ring")
    return build_model(model, folder, platforms=[native_platform()])


def test_cvode_agrees(ring: list[Path]) -> None:
    """Relative to the largest value of each output, five minutes after a push."""
    push = {"T_plant": 343.15, "Q_demand": 3e6, "u_boiler": 0.6, "u_pump": 0.5, "leak": 0.1}
    about = fmpy.read_model_description(str(ring[0]), validate=False)
    outputs = [v.name for v in about.modelVariables if v.causality == "output"]

    def run(kind: str) -> np.ndarray:
        return fmpy.simulate_fmu(
            str(ring[0]),
            fmi_type=kind,
            start_values=push,
            stop_time=300.0,
            step_size=10.0,
            output_interval=10.0,
            relative_tolerance=1e-9,
            output=outputs,
        )

    ours, exact = run("CoSimulation"), run("ModelExchange")
    assert len(ours) == len(exact) == 31
    errors = {
        name: float(np.abs(ours[name] - exact[name]).max() / max(np.abs(exact[name]).max(), 1e-9))
        for name in outputs
    }
    worst = max(errors, key=errors.__getitem__)
    print(worst, errors[worst])
    assert errors[worst] < 1e-5
    assert np.ptp(exact["T_supply"]) > 1.0


def test_another_process_writes_the_same_bytes(ring: list[Path], tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-c", OTHER, str(Path(__file__).parent), str(tmp_path)]
    subprocess.run(command, env=environment, check=True)
    for path in ring:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_code_is_cut_where_it_is_long() -> None:
    """And says so: pieces are not inlined, or compilers take minutes."""
    files = generate(build(closed(20))).files
    assert files["equations_jacobian.c"].count("HK_APART casadi_f0_part") > 20
