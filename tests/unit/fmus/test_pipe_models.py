"""PlugPipe and SmoothPipe: against the characteristic solution, each other, and their books."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fmpy import read_model_description
from fmu_runs import FmuRun
from scipy.integrate import cumulative_trapezoid

from fmus.export import build
from fmus.export.check import check_fmu
from fmus.pipe import plug, smooth
from twin.errors import BadInput
from twin.plant.description import read_description

CP = 4186.0
LENGTH, DIAMETER, WALL, INSULATION, K = 200.0, 0.1071, 0.0036, 0.05, 0.027
Trace = Callable[[float], float]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("pipes")
    built = build(plug.build(), where) + build(smooth.build(), where, fmi=("2.0",))
    for path in built:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(where / path.stem)
    return where


class Rig(FmuRun):
    """One pipe of either kind; temperatures in K, flow in kg/s."""

    def __init__(self, folder: Path, name: str, **parameters: float) -> None:
        usual = {
            "length": LENGTH,
            "inner_diameter": DIAMETER,
            "wall": WALL,
            "insulation": INSULATION,
            "k_insulation": K,
        }
        super().__init__(folder / name, **{**usual, **parameters})

    def books(self) -> tuple[float, float]:
        """What is missing, and what was lost to compare it with [J]."""
        lost = self["E_loss"] + self["E_expelled"]
        return self["E_in"] - lost - self["E_stored"], abs(self["E_in"]) + abs(lost)


def loss_per_metre() -> float:
    """Of the wall against the air [W/(m.K)], film of 10 W/(m2.K) outside."""
    d = DIAMETER + 2 * WALL
    D = d + 2 * INSULATION
    return float(1.0 / (np.log(D / d) / (2 * np.pi * K) + 1.0 / (np.pi * D * 10.0)))


def characteristic(T_in: Trace, speed: Trace, t: np.ndarray, rate: float) -> np.ndarray:
    """Outlet where each particle of water cools by itself: thin wall, quick film [K].

    `speed` [m/s] of the heat front along the pipe, `rate` [1/s] of its decay towards 293.15 K.
    """
    fine = np.linspace(-2000.0, float(t[-1]), 200001)
    way = cumulative_trapezoid([speed(s) for s in fine], fine, initial=0.0)
    entered = np.interp(np.interp(t, fine, way) - LENGTH, way, fine)
    return 293.15 + (np.array([T_in(s) for s in entered]) - 293.15) * np.exp(-rate * (t - entered))


def varying(t: float) -> float:
    return 5.0 + 2.0 * np.sin(2 * np.pi * t / 600.0) if t > 0 else 5.0


def inlet(t: float) -> float:
    return 333.15 + 4.0 * np.tanh((t - 500.0) / 40.0) + 2.0 * np.sin(2 * np.pi * max(t, 0) / 700.0)


def test_both_follow_the_exact_solution_and_the_sharp_one_better(folder: Path) -> None:
    """Hardly any wall and insulation that stores nothing: particles of water cool one by one."""
    thin = {"wall": 1e-4, "c_wall": 1e5, "c_insulation": 1e2, "T_start_a": inlet(0.0)}
    thin |= {"T_start_b": inlet(0.0), "k_wall": 1000.0}
    rigs = {name: Rig(folder, name, **thin) for name in ("PlugPipe", "SmoothPipe")}
    area = np.pi / 4 * DIAMETER**2
    rho = 1000.0 * (1 - 0.0168)  # at 60 degC
    d = DIAMETER + 2e-4
    D = d + 2 * INSULATION
    U = 1.0 / (np.log(D / d) / (2 * np.pi * K) + 1.0 / (np.pi * D * 10.0))
    rate = U / (rho * CP * area)
    t = np.arange(1.0, 2001.0)
    seen: dict[str, list[float]] = {name: [] for name in rigs}
    for k in range(2000):
        middle = k + 0.5
        for name, rig in rigs.items():
            rig.step(1.0, m_flow=varying(middle), T_inlet_a=inlet(middle))
            seen[name].append(rig["T_face_b"])
    exact = characteristic(inlet, lambda s: varying(s) / (rho * area), t, rate)
    late = t > 600.0
    off = {name: np.array(y)[late] - exact[late] for name, y in seen.items()}
    rmse = {name: float(np.sqrt(np.mean(e**2))) for name, e in off.items()}
    assert rmse["PlugPipe"] < 0.05
    assert rmse["SmoothPipe"] < 0.15
    between = np.array(seen["PlugPipe"]) - np.array(seen["SmoothPipe"])
    assert np.sqrt(np.mean(between[late] ** 2)) < 0.15


def test_both_agree_with_wall_insulation_reversal_and_standstill(folder: Path) -> None:
    rigs = [Rig(folder, name) for name in ("PlugPipe", "SmoothPipe")]
    flows = [5.0] * 600 + [0.0] * 300 + [-4.0] * 900 + [0.05] * 200 + [6.0] * 600
    largest, squares = 0.0, []
    for k, flow in enumerate(flows):
        T_a, T_b = 333.15 + 5.0 * np.sin(k / 200.0), 323.15
        for rig in rigs:
            rig.step(1.0, m_flow=flow, T_inlet_a=float(T_a), T_inlet_b=T_b)
        end = "T_face_b" if flow >= 0 else "T_face_a"
        squares.append((rigs[0][end] - rigs[1][end]) ** 2)
        largest = max(largest, abs(rigs[0]["Q_loss"] - rigs[1]["Q_loss"]))
    assert np.sqrt(np.mean(squares)) < 0.35
    assert largest < 0.03 * loss_per_metre() * LENGTH * 40.0
    for rig in rigs:
        missing, moved = rig.books()
        assert abs(missing) < 1e-9 * moved
    assert rigs[0]["E_loss"] == pytest.approx(rigs[1]["E_loss"], rel=0.01)


@pytest.mark.parametrize("name", ["PlugPipe", "PlugPipe.fmi3", "SmoothPipe"])
def test_books_close_over_a_day_with_faults(folder: Path, name: str) -> None:
    rig, rng = Rig(folder, name), np.random.default_rng(4)
    for k in range(288):
        rig.step(
            300.0,
            m_flow=float(rng.choice([0.0, 1e-9, 4.0, -4.0, 0.1])),
            T_inlet_a=float(rng.uniform(300, 370)),
            T_inlet_b=float(rng.uniform(300, 370)),
            T_ambient=float(rng.uniform(263, 293)),
            insulation_wet=float(k % 50 > 40),
        )
    missing, moved = rig.books()
    assert rig["E_loss"] > 1e7
    assert abs(missing) < 1e-9 * moved


def test_wet_insulation_loses_more_and_dry_does_not(folder: Path) -> None:
    lost = []
    for wet in (0.0, 1.0):
        rig = Rig(folder, "PlugPipe")
        for _ in range(100):
            rig.step(60.0, m_flow=3.0, T_inlet_a=343.15, insulation_wet=wet)
        lost.append(rig["Q_loss"])
    assert lost[0] == pytest.approx(loss_per_metre() * LENGTH * 49.5, rel=0.02)
    assert lost[1] > 3.0 * lost[0]


# ---- what an importer sees ---------------------------------------------------------------------


def test_the_sharp_pipe_offers_co_simulation_only(folder: Path) -> None:
    for name in ("PlugPipe", "PlugPipe.fmi3"):
        description = read_model_description(str(folder / name), validate=False)
        assert description.coSimulation is not None
        assert description.modelExchange is None
    smooth_one = read_model_description(str(folder / "SmoothPipe"), validate=False)
    assert smooth_one.modelExchange is not None


def test_the_sharp_pipe_refuses_model_exchange_from_its_library(folder: Path) -> None:
    from fmpy import fmi3

    description = read_model_description(str(folder / "PlugPipe.fmi3"), validate=False)
    said: list[str] = []
    model = fmi3.FMU3Model(
        guid=description.guid,
        unzipDirectory=str(folder / "PlugPipe.fmi3"),
        modelIdentifier="PlugPipe",
        instanceName="x",
    )

    def listen(_env: object, _status: int, _category: bytes, message: bytes) -> None:
        said.append(message.decode())

    with pytest.raises(Exception, match="nstantiate"):
        model.instantiate(logMessage=listen)
    assert "no Model Exchange" in "".join(said)


@pytest.mark.parametrize("name", ["PlugPipe", "PlugPipe.fmi3", "SmoothPipe"])
def test_they_are_sound(folder: Path, name: str) -> None:
    """Description, units, saved states, derivatives against central differences."""
    assert check_fmu(folder / f"{name}.fmu") == []


def test_both_have_the_same_inputs_outputs_and_parameters(folder: Path) -> None:
    faces = []
    for name in ("PlugPipe", "SmoothPipe"):
        variables = read_description(folder / name / "modelDescription.xml").variables
        kinds = ("input", "output", "parameter")
        faces.append(
            {(v.name, v.unit, v.causality) for v in variables.values() if v.causality in kinds}
        )
    assert faces[0] == faces[1]


def test_a_parameter_outside_its_range_is_refused(folder: Path) -> None:
    variables = read_description(folder / "PlugPipe" / "modelDescription.xml").variables
    with pytest.raises(BadInput, match=r"must be 0\.1 to"):
        variables["length"].check_range("length", -1.0)


_CONTINUE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_pipe_models import Rig, drive
rig = Rig(Path(sys.argv[1]), "PlugPipe")
state = rig.session.from_bytes(bytes.fromhex(sys.stdin.read()))
rig.session.restore(state)
rig.t = 50.0
print(json.dumps(drive(rig, 100)))
"""


def drive(rig: Rig, steps: int) -> list[str]:
    """Outputs of each step, to the last bit."""
    rows = []
    for k in range(steps):
        flow = 6.0 * np.sin(0.13 * k) * (k % 7 != 0)
        rig.step(1.0, m_flow=float(flow), T_inlet_a=340.0 + k % 11, T_inlet_b=320.0 - k % 5)
        rows.append(
            " ".join(rig[n].hex() for n in ("T_outlet_a", "T_outlet_b", "E_loss", "E_stored"))
        )
    return rows


def test_a_state_goes_on_to_the_same_bits_in_another_process(folder: Path) -> None:
    rig = Rig(folder, "PlugPipe")
    drive(rig, 50)
    saved = rig.session.save()
    data = rig.session.to_bytes(saved)
    first = drive(rig, 100)
    rig.session.restore(saved)
    rig.t = 50.0
    assert drive(rig, 100) == first
    done = subprocess.run(
        [sys.executable, "-c", _CONTINUE, str(folder), str(Path(__file__).parent)],
        input=data.hex(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == first
