"""Networks as FMUs: sharp and smooth transport beside each other, books in the compiled shell."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from networks import grown, network, pipe, ring

from fmus.district_network.model import build
from fmus.district_network.structure import Structure
from fmus.export.compile import native_platform
from fmus.export.package import build_model
from twin.plant import Network, open_fmu

TRANSPORTS = ("smooth", "sharp")
STEP_S = 6000
C = 273.15
INPUTS = {
    "T_plant": C + 78.0, "T_outdoor": C - 8.0, "T_soil": C + 3.0,
    "Q_demand": 2e6, "u_pump": 0.85, "u_boiler": 0.0,
}  # fmt: skip
pytestmark = pytest.mark.slow


def _line(**more: object) -> Structure:
    pipes = [pipe("p1", "plant", "a", 600.0, "DN150"), pipe("p2", "a", "b", 600.0, "DN150")]
    return network(pipes, ["a", "b"], **more)


def _run(
    structure: Structure,
    folder: Path,
    rows: list[dict[str, float]],
    step_s: int = 1,
    **parameters: float,
) -> dict[str, np.ndarray]:
    """Outputs after every `step_s` [s] of `rows` of inputs."""
    path = build_model(build(structure), folder, platforms=[native_platform()], fmi=("2.0",))[0]
    file = open_fmu(path)
    outputs = [f"net.{v.name}" for v in file.variables.values() if v.causality == "output"]
    inputs = [f"net.{k}" for k in INPUTS]
    settings = {f"net.{k}": v for k, v in parameters.items()}
    plant = Network({"net": file}, [], inputs, outputs, parameters=settings)
    table = np.array([[row[k] for k in INPUTS] for row in rows])
    plant.initialize(table[0])
    found = np.asarray(plant.run(table, step_s * 1_000_000_000))
    return {name.removeprefix("net."): found[:, i] for i, name in enumerate(outputs)}


def _imbalance(y: dict[str, np.ndarray]) -> float:
    gone = y["E_delivered"] + y["E_loss"] + y["E_leak"]
    passed = np.abs(y["E_plant"]) + y["E_boiler"] + np.abs(gone)
    error = y["E_plant"] + y["E_boiler"] - gone - y["E_stored"]
    return float(np.max(np.abs(error) / passed))


def _rise_s(y: np.ndarray) -> tuple[float, float]:
    """When half of a step has arrived, and how long it takes from 10 to 90 % [s]."""
    share = (y - y[0]) / (y[-1] - y[0])
    at = [float(np.argmax(share > level)) for level in (0.1, 0.5, 0.9)]
    return at[1], at[2] - at[0]


def test_a_front_arrives_at_the_same_time_and_is_sharper_in_parcels(tmp_path: Path) -> None:
    rows = [{**INPUTS, "T_plant": C + (78.0 if t < STEP_S else 88.0)} for t in range(2 * STEP_S)]
    runs = {t: _run(_line(transport=t), tmp_path / t, rows) for t in TRANSPORTS}
    smooth, sharp = runs["smooth"], runs["sharp"]
    assert _imbalance(smooth) < 1e-9
    assert _imbalance(sharp) < 1e-9
    at, rise = zip(*(_rise_s(runs[t]["T_consumer"][STEP_S:]) for t in TRANSPORTS), strict=True)
    assert at[0] == pytest.approx(at[1], rel=0.02)
    assert rise[1] < 0.9 * rise[0]  # boiler and nodes smear both
    for instant in (STEP_S - 1, 2 * STEP_S - 1):
        for name in ("T_consumer", "T_return"):
            assert smooth[name][instant] == pytest.approx(sharp[name][instant], abs=0.1)
    assert smooth["E_loss"][-1] == pytest.approx(sharp["E_loss"][-1], rel=3e-3)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_books_of_a_ring_close_in_the_shell(tmp_path: Path, transport: str) -> None:
    """Stops, starts and a leak; the ring's flows are those of `test_network_heat.py`."""
    rng, rows = np.random.default_rng(3), list[dict[str, float]]()
    for _ in range(40):
        row = {
            **INPUTS,
            "T_plant": C + rng.uniform(50.0, 95.0),
            "Q_demand": rng.uniform(0.0, 6e6),
            "u_pump": float(rng.choice([0.0, 0.3, 0.8, 1.0])),
        }
        rows += [row] * int(rng.integers(5, 400))
    y = _run(ring(transport=transport), tmp_path, rows, leak=0.3)
    assert _imbalance(y) < 1e-9
    assert np.all(np.isfinite(y["T_consumer"]))
    assert y["m_network"].min() >= 1.5 - 1e-9  # the leak runs on when the pump stands
    assert y["m_makeup"] == pytest.approx(1.5)
    assert y["E_leak"][-1] > 1e8


def _day(rng: np.random.Generator) -> list[dict[str, float]]:
    """Minutes of a day; the plant's water, pump and demand jump every half hour."""
    rows = list[dict[str, float]]()
    for hour in np.arange(0.0, 24.0, 0.5):
        peaks = np.exp(-((hour - 7.0) ** 2) / 2.0) + np.exp(-((hour - 19.0) ** 2) / 4.0)
        row = {
            **INPUTS,
            "T_plant": C + rng.uniform(70.0, 90.0),
            "Q_demand": 2e6 * float(0.6 + 0.4 * peaks),
            "u_pump": rng.uniform(0.6, 1.0),
            "u_boiler": 0.05,
        }
        rows += [row] * 30
    return rows


def test_steps_of_a_minute_give_the_day_that_steps_of_a_second_give(tmp_path: Path) -> None:
    """Sharp at 60 s against itself at 1 s and against smooth cells at 1 s."""
    rows = _day(np.random.default_rng(1))
    long, short, smooth = (
        _run(grown(10, transport=transport, step=step), tmp_path / f"{transport}{step}", rows, 60)
        for transport, step in (("sharp", 60.0), ("sharp", 1.0), ("smooth", 1.0))
    )
    for y in (long, short):
        assert _imbalance(y) < 1e-12

    def apart(a: dict[str, np.ndarray], b: dict[str, np.ndarray], name: str) -> float:
        return float(np.sqrt(np.mean((a[name] - b[name]) ** 2)))

    assert apart(long, short, "T_return") < 0.025
    assert apart(long, short, "T_consumer") < 0.2
    assert apart(short, smooth, "T_return") < 0.02
    assert apart(short, smooth, "T_consumer") < 0.2
    for other in (short, smooth):
        assert long["E_delivered"][-1] == pytest.approx(other["E_delivered"][-1], rel=1e-3)
        assert long["E_loss"][-1] == pytest.approx(other["E_loss"][-1], rel=1e-3)


@pytest.mark.parametrize("where", [ring, lambda **more: grown(12, **more)])
def test_a_minute_is_not_too_long_for_stops_starts_and_a_leak(
    tmp_path: Path, where: Callable[..., Structure]
) -> None:
    rng, rows = np.random.default_rng(3), list[dict[str, float]]()
    for _ in range(100):
        row = {
            **INPUTS,
            "T_plant": C + rng.uniform(50.0, 95.0),
            "Q_demand": rng.uniform(0.0, 6e6),
            "u_pump": float(rng.choice([0.0, 0.3, 0.8, 1.0])),
        }
        rows += [row] * int(rng.integers(1, 20))
    y = _run(where(transport="sharp", step=60.0), tmp_path, rows, 60, leak=0.3)
    assert _imbalance(y) < 1e-12
    warm = np.stack([v for name, v in y.items() if "T_" in name]) - C
    assert warm.min() >= 10.0 - 1e-6  # make-up water is the coldest there is
    assert warm.max() <= 95.0 + 1e-6
